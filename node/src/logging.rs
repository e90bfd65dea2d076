//! Log lines on standard error, as text or as JSON. Types that hold secrets
//! print a placeholder, so no line can show one.

use std::io;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::LogFormat;

/// The environment variable that says what to log.
pub const FILTER_VARIABLE: &str = "COMMONS_LOG";
/// What is logged when nobody says otherwise.
const DEFAULT_FILTER: &str = "info,libp2p_swarm=warn";

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is not one.
    #[error(
        "{FILTER_VARIABLE}=\"{filter}\" is not a log filter ({source}); use error, warn, info, \
         debug, trace or a list such as info,commons_node=debug"
    )]
    Filter {
        /// What was set.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Not readable as text.
    #[error("{FILTER_VARIABLE} is not text; use error, warn, info, debug or trace")]
    NotText,
    /// A second set-up in one process.
    #[error("logging is already set up")]
    Twice(#[from] tracing::subscriber::SetGlobalDefaultError),
}

/// Starts logging to standard error for the whole process.
pub fn init(format: LogFormat) -> Result<(), LoggingError> {
    let filter = parse_filter(&wanted_filter()?)?;
    tracing::subscriber::set_global_default(subscriber(format, filter, io::stderr))?;
    Ok(())
}

fn wanted_filter() -> Result<String, LoggingError> {
    match std::env::var(FILTER_VARIABLE) {
        Ok(filter) if !filter.trim().is_empty() => Ok(filter),
        Err(std::env::VarError::NotUnicode(_)) => Err(LoggingError::NotText),
        _ => Ok(DEFAULT_FILTER.to_owned()),
    }
}

fn parse_filter(filter: &str) -> Result<EnvFilter, LoggingError> {
    EnvFilter::builder()
        .parse(filter)
        .map_err(|source| LoggingError::Filter { filter: filter.to_owned(), source })
}

fn subscriber<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(format, parse_filter(filter).unwrap(), move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(peer = "ab\u{1b}[31m", "connected\nforged line");
            tracing::debug!("too fine");
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_are_json() {
        let text = logged(LogFormat::Json, "info");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(line["message"], "connected\nforged line");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn the_filter_decides_and_escape_codes_do_not_reach_the_terminal() {
        let text = logged(LogFormat::Text, "info");
        assert!(text.contains("connected") && !text.contains("too fine"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert_eq!(logged(LogFormat::Text, "off"), "");
    }

    #[test]
    fn a_wrong_filter_is_named() {
        let text = parse_filter("commons=loud").unwrap_err().to_string();
        assert!(text.contains("COMMONS_LOG=\"commons=loud\""), "{text}");
    }
}
