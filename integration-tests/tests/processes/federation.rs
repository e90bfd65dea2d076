//! Eight organisations as real processes: people write all the time while
//! links are cut, a hub dies, an elector comes back from an old disk, and a
//! member is removed by those who are there. What was asked and answered is
//! recorded, and a checker that knows nothing of this story judges it.

#[path = "federation/cast.rs"]
mod cast;
#[path = "federation/lies.rs"]
mod lies;
#[path = "federation/people.rs"]
mod people;
#[path = "federation/removal.rs"]
mod removal;
#[path = "federation/votes.rs"]
mod votes;

use commons_integration_tests::process::verdict::{Case, judge};
use commons_integration_tests::process::{Ending, History, Place, join_all, wait_until_equal};

use crate::scene::assert_nothing_forked;
use cast::{Cast, FRIEND, HUB, LATER, RETURNING, SECOND_HUB, WORDS};
use people::{Random, Writers, seed};

/// What the parts of the story share.
pub struct Story<'p> {
    place: &'p Place,
    history: History,
    cast: Cast,
    random: Random,
}

#[test]
fn a_federation_outlives_its_faults() {
    let seed = seed();
    println!("COMMONS_SEED={seed}");
    let place = Place::new();
    let history = History::new();
    let random = Random::new(seed);
    let mut story = Story { place: &place, history, cast: Cast::start(&place), random };
    story.six_found_and_an_old_disk_is_kept();
    story.the_others_join();
    story.people_write_while_links_are_cut();
    story.an_elector_returns_from_an_old_disk();
    story.a_member_is_removed();
    story.the_removed_one_finds_an_old_friend();
    story.everything_heals();
    story.judged();
}

impl Story<'_> {
    fn six_found_and_an_old_disk_is_kept(&mut self) {
        let founder = self.cast.node(HUB);
        founder.commons(&["found", "Gut Health", "--purpose", "Share what helps"]).ok();
        let first: Vec<_> = Cast::first_electors().map(|who| self.cast.node(who)).collect();
        join_all(founder, &[founder], &first);
        let writers = Writers::all_of(&self.cast, "a", &mut self.random, Cast::first_electors());
        writers.write(&self.history, || {});
        wait_until_equal(&[founder, self.cast.node(RETURNING)], |_| true);
        let copy = self.place.path().join("old-disk");
        self.cast.restart_with(RETURNING, |home| home.copy_to(&copy));
        self.history.fault(WORDS[RETURNING].name, "its disk was copied");
    }

    fn the_others_join(&mut self) {
        let members: Vec<_> =
            [HUB].into_iter().chain(Cast::first_electors()).map(|who| self.cast.node(who)).collect();
        join_all(members[0], &members, &[self.cast.node(LATER)]);
        let members: Vec<_> = members.into_iter().chain([self.cast.node(LATER)]).collect();
        join_all(members[0], &members, &[self.cast.node(FRIEND)]);
        let status = wait_until_equal(&self.cast.all(), |_| true);
        let commons = status.commons.expect("founded");
        assert_eq!((commons.members, commons.electors, commons.quorum), (8, 7, 5));
    }

    fn people_write_while_links_are_cut(&mut self) {
        let writers = Writers::all_of(&self.cast, "b", &mut self.random, 0..WORDS.len());
        let (cast, history, place) = (&mut self.cast, &self.history, self.place);
        writers.write(history, || {
            cast.pause(place, history, 3, true);
            history.fault(WORDS[SECOND_HUB].name, "killed");
            cast.kill(SECOND_HUB);
            cast.start_again(SECOND_HUB);
            cast.pause(place, history, 3, false);
        });
        wait_until_equal(&self.cast.all(), |_| true);
    }

    fn an_elector_returns_from_an_old_disk(&mut self) {
        let writers =
            Writers::all_of(&self.cast, "c", &mut self.random, [HUB, RETURNING, 4, FRIEND].into_iter());
        writers.write(&self.history, || {});
        // What it acknowledged and nobody else holds would go with its disk.
        wait_until_equal(&self.cast.all(), |_| true);
        let copy = self.place.path().join("old-disk");
        let home = self.cast.kill(RETURNING);
        home.restore_from(&copy);
        self.cast.start_again(RETURNING);
        self.history.fault(WORDS[RETURNING].name, "killed, and back from its old disk");
        let writers = Writers::all_of(&self.cast, "d", &mut self.random, [RETURNING, HUB].into_iter());
        writers.write(&self.history, || {});
        wait_until_equal(&self.cast.all(), |_| true);
    }

    fn judged(self) {
        let Self { history, cast, .. } = self;
        for who in cast.members() {
            assert_nothing_forked(cast.node(who));
        }
        let (members, removed) = cast.into_nodes();
        let members: Vec<Ending> = members.into_iter().map(Ending::of).collect();
        let removed = [Ending::of(removed)];
        let events = history.events();
        let case = Case { history: &events, members: &members, removed: &removed };
        let counts = judge(&case).unwrap_or_else(|wrong| panic!("{wrong}"));
        println!("{counts:?}");
        assert!(counts.cut >= 9, "too little was cut: {counts:?}");
        assert!(counts.saved >= 100 && counts.epochs >= 8, "too little happened: {counts:?}");
        lies::are_noticed(&events, members, &removed);
    }
}
