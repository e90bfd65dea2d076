//! The next charter: what a proposed change makes of the one in force.

use super::Failure;
use super::chains::text;
use super::disclosures;
use super::people::roles;
use super::policies;
use super::recovery::NewRoot;
use crate::view::PolicyView;
use commons_protocol::bounded::{BoundedVec, TooLong};
use commons_protocol::charter::{Charter, Elector, FormerRoot, Member, Point};
use commons_protocol::collection::Standing;
use commons_protocol::id::{ObjectId, OrganisationId};
use commons_protocol::invitation::Application;
use commons_protocol::limits::{ELECTORS, ELECTORS_BY_DEFAULT};

/// The charter that would follow `current` and change nothing.
pub fn following(current: &Charter) -> Charter {
    let (number, parent) = (current.number + 1, Some(current.hash()));
    Charter { number, parent, pins: BoundedVec::default(), ..current.clone() }
}

/// Admits an applicant, as an elector while there are few.
pub fn admitting(current: &Charter, application: &Application) -> Result<Charter, Failure> {
    let mut charter = following(current);
    let mut members = charter.members.to_vec();
    members.push(application.member());
    charter.members = sorted_members(members)?;
    if charter.electors.len() < ELECTORS_BY_DEFAULT {
        let mut electors = charter.electors.to_vec();
        electors.push(application.as_elector());
        charter.electors = sorted_electors(electors)?;
    }
    Ok(charter)
}

/// Gives members another standing. Who is not active has no vote; `pins` say
/// what counts of its logs.
pub fn standing(
    current: &Charter,
    organisations: &[OrganisationId],
    standing: Standing,
    pins: Vec<Point>,
) -> Result<Charter, Failure> {
    let mut charter = following(current);
    let mut members = charter.members.to_vec();
    for member in members.iter_mut().filter(|member| organisations.contains(&member.organisation)) {
        if member.standing == standing {
            return Err(Failure::conflict("no-change", format!("{} is {standing} already", member.name)));
        }
        member.standing = standing;
    }
    charter.members = sorted_members(members)?;
    if standing != Standing::Active {
        let electors = charter.electors.iter().filter(|one| !organisations.contains(&one.organisation));
        charter.electors = sorted_electors(electors.cloned().collect())?;
    }
    charter.pins = sorted_pins(pins)?;
    keep_an_elector(charter)
}

/// Changes policies. `pins` say what counts of all logs, for the case that a
/// role loses the right to write.
pub fn policy(
    current: &Charter,
    change: &Policy,
    pins: impl FnOnce() -> Vec<Point>,
) -> Result<Charter, Failure> {
    let mut charter = following(current);
    if let Some(writers) = &change.writers {
        charter.writers = roles(writers)?;
        if current.writers.iter().any(|role| !charter.writers.contains(role)) {
            charter.pins = sorted_pins(pins())?;
        }
    }
    if let Some(quorum) = change.quorum {
        charter.quorum = higher_quorum(current, quorum)?;
    }
    if let Some(name) = &change.name {
        charter.name = text(name)?;
    }
    if let Some(purpose) = &change.purpose {
        charter.purpose = text(purpose)?;
    }
    let unchanged = Charter { pins: BoundedVec::default(), ..charter.clone() } == following(current);
    match unchanged {
        true => Err(Failure::conflict("no-change", "the charter says this already")),
        false => Ok(charter),
    }
}

/// Changes what a kind of document needs to be released. What was released
/// before stays released if a quorum held it before the change.
pub fn review_policy(current: &Charter, view: &PolicyView) -> Result<Charter, Failure> {
    let policy = policies::from_view(view)?;
    if current.policy(policy.kind) == policy {
        return Err(Failure::conflict("no-change", "the charter says this already"));
    }
    let named = current.policies.iter().flatten().cloned().collect();
    let changed = BoundedVec::new(policies::replacing(named, policy)).map_err(full)?;
    Ok(Charter { policies: Some(changed), ..following(current) })
}

/// Changes what is told of counts of people.
pub fn disclosure(current: &Charter, change: disclosures::Change) -> Result<Charter, Failure> {
    Ok(Charter { disclosure: disclosures::changed(current, change)?, ..following(current) })
}

/// Policies to change; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Roles that may write.
    pub writers: Option<Vec<String>>,
    /// Votes that a change needs.
    pub quorum: Option<u8>,
    /// Name of the commons.
    pub name: Option<String>,
    /// Its purpose.
    pub purpose: Option<String>,
}

/// Changes who votes.
pub fn electors(
    current: &Charter,
    add: &[OrganisationId],
    remove: &[OrganisationId],
) -> Result<Charter, Failure> {
    let mut charter = following(current);
    let mut electors = charter.electors.to_vec();
    electors.retain(|elector| !remove.contains(&elector.organisation));
    for organisation in add {
        let member = charter.member(organisation).filter(|_| charter.is_active(organisation));
        let member = member
            .ok_or_else(|| Failure::conflict("not-active", "only an active member can be an elector"))?;
        if !electors.iter().any(|elector| elector.organisation == *organisation) {
            electors.push(Elector { organisation: *organisation, key: member.elector });
        }
    }
    if electors.len() > ELECTORS {
        let why = format!("a commons has at most {ELECTORS} electors; remove one in the same proposal");
        return Err(Failure::conflict("too-many-electors", why));
    }
    charter.electors = sorted_electors(electors)?;
    match charter.electors == current.electors {
        true => Err(Failure::conflict("no-change", "these are the electors already")),
        false => keep_an_elector(charter),
    }
}

/// Replaces a member's lost root key; of the old one counts what is up to
/// `last`.
pub fn root(
    current: &Charter,
    organisation: &OrganisationId,
    new: NewRoot,
    last: Option<ObjectId>,
) -> Result<Charter, Failure> {
    let mut charter = following(current);
    let mut members = charter.members.to_vec();
    for member in members.iter_mut().filter(|member| member.organisation == *organisation) {
        let lost = FormerRoot { root: member.root, next_root: member.next_root, last };
        let former = member.former.iter().cloned().chain([lost]);
        member.former = BoundedVec::new(former.collect()).map_err(full)?;
        (member.root, member.next_root, member.elector) = (new.root, new.next, new.elector);
    }
    charter.members = sorted_members(members)?;
    let mut electors = charter.electors.to_vec();
    for elector in electors.iter_mut().filter(|elector| elector.organisation == *organisation) {
        elector.key = new.elector;
    }
    charter.electors = sorted_electors(electors)?;
    Ok(charter)
}

/// Chooses the branch of a log that forked.
pub fn branch(current: &Charter, pin: Point) -> Result<Charter, Failure> {
    Ok(Charter { pins: sorted_pins(vec![pin])?, ..following(current) })
}

/// The votes that a charter asks for can only rise, and no more than there
/// are electors.
fn higher_quorum(current: &Charter, quorum: u8) -> Result<u8, Failure> {
    let electors = current.electors.len();
    if usize::from(quorum) > electors {
        let why = format!("{quorum} votes can't be asked for: there are {electors} electors");
        return Err(Failure::conflict("quorum-too-high", why));
    }
    if quorum < current.quorum {
        let why =
            format!("the charter asks for at least {} votes, which is never lowered again", current.quorum);
        return Err(Failure::conflict("quorum-too-low", why));
    }
    Ok(quorum)
}

fn keep_an_elector(charter: Charter) -> Result<Charter, Failure> {
    let electors = charter.electors.len();
    if electors == 0 {
        return Err(Failure::conflict(
            "no-elector",
            "a commons needs at least one elector; make another member one first with `commons propose elector --add`",
        ));
    }
    if usize::from(charter.quorum) > electors {
        let why = format!(
            "the charter asks for at least {} votes, and {electors} elector(s) would be left; add electors first",
            charter.quorum
        );
        return Err(Failure::conflict("too-few-electors", why));
    }
    Ok(charter)
}

fn sorted_members<const N: usize>(mut members: Vec<Member>) -> Result<BoundedVec<Member, N>, Failure> {
    members.sort_by_key(|member| member.organisation);
    BoundedVec::new(members).map_err(full)
}

fn sorted_electors<const N: usize>(mut electors: Vec<Elector>) -> Result<BoundedVec<Elector, N>, Failure> {
    electors.sort_by_key(|elector| elector.organisation);
    BoundedVec::new(electors).map_err(full)
}

fn sorted_pins<const N: usize>(mut pins: Vec<Point>) -> Result<BoundedVec<Point, N>, Failure> {
    pins.sort_by_key(|pin| pin.log);
    BoundedVec::new(pins).map_err(full)
}

fn full(error: TooLong) -> Failure {
    Failure::conflict("charter-full", format!("the charter has no room for this: {error}"))
}
