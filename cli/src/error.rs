//! What ends a command: one type over the errors of all parts, with the exit
//! code and a stable code for machines.

use serde_json::{Value, json};

use crate::client::ClientError;
use crate::client::home::HomeError;
use crate::commands::chart::local::DataError;
use crate::commands::feed::MemoryError;
use crate::commands::passphrase::PassphraseError;
use crate::commands::source::SourceError;
use crate::demo::DemoError;
use crate::editor::EditorError;
use crate::local::LocalError;
use crate::output::OutputError;

/// Exit code when the work was done.
pub const DONE: u8 = 0;
/// Exit code when the node refused or something failed.
pub const FAILED: u8 = 1;
/// Exit code when the command line makes no sense.
pub const USAGE: u8 = 2;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Talking to the node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Reading a text from a file.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A filled-in checklist can't be used.
    #[error("{file}: {source}.")]
    Checklist {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: Box<commons_node::forms::FormError>,
    },
    /// A file can't become a document.
    #[error("{file}: {source}.")]
    Import {
        /// The file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: Box<commons_node::export::ImportError>,
    },
    /// A table can't be drawn.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Remembering what was read of a feed.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// Writing in the editor.
    #[error(transparent)]
    Editor(#[from] EditorError),
    /// Asking for a passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// Work on the home without a running node.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// Writing the answer.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The arguments contradict each other in a way the parser can't see.
    #[error("{0}")]
    Usage(String),
    /// The thing that was named is not there.
    #[error("{0}")]
    NotFound(String),
    /// There is no way to know where the home is.
    #[error("HOME is not set, so the home is unknown. Name it with --home or COMMONS_HOME.")]
    NoHome,
}

impl From<HomeError> for CliError {
    fn from(error: HomeError) -> Self {
        Self::Client(error.into())
    }
}

impl CliError {
    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::NoHome | Self::Memory(MemoryError::Other { .. }) => USAGE,
            _ => FAILED,
        }
    }

    /// A stable code: the node's refusal code, or this side's.
    pub fn code(&self) -> &str {
        match self {
            Self::Client(error) => error.code(),
            Self::Source(_) => "source",
            Self::Checklist { .. } => "checklist",
            Self::Import { .. } => "import",
            Self::Data(_) => "data",
            Self::Memory(_) => "state",
            Self::Editor(EditorError::Kept { code, .. }) => code,
            Self::Editor(_) => "editor",
            Self::Passphrase(_) => "passphrase",
            Self::Local(_) => "local",
            Self::Demo(_) => "demo",
            Self::Output(_) => "output",
            Self::NotFound(_) => "not-found",
            Self::Usage(_) | Self::NoHome => "usage",
        }
    }

    /// The error for machines: `{"ok": false, "error": {"code", "message"}}`.
    pub fn to_json(&self) -> Value {
        json!({
            "ok": false,
            "error": { "code": self.code(), "message": self.to_string() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CliError, FAILED, USAGE};
    use crate::client::home::HomeError;

    #[test]
    fn exit_codes_tell_usage_from_failure() {
        assert_eq!(CliError::Usage("x".into()).exit_code(), USAGE);
        let failed = CliError::from(HomeError::NotRunning("h".into()));
        assert_eq!(failed.exit_code(), FAILED);
        assert_eq!(failed.to_json()["error"]["code"], "not-running");
        assert_eq!(failed.to_json()["ok"], false);
    }
}
