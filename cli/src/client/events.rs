//! Reads server-sent events line by line, with a bound on every line.

use std::io::{self, BufRead, Read};
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::ClientError;

/// Longest line of the stream; a change takes some hundred bytes.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// What a stream of server-sent events carries, each as one `T`.
pub struct Events<R, T> {
    reader: R,
    done: bool,
    what: PhantomData<T>,
}

impl<R: BufRead, T> Events<R, T> {
    /// Reads events from `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, done: false, what: PhantomData }
    }

    /// The next line without its end, or nothing at the end of the stream.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = (&mut self.reader).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') && line.len() as u64 == MAX_LINE_BYTES {
            return Err(invalid("a line of the stream is too long"));
        }
        let line = String::from_utf8(line).map_err(|_| invalid("a line is not UTF-8"))?;
        Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()))
    }

    /// The data of the next event, or nothing at the end of the stream.
    fn data(&mut self) -> io::Result<Option<String>> {
        let mut data: Option<String> = None;
        while let Some(line) = self.line()? {
            if line.is_empty() {
                if data.is_some() {
                    return Ok(data);
                }
            } else if let Some(rest) = line.strip_prefix("data:") {
                append(&mut data, rest.strip_prefix(' ').unwrap_or(rest))?;
            }
            // Comments and other fields carry nothing that is shown.
        }
        // An event without its closing empty line was cut off.
        Ok(None)
    }
}

fn append(data: &mut Option<String>, line: &str) -> io::Result<()> {
    match data {
        None => *data = Some(line.to_owned()),
        Some(text) if (text.len() + line.len()) as u64 > MAX_LINE_BYTES => {
            return Err(invalid("an event is too long"));
        }
        Some(text) => {
            text.push('\n');
            text.push_str(line);
        }
    }
    Ok(())
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

impl<R: BufRead, T: DeserializeOwned> Iterator for Events<R, T> {
    type Item = Result<T, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let event = self.data().and_then(|data| {
            data.map(|text| serde_json::from_str(&text).map_err(io::Error::from)).transpose()
        });
        match event {
            Ok(Some(change)) => Some(Ok(change)),
            Ok(None) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = true;
                Some(Err(ClientError::Stream(error)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Events, MAX_LINE_BYTES};
    use crate::view::ChangeView;

    #[test]
    fn comments_and_split_data_are_understood() {
        let stream = ": hello\r\n\r\nevent: change\ndata: {\"type\":\ndata: \"charter\"}\n\n\
                      data:{\"type\":\"document\",\"id\":\"ab\"}\n\n";
        let changes: Vec<ChangeView> = Events::new(stream.as_bytes()).collect::<Result<_, _>>().unwrap();
        assert!(matches!(changes[0], ChangeView::Charter));
        assert!(matches!(&changes[1], ChangeView::Document { id } if id == "ab"));
        assert_eq!(changes.len(), 2);
    }

    #[test]
    fn an_endless_line_is_an_error_and_ends_the_stream() {
        let size = usize::try_from(MAX_LINE_BYTES).unwrap() + 10;
        let stream = vec![b'x'; size];
        let mut events = Events::<_, ChangeView>::new(&stream[..]);
        assert!(events.next().unwrap().is_err());
        assert!(events.next().is_none());
    }

    #[test]
    fn an_event_that_was_cut_off_is_not_shown() {
        let mut events = Events::<_, ChangeView>::new(&b"data: {\"type\":\"charter\"}\n"[..]);
        assert!(events.next().is_none());
    }

    #[test]
    fn many_data_lines_are_bounded() {
        let line = format!("data: {}\n", "x".repeat(60_000));
        let mut events = Events::<_, ChangeView>::new(std::io::Cursor::new(line.repeat(3)));
        assert!(events.next().unwrap().is_err());
    }
}
