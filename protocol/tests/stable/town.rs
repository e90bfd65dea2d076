//! Electors that attest two branches of one log over several epochs, some of them lying.

use super::{Scene, scene};
use crate::node::{Item, Memory, Node};
use crate::world::{Dice, Writer, list, text};
use commons_protocol::charter::{Charter, Point};
use commons_protocol::id::EpochHash;
use commons_protocol::stable::Lineage;

/// Those who vote at any time in the story of two branches; four at once.
const ELECTORS: usize = 5;

/// What one elector knows.
#[derive(Clone, Default)]
struct Known {
    /// The branch of which it holds entries; after it learnt of the other, it attests the trunk.
    on_other: bool,
    knows_both: bool,
    /// The epoch in which it is, and whether it may still attest there.
    epoch: usize,
    has_voted: bool,
    /// Attested points that it heard of.
    heard: Vec<(usize, usize, Point)>,
}

/// Electors attest two branches of one log over several epochs.
pub struct Town {
    scene: Scene,
    electors: Vec<Known>,
    said: Vec<(usize, usize, Point)>,
    liars: usize,
    is_guarded: bool,
}

impl Town {
    pub fn new(dice: &mut Dice, liars: usize, is_guarded: bool) -> Self {
        let scene = scene(dice);
        let elector = |on_other| Known { on_other, ..Known::default() };
        let electors = (0..ELECTORS).map(|_| elector(dice.below(2) == 0)).collect();
        Self { scene, electors, said: Vec::new(), liars, is_guarded }
    }

    /// The last of the first four electors lie.
    fn is_liar(&self, index: usize) -> bool {
        (4 - self.liars..4).contains(&index)
    }

    fn branch(&self, on_other: bool) -> &Writer {
        if on_other { &self.scene.other } else { &self.scene.one }
    }

    /// Whether two points of the log are on one line.
    fn in_line(&self, one: &Point, other: &Point) -> bool {
        [&self.scene.one, &self.scene.other].iter().any(|branch| branch.holds(one) && branch.holds(other))
    }

    /// An honest elector attests what it holds, unless the guard forbids it; a liar says anything.
    fn attest(&mut self, index: usize, dice: &mut Dice) {
        let known = self.electors[index].clone();
        let on_other = if self.is_liar(index) { dice.below(2) == 0 } else { known.on_other };
        let branch = self.branch(on_other);
        let longest =
            if known.knows_both && !self.is_liar(index) { self.scene.trunk } else { branch.ids.len() };
        let length = 1 + dice.below(longest.max(1));
        if longest == 0 || (known.has_voted && !self.is_liar(index)) {
            return;
        }
        let point = self.scene.point(branch, length);
        let epoch =
            if self.is_liar(index) { dice.below(self.scene.world.charters.len()) } else { known.epoch };
        let conflicts = |(of, by, other): &(usize, usize, Point)| {
            (*of < epoch || *by == index) && !self.in_line(&point, other)
        };
        if self.is_guarded && !self.is_liar(index) && known.heard.iter().any(conflicts) {
            return;
        }
        let charter = &self.scene.world.charters[epoch];
        if charter.elector(&self.scene.world.organisations[index].elector.public()).is_none() {
            return;
        }
        let hash: EpochHash = charter.hash();
        let object = self.scene.world.attestation_in(hash, index, vec![point]);
        self.scene.world.objects.push(object);
        self.said.push((epoch, index, point));
        self.electors[index].heard.push((epoch, index, point));
    }

    /// Three electors close an epoch. Who hears of it knows what those attested in it, of the liars
    /// as little as they like.
    fn close(&mut self, dice: &mut Dice) {
        let epoch = self.scene.world.charters.len() - 1;
        let mut voting = self.scene.world.electors();
        dice.shuffle(&mut voting);
        voting.truncate(3);
        if voting.iter().any(|index| !self.is_liar(*index) && self.electors[*index].epoch != epoch) {
            return;
        }
        let charter = self.next_charter(dice);
        self.scene.world.enact_by(charter, &voting);
        for index in voting {
            self.electors[index].has_voted = true;
            let told = self.said.iter().filter(|(of, by, _)| *of == epoch && *by == index);
            let told: Vec<_> = told.filter(|_| !self.is_liar(index) || dice.below(2) == 0).copied().collect();
            self.closing().extend(told);
        }
    }

    /// The next epoch, in which the one who does not vote may take the place of an honest elector.
    fn next_charter(&self, dice: &mut Dice) -> Charter {
        let world = &self.scene.world;
        let mut charter =
            Charter { name: text(&format!("Epoch {}", world.charters.len())), ..world.next_charter() };
        let spare = (0..ELECTORS).find(|index| !world.electors().contains(index)).expect("one of five");
        let gone = world.electors()[dice.below(4)];
        if !self.is_liar(gone) && !self.is_liar(spare) {
            let mut electors = charter.electors.to_vec();
            electors.retain(|elector| elector.organisation != world.organisations[gone].id());
            electors.push(world.organisations[spare].as_elector());
            electors.sort_by_key(|elector| elector.organisation);
            charter.electors = list(electors);
        }
        charter
    }

    /// What the votes that closed epochs name, kept with the last elector as a notice board.
    fn closing(&mut self) -> &mut Vec<(usize, usize, Point)> {
        if self.electors.len() == ELECTORS {
            self.electors.push(Known::default());
        }
        &mut self.electors[ELECTORS].heard
    }

    /// An elector hears of the next epoch, and of what the votes for it name.
    fn catch_up(&mut self, index: usize) {
        let board = self.closing().clone();
        let last = self.scene.world.charters.len() - 1;
        let elector = &mut self.electors[index];
        if elector.epoch < last {
            elector.epoch += 1;
            elector.has_voted = false;
            let epoch = elector.epoch;
            elector.heard.extend(board.into_iter().filter(|(of, ..)| *of < epoch));
        }
    }

    pub fn live(&mut self, dice: &mut Dice) {
        for _ in 0..80 {
            let index = dice.below(ELECTORS);
            match dice.below(8) {
                0..4 => self.attest(index, dice),
                4..6 => self.catch_up(index),
                6 if self.scene.world.charters.len() < 5 => self.close(dice),
                _ if dice.below(4) == 0 => self.electors[index].knows_both = true,
                _ => {}
            }
        }
    }

    /// Which branches beyond the trunk became stable.
    pub fn stable(&self) -> Vec<Point> {
        let mut node = Node::new(self.scene.world.commons, Memory::Whole);
        node.take(&Item::Objects(self.scene.world.objects.clone()));
        for log in [&self.scene.one, &self.scene.other] {
            node.take(&Item::Run(log.run(0, log.ids.len())));
        }
        let governance = node.admission.governance().expect("founded");
        assert_eq!(governance.epochs().len(), self.scene.world.charters.len(), "every epoch is decided");
        let (trunk, attested) = (self.scene.trunk as u64, node.admission.attested());
        [&self.scene.one, &self.scene.other]
            .iter()
            .filter_map(|log| {
                let is_on = |point: &Point| point.seq >= trunk && log.holds(point);
                attested.stable_among(governance.epochs(), &log.log(), &Lines(&self.scene), is_on)
            })
            .collect()
    }
}

/// Everybody's knowledge of both branches.
struct Lines<'a>(&'a Scene);

impl Lineage for Lines<'_> {
    fn leads_to(&self, ancestor: &Point, entry: &Point) -> bool {
        [&self.0.one, &self.0.other]
            .iter()
            .any(|branch| ancestor.seq <= entry.seq && branch.holds(ancestor) && branch.holds(entry))
    }

    fn reaches(&self, _: &Point, _: u64) -> bool {
        true
    }
}
