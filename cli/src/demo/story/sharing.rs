//! They share documents, also while the link between two of them is cut.

use super::{Story, Writers};
use crate::client::{Client, ClientError};
use crate::demo::DemoError;
use crate::demo::edit::{MergedEdit, Shared};
use crate::demo::fleet::{COUNCIL, HOSPITAL, RESEARCH};
use crate::output::progress::bar;
use crate::output::text::count;
use crate::view::{DocumentView, NewDocument};

impl Story {
    /// The council writes everything. Gives back the first document and how
    /// many there are.
    pub(super) fn write(&mut self, writers: &Writers) -> Result<(DocumentView, u64), DemoError> {
        let mut first = None;
        let mut documents = 0;
        self.step("writing toolkits", |story| {
            for toolkit in &story.library.toolkits {
                let saved: DocumentView = writers.council.post("/v1/documents", toolkit)?;
                first.get_or_insert(saved);
                documents += 1;
            }
            Ok(format!("The council wrote {}.", count(documents, "toolkit")))
        })?;
        if !self.library.files.is_empty() {
            self.timed("reading in the files", |story| {
                let shared = story.share_files(&writers.council)?;
                documents += shared;
                Ok(format!("The council shared {} of yours.", count(shared, "file")))
            })?;
        }
        let first = first.ok_or(DemoError::Untrue("there is no toolkit"))?;
        Ok((first, documents))
    }

    fn share_files(&mut self, council: &Client) -> Result<u64, DemoError> {
        let files = std::mem::take(&mut self.library.files);
        let bar = bar(files.len() as u64, "Sharing files");
        let mut shared = 0;
        for book in files {
            self.fleet.check()?;
            match share(council, &book.document) {
                Ok(()) => shared += 1,
                Err(error @ ClientError::Refused { .. }) => self.library.skip(&book.file, error),
                Err(error) => return Err(error.into()),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(shared)
    }

    /// Two write at the same time while the link between them is cut.
    pub(super) fn cut_and_heal(
        &mut self,
        writers: &Writers,
        first: DocumentView,
        documents: u64,
    ) -> Result<MergedEdit, DemoError> {
        let shared = Shared::new(first);
        self.step("cutting the link", |story| {
            story.pause(COUNCIL, true)?;
            story.wait_for_connection(COUNCIL, false)?;
            Ok("Cut the council off from the others.".to_owned())
        })?;
        self.step("writing on both sides", |story| {
            shared.edit(&writers.hospital, &writers.council)?;
            let hospital = story.fleet.client(HOSPITAL);
            let council = story.fleet.client(COUNCIL);
            if !shared.differ(hospital, council)? {
                return Err(DemoError::Untrue("an edit crossed a link that was cut"));
            }
            Ok(format!(
                "Hospital and council changed the same line of {:?} at the same time; now their \
                 texts differ.",
                shared.title()
            ))
        })?;
        self.step("healing the link", |story| {
            story.pause(COUNCIL, false)?;
            story.wait_for_connection(COUNCIL, true)?;
            story.wait_until_equal(documents)?;
            Ok("Healed the link; all three hold the same again.".to_owned())
        })?;
        let clients = [HOSPITAL, COUNCIL, RESEARCH].map(|who| self.fleet.client(who));
        let merged = shared.merged(&clients)?;
        self.output.say(&format!("\nBoth edits are in the text, at all three:\n  {}\n", merged.line))?;
        Ok(merged)
    }
}

fn share(council: &Client, document: &NewDocument) -> Result<(), ClientError> {
    let _: DocumentView = council.post("/v1/documents", document)?;
    Ok(())
}
