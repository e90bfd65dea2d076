//! The truth about this node.

use super::charter_views::{quorum_in_words, rules};
use super::membership::words;
use super::proposals::changes;
use super::{Engine, Failure};
use crate::store::Store;
use crate::view::{
    CharterView, CommonsView, CountView, EpochView, JoinRequestView, MemberView, MembersView,
    OrganisationView, PeerView, StatusView, WaitingView,
};
use commons_protocol::charter::{Charter, Member};
use commons_protocol::epoch::Epoch;
use commons_protocol::id::{Digest, hash};
use commons_protocol::key::PublicKey;
use commons_protocol::rules::Wait;
use commons_protocol::sync::Table;
use std::collections::{BTreeMap, BTreeSet};

impl<S: Store> Engine<S> {
    /// The status; `uptime_seconds` is filled in by the caller.
    pub fn status(&mut self) -> StatusView {
        let heads_digest = self.heads_digest();
        let (faults, fault_notice) = (self.fault_count(), self.fault_notice());
        let commons = self.commons.as_ref();
        let count = |of: &dyn Fn(&super::Commons) -> u64| commons.map_or(0, of);
        StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            organisation: OrganisationView {
                id: self.keys.organisation.to_string(),
                name: self.profile.name.clone(),
                kind: self.profile.kind.to_string(),
            },
            commons: commons.and_then(|commons| {
                Some(commons_view(
                    commons.admission.governance()?.current(),
                    &commons.admission.commons().to_string(),
                ))
            }),
            uptime_seconds: 0,
            network_paused: self.peers.is_paused(),
            listening: self.listening.clone(),
            peers: self.peer_views(),
            entries: count(&|commons| commons.admission.entries()),
            logs: count(&|commons| commons.admission.heads().count() as u64),
            documents: count(&|commons| commons.catalogue.documents().count() as u64),
            heads_digest: heads_digest.to_string(),
            documents_digest: self.documents_digest().to_string(),
            waiting: self.waiting_views(),
            missing_bodies: count(&|commons| commons.catalogue.missing().count() as u64),
            refused: self
                .refused
                .iter()
                .map(|(code, count)| CountView { code: (*code).to_owned(), count: *count })
                .collect(),
            faults,
            notices: self.all_notices().into_iter().chain(fault_notice).collect(),
        }
    }

    /// Digest over the admitted heads of all logs.
    pub fn heads_digest(&mut self) -> Digest {
        self.commons.as_mut().map_or(Digest([0; 32]), |commons| commons.digest(Table::Heads))
    }

    /// Digest over all documents with their heads, as far as they are
    /// checked.
    pub fn documents_digest(&self) -> Digest {
        let Some(commons) = &self.commons else { return Digest([0; 32]) };
        let documents: BTreeMap<[u8; 32], [u8; 32]> = commons
            .catalogue
            .documents()
            .map(|(id, _, listing)| (id.0, listing.state.map_or([0; 32], |state| state.0)))
            .collect();
        let parts: Vec<&[u8]> = documents.iter().flat_map(|(id, state)| [&id[..], &state[..]]).collect();
        Digest(hash("commons documents digest 1", &parts))
    }

    /// Members, requests and proposals.
    pub fn members(&self) -> Result<MembersView, Failure> {
        let governance = self.commons()?.admission.governance().ok_or_else(Failure::no_commons)?;
        let charter = governance.current();
        let commons = governance.commons();
        let requests = self.joining.requests().iter().map(|(id, request)| {
            let member = request.application.member();
            JoinRequestView {
                id: id.to_string(),
                organisation: organisation_view(&member),
                fingerprint: words(&commons, &member),
                received_ms: request.received,
            }
        });
        Ok(MembersView {
            members: self.member_views(charter),
            requests: requests.collect(),
            proposals: self.proposals()?,
        })
    }

    /// The charter in force and its history.
    pub fn charter(&self) -> Result<CharterView, Failure> {
        let governance = self.commons()?.admission.governance().ok_or_else(Failure::no_commons)?;
        let charter = governance.current();
        let epochs = governance.epochs();
        let view = |(index, epoch): (usize, &Epoch)| {
            let parent = index.checked_sub(1).and_then(|parent| epochs.get(parent)).map(|one| &one.charter);
            let electorate = parent.unwrap_or(&epoch.charter);
            EpochView {
                number: epoch.charter.number,
                hash: epoch.hash.to_string(),
                changes: changes(parent, &epoch.charter),
                certified_by: elector_names(electorate, |key| epoch.certificate.contains(key)),
                endorsed_by: elector_names(electorate, |key| epoch.endorsed.contains(key)),
            }
        };
        let writers: Vec<&str> = charter.writers.iter().map(|role| role.word()).collect();
        Ok(CharterView {
            commons: commons_view(charter, &governance.commons().to_string()),
            purpose: charter.purpose.to_string(),
            members: self.member_views(charter),
            rules: [
                quorum_in_words(charter),
                format!("people with these roles may write: {}", writers.join(", ")),
            ]
            .into_iter()
            .chain(rules(charter))
            .collect(),
            epochs: epochs.iter().enumerate().rev().map(view).collect(),
        })
    }

    fn member_views(&self, charter: &Charter) -> Vec<MemberView> {
        let electors: BTreeSet<_> = charter.electors.iter().map(|elector| elector.organisation).collect();
        let keys = self.commons.as_ref().map(|commons| commons.admission.keys());
        let view = |member: &Member| {
            let nodes = keys.iter().flat_map(|keys| keys.nodes().values());
            let people = keys.iter().flat_map(|keys| keys.people().values());
            MemberView {
                organisation: organisation_view(member),
                standing: member.standing.to_string(),
                elector: electors.contains(&member.organisation),
                this_node: member.organisation == self.keys.organisation,
                nodes: nodes
                    .filter(|node| node.organisation == member.organisation && node.revoked.is_none())
                    .count() as u64,
                people: people
                    .filter(|person| person.organisation == member.organisation && person.revoked.is_none())
                    .count() as u64,
            }
        };
        charter.members.iter().map(view).collect()
    }

    fn peer_views(&self) -> Vec<PeerView> {
        let nodes: BTreeMap<[u8; 32], Vec<String>> =
            self.commons.as_ref().map_or_else(BTreeMap::new, |commons| {
                let nodes = commons.admission.keys().nodes().values();
                nodes
                    .map(|node| (node.peer.0, node.addresses.iter().map(ToString::to_string).collect()))
                    .collect()
            });
        let view = |(key, peer): (&crate::net::PeerKey, &super::peers::Peer)| PeerView {
            peer: key.to_string(),
            organisation: self
                .organisation_of(key)
                .map_or_else(|| "unknown".to_owned(), |id| self.name_of(&id)),
            connected: peer.connected,
            addresses: nodes.get(&key.0).cloned().unwrap_or_default(),
            in_step: peer.in_step,
            last_sync_ms: peer.last_sync,
            problem: peer.cut_off.clone().or_else(|| peer.problem.clone()),
        };
        self.peers.known().iter().map(view).collect()
    }

    fn waiting_views(&self) -> Vec<WaitingView> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for (_, wait, entries) in self.waits() {
            *counts.entry(why(&wait)).or_default() += entries as u64;
        }
        let entries = counts.into_iter().map(|(why, count)| WaitingView {
            what: "contributions".to_owned(),
            why,
            count,
        });
        let unchecked = self.commons.as_ref().map_or(0, |commons| commons.library.stale());
        let documents = (unchecked > 0).then(|| WaitingView {
            what: "documents".to_owned(),
            why: "they are being checked and built".to_owned(),
            count: unchecked as u64,
        });
        entries.chain(documents).collect()
    }

    fn all_notices(&self) -> Vec<String> {
        let mut notices = self.notices.clone();
        let Some(commons) = &self.commons else { return notices };
        if commons.admission.governance().is_some_and(|governance| governance.current().is_founding_mode()) {
            notices.push("founding mode: fewer than four electors, so every elector must agree to a change and one that is lost blocks changes".to_owned());
        }
        if self.needs_upgrade() {
            notices.push("needs upgrade: the members agreed on rules that this version does not know; documents wait until this node is upgraded".to_owned());
        }
        if self.needs_disclosure_upgrade() {
            notices.push("needs upgrade: the members agreed on rules of disclosure that this version does not know; figures are neither sent nor shown until this node is upgraded".to_owned());
        }
        if !commons.admission.frozen().is_empty() {
            notices.push(format!(
                "{} log(s) are frozen because their writer signed two histories",
                commons.admission.frozen().len()
            ));
        }
        let cut = self.cut_documents().len();
        if cut > 0 {
            notices.push(format!("{cut} document(s) hold contributions of this organisation that were cut off together with something on which they build; see `commons reissue`"));
        }
        if let Err(error) = crate::clock::plausible() {
            notices.push(error.to_string());
        }
        notices
    }
}

fn why(wait: &Wait) -> String {
    match wait {
        Wait::Epoch(number) => format!("epoch {number} is not known here yet"),
        Wait::Node(_) => "the key of the node that wrote them is not known here yet".to_owned(),
        Wait::Person(_) => "the key of the person who wrote them is not known here yet".to_owned(),
        Wait::Previous => "earlier contributions of the same log are not here yet".to_owned(),
        Wait::Dependency(_) => "contributions on which they build are not here yet".to_owned(),
        Wait::Refused(refusal) => format!("refused: {refusal}"),
    }
}

fn commons_view(charter: &Charter, id: &str) -> CommonsView {
    CommonsView {
        id: id.to_owned(),
        name: charter.name.to_string(),
        epoch: charter.number,
        epoch_hash: charter.hash().to_string(),
        members: charter.members.iter().filter(|member| charter.is_active(&member.organisation)).count()
            as u64,
        electors: charter.electors.len() as u64,
        quorum: charter.votes_needed() as u64,
        founding_mode: charter.is_founding_mode(),
    }
}

pub(super) fn organisation_view(member: &Member) -> OrganisationView {
    OrganisationView {
        id: member.organisation.to_string(),
        name: member.name.to_string(),
        kind: member.kind.to_string(),
    }
}

pub(super) fn elector_names(charter: &Charter, is_meant: impl Fn(&PublicKey) -> bool) -> Vec<String> {
    let meant = charter.electors.iter().filter(|elector| is_meant(&elector.key));
    meant
        .filter_map(|elector| charter.member(&elector.organisation))
        .map(|member| member.name.to_string())
        .collect()
}
