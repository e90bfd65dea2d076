//! An organisation joins: invited by the hospital, compared by fingerprint,
//! approved by every elector.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::demo::DemoError;
use crate::demo::fleet::{CAST, Fleet, HOSPITAL, statuses};
use crate::view::{ApproveRequest, InvitationView, JoinRequest, JoinView, MembersView, StatusView};

/// How long joining may take.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Lets organisation `who` join; `electors` are those who have to agree. Gives
/// back the fingerprint words that both sides saw.
pub fn join(fleet: &mut Fleet, who: usize, electors: &[usize]) -> Result<String, DemoError> {
    let invitation: InvitationView = fleet.client(HOSPITAL).post("/v1/invitations", &json!({}))?;
    let request = JoinRequest { code: invitation.code };
    let _: JoinView = fleet.client(who).post("/v1/join", &request)?;
    let mut candidate = Candidate::new(fleet, who)?;
    let what = format!("{} is admitted", CAST[who].name);
    fleet.wait(&what, TIMEOUT, |clients| candidate.step(clients, electors))?;
    let members = electors.len() as u64 + 1;
    let what = format!("all know that {} is a member", CAST[who].name);
    fleet.wait(&what, TIMEOUT, |clients| {
        let known = statuses(clients)?;
        let mut inside = electors.iter().chain([&who]);
        Ok(inside.all(|at| has_members(&known[*at], members)).then_some(()))
    })?;
    Ok(candidate.fingerprint.unwrap_or_default())
}

fn has_members(status: &StatusView, members: u64) -> bool {
    let commons = status.commons.as_ref();
    commons.is_some_and(|commons| commons.members == members)
}

/// The organisation that joins.
struct Candidate {
    who: usize,
    organisation: String,
    fingerprint: Option<String>,
    approved: BTreeSet<(usize, String)>,
}

impl Candidate {
    fn new(fleet: &Fleet, who: usize) -> Result<Self, DemoError> {
        let status: StatusView = fleet.client(who).get("/v1/status")?;
        Ok(Self { who, organisation: status.organisation.id, fingerprint: None, approved: BTreeSet::new() })
    }

    /// Looks how far joining is; approves where that is due.
    fn step(&mut self, clients: &[Client], electors: &[usize]) -> Result<Option<()>, DemoError> {
        let view: JoinView = clients[self.who].get("/v1/join")?;
        if view.fingerprint.is_some() {
            self.fingerprint.clone_from(&view.fingerprint);
        }
        match view.state.as_str() {
            "admitted" => return Ok(Some(())),
            "failed" => {
                return Err(DemoError::Join { name: CAST[self.who].name, message: view.message });
            }
            _ => {}
        }
        if let Some(words) = view.fingerprint {
            for elector in electors {
                self.approve(&clients[*elector], *elector, &words)?;
            }
        }
        Ok(None)
    }

    fn approve(&mut self, client: &Client, elector: usize, words: &str) -> Result<(), DemoError> {
        let view: MembersView = client.get("/v1/members")?;
        for id in self.due(&view, elector, words)? {
            if self.approved.insert((elector, id.clone())) {
                let _: MembersView = client.post("/v1/members/approve", &ApproveRequest { id })?;
            }
        }
        Ok(())
    }

    /// What `elector` sees and has to decide, with the right fingerprint words.
    fn due(&self, view: &MembersView, elector: usize, words: &str) -> Result<Vec<String>, DemoError> {
        let mut due = Vec::new();
        for request in &view.requests {
            if request.organisation.id != self.organisation {
                continue;
            }
            self.compare(elector, words, &request.fingerprint)?;
            due.push(request.id.clone());
        }
        for proposal in &view.proposals {
            let waits = proposal.missing.iter().any(|name| name == CAST[elector].name);
            let Some(seen) = proposal.fingerprint.as_ref().filter(|_| waits) else {
                continue;
            };
            self.compare(elector, words, seen)?;
            due.push(proposal.id.clone());
        }
        Ok(due)
    }

    fn compare(&self, elector: usize, words: &str, seen: &str) -> Result<(), DemoError> {
        if words == seen {
            return Ok(());
        }
        Err(DemoError::Fingerprint {
            name: CAST[self.who].name,
            shown: words.to_owned(),
            elector: CAST[elector].name,
            seen: seen.to_owned(),
        })
    }
}
