//! A member is removed while it, its friend and an elector are away; then it
//! comes back with what it wrote. The friend, who does not know, builds on it.

use commons_integration_tests::process::{Answered, Asked, wait_until_agreed, wait_until_equal};
use commons_node::view::{
    DocumentSummary, PeerView, ProposeRequest, ReissueRequest, ReissueView, StatusView,
};

use super::Story;
use super::cast::{FRIEND, HUB, LATER, REMOVED, RETURNING, SECOND_HUB, STOPPED, WORDS};
use super::people::{Writers, answered};
use super::votes::{decide, wait_for_epoch};

/// Those who decide: a quorum, and nobody to spare.
const DECIDING: [usize; 5] = [HUB, SECOND_HUB, RETURNING, 3, LATER];

impl Story<'_> {
    /// While one elector is stopped, and the one in question and its friend
    /// are cut off and write on.
    pub fn a_member_is_removed(&mut self) {
        for who in [REMOVED, FRIEND] {
            self.cast.pause(self.place, &self.history, who, true);
        }
        self.cast.stop(STOPPED);
        self.history.fault(WORDS[STOPPED].name, "stopped");
        self.one_writes("late", REMOVED, &[]);
        self.one_writes("friend", FRIEND, &[]);
        let deciding: Vec<_> = DECIDING.map(|who| self.cast.node(who)).into();
        wait_until_equal(&deciding, |_| true);

        let writers = Writers::all_of(&self.cast, "e", &mut self.random, DECIDING.into_iter());
        let request = ProposeRequest::Remove { organisations: vec![WORDS[REMOVED].name.to_owned()] };
        writers.write(&self.history, || {
            let proposal = decide(self.place, &self.history, &self.cast, &request, &DECIDING);
            wait_for_epoch(self.place, &deciding, &proposal.id);
        });
        wait_until_equal(&deciding, |status| {
            status.commons.as_ref().is_some_and(|commons| commons.members == 7)
        });
    }

    /// All others are cut off; the removed one starts again and reaches the
    /// friend alone, who does not know yet.
    pub fn the_removed_one_finds_an_old_friend(&mut self) {
        for who in DECIDING {
            self.cast.pause(self.place, &self.history, who, true);
        }
        self.cast.kill(REMOVED);
        self.cast.start_again(REMOVED);
        self.history.fault(WORDS[REMOVED].name, "killed and started again");
        self.cast.pause(self.place, &self.history, FRIEND, false);
        let pair = [self.cast.node(REMOVED), self.cast.node(FRIEND)];
        wait_until_equal(&pair, |status| status.commons.as_ref().is_some_and(|commons| commons.members == 8));
        let listed: Vec<DocumentSummary> =
            pair[0].api().get("/v1/documents").expect("it lists its documents");
        let shared = listed.into_iter().next().expect("there are documents").id;
        self.one_edits("later", REMOVED, &shared);
        self.one_writes("late again", REMOVED, &[]);
        let pair = [self.cast.node(REMOVED), self.cast.node(FRIEND)];
        wait_until_equal(&pair, |_| true);
        // On what does not count, but it can't know.
        self.one_edits("built", FRIEND, &shared);
        self.one_writes("built more", FRIEND, &[shared]);
    }

    fn one_edits(&mut self, part: &'static str, who: usize, document: &str) {
        let writers = Writers::all_of(&self.cast, part, &mut self.random, [who].into_iter());
        writers.edit(&self.history, document);
    }

    fn one_writes(&mut self, part: &'static str, who: usize, documents: &[String]) {
        let writers = Writers::all_of(&self.cast, part, &mut self.random, [who].into_iter());
        writers.on(documents).write(&self.history, || {});
    }

    /// Everybody is back, and the removed one tries to be.
    pub fn everything_heals(&mut self) {
        for who in DECIDING {
            self.cast.pause(self.place, &self.history, who, false);
        }
        self.cast.start_again(STOPPED);
        self.history.fault(WORDS[STOPPED].name, "started again");
        let members: Vec<_> = self.cast.members().map(|who| self.cast.node(who)).collect();
        // Only the friend has something that waits: what it built on what is cut.
        let is_known =
            |status: &StatusView| status.commons.as_ref().is_some_and(|commons| commons.members == 7);
        wait_until_agreed(&members, |statuses| statuses.iter().all(is_known));
        // It dials them all again, and none lets it in.
        self.cast.restart_with(REMOVED, |_| {});
        let removed = self.cast.node(REMOVED);
        self.place.wait("everybody has refused it", || {
            let peers = removed.status().peers;
            let hubs: Vec<_> = peers.iter().filter(|peer| !peer.addresses.is_empty()).collect();
            let is_refused = |peer: &&PeerView| !peer.connected && peer.problem.is_some();
            (hubs.len() >= 3 && hubs.into_iter().all(|peer| is_refused(&peer))).then_some(())
        });
        self.one_writes("last", REMOVED, &[]);
        self.the_friend_writes_again();
        let who: Vec<usize> = self.cast.members().collect();
        Writers::all_of(&self.cast, "f", &mut self.random, who.into_iter()).write(&self.history, || {});
        let members: Vec<_> = self.cast.members().map(|who| self.cast.node(who)).collect();
        wait_until_agreed(&members, |_| true);
    }

    /// What the friend built on what was cut is offered to it, and it writes
    /// all of it again.
    fn the_friend_writes_again(&self) {
        let api = self.cast.node(FRIEND).api();
        let lost: Vec<ReissueView> = api.get("/v1/reissues").expect("it says what was cut off");
        assert!(!lost.is_empty(), "what was built on what is cut is offered again");
        for one in lost {
            let asked = Asked::Reissue { document: one.document.clone() };
            let request = ReissueRequest { document: one.document.clone() };
            let again = || answered(api.post("/v1/reissues", &request));
            let answer = self.history.note(WORDS[FRIEND].name, asked, again);
            assert!(matches!(&answer, Answered::Saved { .. }), "{one:?} can't be written again: {answer:?}");
        }
        let rest: Vec<ReissueView> = api.get("/v1/reissues").expect("it says what was cut off");
        assert!(rest.is_empty(), "{rest:?}");
    }
}
