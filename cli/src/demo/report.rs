//! What the demo shows in the end.

use std::path::PathBuf;

use serde::Serialize;

use crate::demo::edit::MergedEdit;
use crate::demo::fleet::{CAST, Fleet, HILLSIDE};
use crate::demo::library::Skipped;
use crate::demo::story::{Measuring, Publishing, Removal, Shown, Step};
use crate::output::table::Table;
use crate::output::text::{count, short, yes};
use crate::output::{Answer, Output, OutputError};
use crate::view::StatusView;

/// The result of the demo.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether everything went as it should.
    pub ok: bool,
    /// The organisations with what they hold.
    pub organisations: Vec<Row>,
    /// Whether the digests of all members are equal.
    pub equal: bool,
    /// What came of writing at the same time.
    pub merged_edit: MergedEdit,
    /// What became of two toolkits.
    pub publishing: Publishing,
    /// What became of two measures.
    pub measuring: Measuring,
    /// How a member was removed.
    pub removal: Removal,
    /// What was done, with times.
    pub steps: Vec<Step>,
    /// Files that were left out.
    pub skipped_files: Vec<Skipped>,
}

/// One organisation in the end.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Name.
    pub name: &'static str,
    /// Its standing in the end, as the hospital's node says.
    pub standing: String,
    /// Address of its API.
    pub api: String,
    /// Its home.
    pub home: PathBuf,
    /// Documents.
    pub documents: u64,
    /// Accepted entries.
    pub entries: u64,
    /// Digest over the accepted heads.
    pub heads_digest: String,
    /// Digest over the documents.
    pub documents_digest: String,
}

impl Report {
    /// The result of a demo whose nodes say `statuses`; those of the members
    /// are equal.
    pub fn new(
        fleet: &Fleet,
        statuses: &[StatusView],
        Shown { merged: merged_edit, publishing, measuring, removal }: Shown,
        steps: Vec<Step>,
        skipped_files: Vec<Skipped>,
    ) -> Self {
        let organisations = statuses.iter().enumerate().map(|(who, status)| Row {
            name: CAST[who].name,
            standing: if who == HILLSIDE { removal.standing.clone() } else { "active".to_owned() },
            api: format!("http://{}", fleet.client(who).address()),
            home: fleet.home(who),
            documents: status.documents,
            entries: status.entries,
            heads_digest: status.heads_digest.clone(),
            documents_digest: status.documents_digest.clone(),
        });
        Self {
            ok: true,
            organisations: organisations.collect(),
            equal: true,
            merged_edit,
            publishing,
            measuring,
            removal,
            steps,
            skipped_files,
        }
    }

    /// Prints it; says where the homes are if they are `kept`.
    pub fn print(&self, output: Output, kept: bool) -> Result<(), OutputError> {
        output.print(&Answer::new(self.human(kept), self)?)
    }

    fn human(&self, kept: bool) -> String {
        let mut text = self.table();
        text.push_str(&self.skipped());
        text.push_str(&self.shown());
        if kept {
            text.push_str("\nThe homes are kept:\n");
            for row in &self.organisations {
                text.push_str(&format!("  {}\n", row.home.display()));
            }
        }
        text
    }

    fn table(&self) -> String {
        let mut table = Table::new(&[
            "organisation",
            "standing",
            "documents",
            "entries",
            "heads digest",
            "documents digest",
            "equal",
        ]);
        for row in &self.organisations {
            table.row(&[
                row.name,
                &row.standing,
                &row.documents.to_string(),
                &row.entries.to_string(),
                short(&row.heads_digest),
                short(&row.documents_digest),
                if row.standing == "active" { yes(self.equal) } else { "-" },
            ]);
        }
        table.render("")
    }

    fn skipped(&self) -> String {
        if self.skipped_files.is_empty() {
            return String::new();
        }
        let mut text = format!("\nLeft out {}\n", count(self.skipped_files.len() as u64, "file"));
        for skipped in &self.skipped_files {
            text.push_str(&format!("  {}: {}\n", skipped.file.display(), skipped.reason));
        }
        text
    }

    /// What was shown, in a few sentences.
    fn shown(&self) -> String {
        let documents = self.organisations.first().map_or(0, |row| row.documents);
        format!(
            "\nWhat this showed\n\
             1. Organisations, each with its own process, keys and store, form one commons that none \
             of them owns.\n\
             2. Nobody joins unseen: the fingerprint words were compared, and every member with a \
             vote agreed.\n\
             3. What one organisation writes reaches the others signed, and each checks it before \
             keeping it: {} here.\n\
             4. A cut link stops nobody from writing, and after it heals both edits are in the \
             text.\n\
             5. {:?} was approved by {}; what was written later is a draft. Anybody can check that with \
             one file and no node. {:?} was withdrawn, and every member confirmed it.\n\
             6. Three organisations reported {}; what could show single people was masked before it left \
             ({}). All compute the same totals; the network's chart shows a change.\n\
             7. {} of {} electors removed a member that was offline. What it had shared stands; what \
             it wrote afterwards is refused by every node.\n\
             8. The equal digests prove that all members accepted the same contributions and show \
             the same documents.\n",
            count(documents, "document"),
            self.publishing.released,
            self.publishing.approved_by.join(" and "),
            self.publishing.withdrawn,
            count(self.measuring.measures.len() as u64, "measure"),
            self.measuring.masked_number,
            self.removal.needed,
            self.removal.electors,
        )
    }
}

/// Where to go on while the nodes stay up.
pub fn stay_up_text(report: &Report) -> String {
    let mut text = "\nThe nodes stay up until you press Ctrl-C.\n".to_owned();
    for row in &report.organisations {
        text.push_str(&format!(
            "  {}\n    API    {}/v1/status\n    token  {}\n    try    commons status --home {}\n",
            row.name,
            row.api,
            row.home.join("operator.token").display(),
            row.home.display()
        ));
    }
    text
}
