//! A member is removed while it, its friend and an elector are away; then it
//! comes back with what it wrote.

use commons_integration_tests::process::wait_until_equal;
use commons_node::view::ProposeRequest;

use super::Story;
use super::cast::{FRIEND, HUB, LATER, REMOVED, RETURNING, SECOND_HUB, STOPPED, WORDS};
use super::people::Writers;
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
        let late = Writers::all_of(&self.cast, "late", &mut self.random, [REMOVED].into_iter()).alone();
        late.write(&self.history, || {});
        let friend = Writers::all_of(&self.cast, "friend", &mut self.random, [FRIEND].into_iter()).alone();
        friend.write(&self.history, || {});
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
        let late = Writers::all_of(&self.cast, "later", &mut self.random, [REMOVED].into_iter()).alone();
        late.write(&self.history, || {});
        wait_until_equal(&pair, |_| true);
    }

    /// Everybody is back, and the removed one tries to be.
    pub fn everything_heals(&mut self) {
        for who in DECIDING {
            self.cast.pause(self.place, &self.history, who, false);
        }
        self.cast.start_again(STOPPED);
        self.history.fault(WORDS[STOPPED].name, "started again");
        let members: Vec<_> = self.cast.members().map(|who| self.cast.node(who)).collect();
        wait_until_equal(&members, |status| {
            status.commons.as_ref().is_some_and(|commons| commons.members == 7)
        });
        // It dials them all again, and none lets it in.
        self.cast.restart_with(REMOVED, |_| {});
        let removed = self.cast.node(REMOVED);
        self.place.wait("everybody has refused it", || {
            let peers = removed.status().peers;
            let hubs: Vec<_> = peers.iter().filter(|peer| !peer.addresses.is_empty()).collect();
            let is_refused = |peer: &&commons_node::view::PeerView| !peer.connected && peer.problem.is_some();
            (hubs.len() >= 3 && hubs.iter().all(is_refused)).then_some(())
        });
        let last = Writers::all_of(&self.cast, "last", &mut self.random, [REMOVED].into_iter()).alone();
        last.write(&self.history, || {});
        let writers: Vec<usize> = self.cast.members().collect();
        Writers::all_of(&self.cast, "f", &mut self.random, writers.into_iter()).write(&self.history, || {});
        let members: Vec<_> = self.cast.members().map(|who| self.cast.node(who)).collect();
        wait_until_equal(&members, |_| true);
    }
}
