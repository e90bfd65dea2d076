//! A fourth organisation joins, and three of four electors remove it while it
//! is cut off. What it had shared stands; what it wrote since is refused.

use serde::Serialize;

use super::{SYNC_TIMEOUT, Story};
use crate::client::Client;
use crate::demo::DemoError;
use crate::demo::edit::MergedEdit;
use crate::demo::fleet::{CAST, COUNCIL, HILLSIDE, HOSPITAL, RESEARCH, statuses};
use crate::demo::join::join;
use crate::output::text::count;
use crate::view::{
    CharterView, DocumentSummary, DocumentView, EditRequest, MembersView, NewDocument, ProposalRequest,
    ProposalView, ProposeRequest, StatusView,
};

/// What the clinic shares while it is a member.
const LEAFLET: &str = "Our cooking group";
/// What it adds to another's text once it is cut off.
const LATE: &str = "Buy the powder from our shop, it replaces your medicine.";
/// Those who stay.
const STAYING: [usize; 3] = [HOSPITAL, COUNCIL, RESEARCH];

/// How a member was removed, and what its node and the others say of it.
#[derive(Debug, Serialize)]
pub struct Removal {
    /// Name of the organisation.
    pub organisation: &'static str,
    /// Its standing in the end.
    pub standing: String,
    /// Number of electors that could vote.
    pub electors: u64,
    /// Number of votes needed.
    pub needed: u64,
    /// What the proposer's node said was missing at first.
    pub at_first: String,
    /// Who endorsed it.
    pub endorsed_by: Vec<String>,
    /// Whose nodes decided on it.
    pub decided_by: Vec<String>,
    /// Number of the epoch that it became.
    pub epoch: u64,
    /// What stands: the title of what it had shared.
    pub kept: &'static str,
    /// What is refused: what it wrote when it was cut off.
    pub refused: &'static str,
    /// What each node says in the end.
    pub said: Vec<Said>,
}

/// What a node says in the end.
#[derive(Debug, Serialize)]
pub struct Said {
    /// The organisation whose node it is.
    pub organisation: &'static str,
    /// In words.
    pub words: String,
    /// Whether it shows what the clinic had shared.
    pub shows_kept: bool,
    /// Whether it shows what the clinic wrote when it was cut off.
    pub shows_refused: bool,
}

impl Story {
    /// Tells it; `merged` is the text to which the clinic adds something.
    pub(super) fn join_and_remove(
        &mut self,
        merged: &MergedEdit,
        documents: u64,
    ) -> Result<Removal, DemoError> {
        self.output.say("")?;
        self.a_fourth_joins(documents)?;
        self.it_is_cut_off_and_writes(merged)?;
        let proposal = self.removal_is_proposed()?;
        self.others_endorse(&proposal)?;
        self.it_comes_back(documents)?;
        let removal = self.removal(&proposal, merged)?;
        self.output.say("\nWhat each node says now:")?;
        for said in &removal.said {
            self.output.say(&format!("  {}: {}", said.organisation, said.words))?;
        }
        self.output.say("")?;
        let sticks = removal
            .said
            .iter()
            .all(|said| said.shows_kept && said.shows_refused == (said.organisation == CAST[HILLSIDE].name));
        match sticks {
            true => Ok(removal),
            false => Err(DemoError::Untrue("a node shows what is refused, or not what stands")),
        }
    }

    fn a_fourth_joins(&mut self, documents: u64) -> Result<(), DemoError> {
        self.step("letting a fourth organisation join", |story| {
            story.fleet.make_homes(HILLSIDE..CAST.len())?;
            story.fleet.start(HILLSIDE..CAST.len())?;
            let words = join(&mut story.fleet, HILLSIDE, &STAYING)?;
            story.members = CAST.len();
            Ok(format!(
                "{} joined; the three others saw \"{words}\" and voted for it. Of four electors \
                 three can decide from now on.",
                CAST[HILLSIDE].name
            ))
        })?;
        self.step("sharing a leaflet", |story| {
            let leaflet = NewDocument {
                kind: "toolkit".to_owned(),
                title: LEAFLET.to_owned(),
                language: None,
                description: None,
                text: "On Tuesdays families cook together at the clinic.\n".to_owned(),
                ..NewDocument::default()
            };
            let _: DocumentView = story.fleet.client(HILLSIDE).post("/v1/documents", &leaflet)?;
            story.wait_until_equal(documents + 1)?;
            Ok(format!("{} shared {LEAFLET:?}; all four hold it.", CAST[HILLSIDE].name))
        })
    }

    fn it_is_cut_off_and_writes(&mut self, merged: &MergedEdit) -> Result<(), DemoError> {
        self.step("cutting the clinic off", |story| {
            story.pause(HILLSIDE, true)?;
            story.wait_for_connection(HILLSIDE, false)?;
            let client = story.fleet.client(HILLSIDE);
            let path = format!("/v1/documents/{}", merged.document);
            let shown: DocumentView = client.get(&path)?;
            let text = Some(format!("{}\n{LATE}\n", shown.text.trim_end()));
            let request = EditRequest { text, base: Some(shown.version), ..EditRequest::default() };
            let _: DocumentView = client.put(&path, &request)?;
            Ok(format!(
                "{} went offline, and there it wrote into {:?}: {LATE:?}",
                CAST[HILLSIDE].name, merged.title
            ))
        })
    }

    fn removal_is_proposed(&mut self) -> Result<ProposalView, DemoError> {
        let mut proposed = None;
        self.step("proposing to remove the clinic", |story| {
            let request = ProposeRequest::Remove { organisations: vec![CAST[HILLSIDE].name.to_owned()] };
            let proposal: ProposalView = story.fleet.client(HOSPITAL).post("/v1/proposals", &request)?;
            let said = format!(
                "The hospital proposed to remove {}. Its node says: {}.",
                CAST[HILLSIDE].name, proposal.state
            );
            proposed = Some(proposal);
            Ok(said)
        })?;
        proposed.ok_or(DemoError::Untrue("nothing was proposed"))
    }

    fn others_endorse(&mut self, proposal: &ProposalView) -> Result<(), DemoError> {
        self.step("voting", |story| {
            for who in [COUNCIL, RESEARCH] {
                story.fleet.wait("the proposal is known", SYNC_TIMEOUT, |clients| {
                    let known: Vec<ProposalView> = clients[who].get("/v1/proposals")?;
                    Ok(known.iter().any(|known| known.id == proposal.id).then_some(()))
                })?;
                let request = ProposalRequest { id: proposal.id.clone() };
                let _: ProposalView = story.fleet.client(who).post("/v1/proposals/endorse", &request)?;
            }
            story.fleet.wait("the removal is in force", SYNC_TIMEOUT, |clients| {
                let statuses = statuses(&clients[..HILLSIDE])?;
                Ok(statuses.iter().all(|status| epoch(status) == Some(proposal.epoch)).then_some(()))
            })?;
            story.members = HILLSIDE;
            Ok(format!(
                "Council and research group endorsed it, and the nodes voted: epoch {} is in force. The \
                 fourth elector was offline, and nobody had to wait for it.",
                proposal.epoch
            ))
        })
    }

    /// The clinic's node dials the others again, and none lets it in.
    fn it_comes_back(&mut self, documents: u64) -> Result<(), DemoError> {
        self.step("letting the clinic back", |story| {
            story.pause(HILLSIDE, false)?;
            story.fleet.wait("everybody has refused the clinic", SYNC_TIMEOUT, |clients| {
                let status: StatusView = clients[HILLSIDE].get("/v1/status")?;
                let mut others = status.peers.iter().filter(|peer| !peer.addresses.is_empty());
                Ok(others.all(|peer| !peer.connected && peer.problem.is_some()).then_some(()))
            })?;
            story.wait_until_equal(documents + 1)?;
            Ok(format!(
                "{} came back with what it wrote. None of the others lets its node in.",
                CAST[HILLSIDE].name
            ))
        })
    }

    fn removal(&self, proposal: &ProposalView, merged: &MergedEdit) -> Result<Removal, DemoError> {
        let hospital = self.fleet.client(HOSPITAL);
        let charter: CharterView = hospital.get("/v1/charter")?;
        let Some(epoch) = charter.epochs.iter().find(|epoch| epoch.hash == proposal.id) else {
            return Err(DemoError::Untrue("the removal is in no epoch"));
        };
        let said = (0..CAST.len()).map(|who| said(who, self.fleet.client(who), merged));
        Ok(Removal {
            organisation: CAST[HILLSIDE].name,
            standing: standing(hospital)?,
            electors: CAST.len() as u64,
            needed: proposal.needed,
            at_first: proposal.state.clone(),
            endorsed_by: epoch.endorsed_by.clone(),
            decided_by: epoch.certified_by.clone(),
            epoch: epoch.number,
            kept: LEAFLET,
            refused: LATE,
            said: said.collect::<Result<_, _>>()?,
        })
    }
}

fn said(who: usize, client: &Client, merged: &MergedEdit) -> Result<Said, DemoError> {
    let documents: Vec<DocumentSummary> = client.get("/v1/documents")?;
    let shown: DocumentView = client.get(&format!("/v1/documents/{}", merged.document))?;
    let shows_kept = documents.iter().any(|document| document.title == LEAFLET);
    let shows_refused = shown.text.contains(LATE);
    let holds = count(documents.len() as u64, "document");
    let words = match who {
        HILLSIDE => format!("I hold {holds}, one of them with my late sentence; {}.", refusals(client)?),
        _ => format!(
            "{} is {}. {LEAFLET:?} stands; its late sentence is not in {:?}. I hold {holds}.",
            CAST[HILLSIDE].name,
            standing(client)?,
            merged.title
        ),
    };
    Ok(Said { organisation: CAST[who].name, words, shows_kept, shows_refused })
}

/// What the removed node says of the others.
fn refusals(client: &Client) -> Result<String, DemoError> {
    let status: StatusView = client.get("/v1/status")?;
    let refused = status.peers.iter().filter(|peer| !peer.connected && peer.problem.is_some()).count();
    Ok(format!("{refused} of {} others refuse to talk to my node", status.peers.len()))
}

/// The clinic's standing, as a node sees it.
fn standing(client: &Client) -> Result<String, DemoError> {
    let view: MembersView = client.get("/v1/members")?;
    let member = view.members.into_iter().find(|member| member.organisation.name == CAST[HILLSIDE].name);
    Ok(member.map_or_else(|| "unknown".to_owned(), |member| member.standing))
}

fn epoch(status: &StatusView) -> Option<u64> {
    status.commons.as_ref().map(|commons| commons.epoch)
}
