//! The charters that a story's electors propose.

use super::Rule;
use super::teller::Teller;
use crate::world::{Organisation, key, list};
use commons_protocol::charter::{Charter, Elector, FormerRoot, Member, Point};
use commons_protocol::collection::{Role, Standing};
use commons_protocol::id::Commitment;
use commons_protocol::keylog::KeyAction;

/// Members that a story's commons has at most.
const MEMBERS: usize = 7;

impl Teller {
    /// The next charter, if there is anything to change.
    pub fn charter(&self, rule: &Rule) -> Option<Charter> {
        match rule {
            Rule::Stand { organisation, standing, keep } => {
                self.other_standing(*organisation, *standing, *keep)
            }
            Rule::Writers { keep } => Some(self.other_writers(*keep)),
            Rule::Pin { log, keep, branch } => {
                let pin = self.point(*log, *keep, *branch)?;
                Some(with_pins(self.world.next_charter(), vec![pin]))
            }
            Rule::Root { organisation, keep } => self.other_root(self.organisation(*organisation), *keep),
            Rule::Elector { organisation } => self.other_electors(self.organisation(*organisation)),
            Rule::Admit => (self.world.organisations.len() < MEMBERS).then(|| self.with_newcomer()),
        }
    }

    /// What follows once the epoch is in force.
    pub fn after_epoch(&mut self, rule: &Rule) {
        match rule {
            Rule::Admit => {
                self.world.organisations.push(self.newcomer());
                let index = self.world.organisations.len() - 1;
                self.world.equip(index);
                self.open_logs(index);
            }
            Rule::Root { organisation, .. } => {
                let index = self.organisation(*organisation);
                let organisation = &mut self.world.organisations[index];
                organisation.root = key(&format!("{} recovered", organisation.name));
                let admin = key(&format!("{} admin again", organisation.name));
                organisation.admin = admin.clone();
                self.world.root_event(index, KeyAction::AppointAdmin { admin: admin.public() });
            }
            _ => {}
        }
    }

    /// Only active members can be electors, so the standing of others changes.
    fn other_standing(&self, number: u8, standing: Standing, keep: Option<u8>) -> Option<Charter> {
        let electors = self.world.electors();
        let others: Vec<usize> =
            (0..self.world.organisations.len()).filter(|index| !electors.contains(index)).collect();
        let index = others[usize::from(number).checked_rem(others.len())?];
        let pins = keep.map_or_else(Vec::new, |keep| self.pins(index, keep));
        Some(with_pins(self.world.standing_charter(index, standing, Vec::new()), pins))
    }

    fn other_writers(&self, keep: Option<u8>) -> Charter {
        let mut charter = self.world.next_charter();
        charter.writers = match charter.writers.len() {
            1 => list([Role::Patient, Role::Clinician]),
            _ => list([Role::Patient]),
        };
        let all = 0..self.world.organisations.len();
        let pins = keep.map_or_else(Vec::new, |keep| all.flat_map(|index| self.pins(index, keep)).collect());
        with_pins(charter, pins)
    }

    fn other_root(&self, index: usize, keep: u8) -> Option<Charter> {
        let (id, name) = (self.world.organisations[index].id(), &self.world.organisations[index].name);
        let root = key(&format!("{name} recovered")).public();
        let member = self.world.current().member(&id)?;
        let last = self.event_of(&member.root, keep);
        let lost = FormerRoot { root: member.root, next_root: member.next_root, last };
        let is_first = member.former.is_empty();
        let new = Member {
            root,
            next_root: Commitment::to(&key("the root after that").public()),
            former: list([lost]),
            ..member.clone()
        };
        is_first.then(|| self.with_member(new))
    }

    fn other_electors(&self, index: usize) -> Option<Charter> {
        let mut charter = self.world.next_charter();
        let own = self.world.organisations[index].as_elector();
        let mut electors: Vec<Elector> = charter.electors.to_vec();
        match electors.iter().position(|elector| *elector == own) {
            Some(place) if electors.len() > 1 => _ = electors.remove(place),
            Some(_) => return None,
            None => electors.push(own),
        }
        electors.sort_by_key(|elector| elector.organisation);
        charter.electors = list(electors);
        charter.check().is_ok().then_some(charter)
    }

    fn newcomer(&self) -> Organisation {
        Organisation::new(&format!("Newcomer {}", self.world.organisations.len()))
    }

    fn with_newcomer(&self) -> Charter {
        self.with_member(self.newcomer().member())
    }

    /// The next charter with this member, new or in the place of the old.
    fn with_member(&self, member: Member) -> Charter {
        let mut charter = self.world.next_charter();
        let mut members = charter.members.to_vec();
        members.retain(|old| old.organisation != member.organisation);
        members.push(member);
        members.sort_by_key(|member| member.organisation);
        charter.members = list(members);
        charter
    }
}

/// The pins that a charter adds; those of earlier epochs hold without being said again.
fn with_pins(mut charter: Charter, mut pins: Vec<Point>) -> Charter {
    pins.sort_by_key(|pin| pin.log);
    charter.pins = list(pins);
    charter
}
