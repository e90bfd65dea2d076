//! Two organisations change the same line of the same text at the same time.

use std::thread;

use serde::Serialize;

use crate::client::{Client, ClientError};
use crate::demo::DemoError;
use crate::view::{DocumentView, EditRequest};

/// What the hospital writes, before the line.
const HOSPITAL_WORDS: &str = "Bring this plan to every visit, and we go through it together.";
/// What the council writes, after the line.
const COUNCIL_WORDS: &str = "Keep a copy where everybody at home can find it.";

/// What came of writing at the same time.
#[derive(Debug, Serialize)]
pub struct MergedEdit {
    /// The document.
    pub document: String,
    /// Its title.
    pub title: String,
    /// What the hospital wrote.
    pub hospital: &'static str,
    /// What the council wrote.
    pub council: &'static str,
    /// The line that both changed, as all three show it in the end.
    pub line: String,
}

/// A text with the place in it that both sides change.
pub struct Shared {
    document: DocumentView,
    start: usize,
    end: usize,
}

impl Shared {
    /// Finds the first line of prose in `document`.
    pub fn new(document: DocumentView) -> Self {
        let (start, end) = first_prose_line(&document.text);
        Self { document, start, end }
    }

    /// The document's title.
    pub fn title(&self) -> &str {
        &self.document.summary.title
    }

    /// Both sides save at the same time, each knowing only the old version.
    pub fn edit(&self, hospital: &Client, council: &Client) -> Result<(), DemoError> {
        let mut by_hospital = self.document.text.clone();
        by_hospital.insert_str(self.start, &format!("{HOSPITAL_WORDS} "));
        let mut by_council = self.document.text.clone();
        by_council.insert_str(self.end, &format!(" {COUNCIL_WORDS}"));
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(|| self.save(hospital, by_hospital));
            let other = self.save(council, by_council);
            (one.join(), other)
        });
        // A panic in the other thread is a panic here.
        one.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        other?;
        Ok(())
    }

    fn save(&self, client: &Client, text: String) -> Result<DocumentView, ClientError> {
        let request = EditRequest {
            text: Some(text),
            base: Some(self.document.version.clone()),
            ..EditRequest::default()
        };
        client.put(&self.path(), &request)
    }

    /// Whether each side has only its own words.
    pub fn differ(&self, hospital: &Client, council: &Client) -> Result<bool, DemoError> {
        let hospital = self.read(hospital)?.text;
        let council = self.read(council)?.text;
        Ok(hospital.contains(HOSPITAL_WORDS)
            && !hospital.contains(COUNCIL_WORDS)
            && council.contains(COUNCIL_WORDS)
            && !council.contains(HOSPITAL_WORDS))
    }

    /// The line with both edits, if all `clients` show the same text.
    pub fn merged(&self, clients: &[&Client]) -> Result<MergedEdit, DemoError> {
        let mut texts = Vec::new();
        for client in clients {
            texts.push(self.read(client)?.text);
        }
        let Some((first, others)) = texts.split_first() else {
            return Err(DemoError::Untrue("nobody was asked for the text"));
        };
        if others.iter().any(|text| text != first) {
            return Err(DemoError::Untrue("the digests are equal, but the texts differ"));
        }
        let both = |line: &&str| line.contains(HOSPITAL_WORDS) && line.contains(COUNCIL_WORDS);
        let Some(line) = first.lines().find(both) else {
            return Err(DemoError::Untrue("one of the two edits is not in the text"));
        };
        Ok(MergedEdit {
            document: self.document.summary.id.clone(),
            title: self.document.summary.title.clone(),
            hospital: HOSPITAL_WORDS,
            council: COUNCIL_WORDS,
            line: line.to_owned(),
        })
    }

    fn read(&self, client: &Client) -> Result<DocumentView, ClientError> {
        client.get(&self.path())
    }

    fn path(&self) -> String {
        format!("/v1/documents/{}", self.document.summary.id)
    }
}

/// Start and end, in bytes, of the first line that begins with a letter; of the
/// end of the text if there is none.
fn first_prose_line(text: &str) -> (usize, usize) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(char::is_alphabetic) {
            return (start, start + line.trim_end().len());
        }
        start += line.len();
    }
    (text.len(), text.len())
}

#[cfg(test)]
mod tests {
    use super::first_prose_line;

    #[test]
    fn headings_and_lists_are_passed_over() {
        let text = "# Title\n\n- item\nÉcole is prose. \nMore\n";
        let (start, end) = first_prose_line(text);
        assert_eq!(&text[start..end], "École is prose.");
        assert_eq!(first_prose_line("# A"), (3, 3));
        assert_eq!(first_prose_line("a"), (0, 1));
    }
}
