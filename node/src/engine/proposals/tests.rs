use super::{changes, differences, fingerprints};
use commons_protocol::bounded::{BoundedVec, Text};
use commons_protocol::charter::{Charter, Elector, Member, Point, Rules, Salt};
use commons_protocol::collection::{DocumentKind, OrganisationKind, Role, Standing};
use commons_protocol::disclosure;
use commons_protocol::id::{Commitment, CommonsId, EntryId, LogId, OrganisationId};
use commons_protocol::key::PublicKey;
use commons_protocol::policy::{Policies, Policy};

fn text<const N: usize>(words: &str) -> Text<N> {
    Text::new(words).unwrap()
}

fn member(number: u8) -> Member {
    Member {
        organisation: OrganisationId([number; 32]),
        name: text(&format!("Member {number}")),
        kind: OrganisationKind::Site,
        root: PublicKey([number; 32]),
        next_root: Commitment([number; 32]),
        standing: Standing::Active,
        former: BoundedVec::default(),
        elector: PublicKey([number + 100; 32]),
    }
}

/// A charter of four members, three of them electors.
fn charter() -> Charter {
    let electors = (1..=3).map(member);
    let electors = electors.map(|one| Elector { organisation: one.organisation, key: one.elector });
    Charter {
        policies: None,
        disclosure: None,
        number: 1,
        parent: None,
        salt: Salt([0; 16]),
        name: text("Commons"),
        purpose: text("Care"),
        members: BoundedVec::new((1..=4).map(member).collect()).unwrap(),
        electors: BoundedVec::new(electors.collect()).unwrap(),
        quorum: 0,
        writers: BoundedVec::new(Role::ALL.to_vec()).unwrap(),
        rules: Rules { fence: 1, disclosure: 1 },
        pins: BoundedVec::default(),
    }
}

/// The charter with its last member changed.
fn with_member(change: impl FnOnce(&mut Member)) -> Charter {
    let mut charter = charter();
    let mut members = charter.members.to_vec();
    change(members.last_mut().unwrap());
    charter.members = BoundedVec::new(members).unwrap();
    charter
}

fn with(change: impl FnOnce(&mut Charter)) -> Charter {
    let mut charter = charter();
    change(&mut charter);
    charter
}

/// The standard policy of toolkits, changed.
fn policies(change: impl FnOnce(&mut Policy)) -> Option<Policies> {
    let mut policy = Policy::standard(DocumentKind::Toolkit);
    change(&mut policy);
    Some(BoundedVec::new(vec![policy]).unwrap())
}

#[test]
fn everything_that_a_charter_changes_is_said() {
    let fewer = BoundedVec::new(charter().electors[..2].to_vec()).unwrap();
    let point = Point { log: LogId([1; 32]), seq: 0, entry: EntryId([2; 32]) };
    let pins = BoundedVec::new(vec![point]).unwrap();
    for (after, said) in [
        (with_member(|member| member.standing = Standing::Removed), "Member 4 is removed, was active"),
        (with_member(|member| member.root = PublicKey([9; 32])), "replaces the lost root key of Member 4"),
        (
            with_member(|member| member.next_root = Commitment([9; 32])),
            "replaces the lost root key of Member 4",
        ),
        (with_member(|member| member.name = text("Other")), "Member 4 is called Other from now on"),
        (
            with_member(|member| member.kind = OrganisationKind::Council),
            "Member 4 is of the kind council instead of site",
        ),
        (
            with_member(|member| member.elector = PublicKey([9; 32])),
            "Member 4 votes with another key from now on",
        ),
        (with(|charter| charter.electors = fewer), "Member 3 is no elector any more"),
        (with(|charter| charter.name = text("New")), "names the commons \"New\""),
        (with(|charter| charter.purpose = text("New")), "changes the purpose to \"New\""),
        (with(|charter| charter.quorum = 3), "asks for at least 3 votes for a change"),
        (
            with(|charter| charter.rules.fence = 2),
            "asks for version 2 of the change fence and 1 of disclosure",
        ),
        (with(|charter| charter.writers = BoundedVec::new(vec![Role::Patient]).unwrap()), "write: patient"),
        (with(|charter| charter.pins = pins), "fixes what counts so far of one log"),
        (
            with(|charter| charter.policies = policies(|policy| policy.organisations = 1)),
            "changes what is needed for a release: A toolkit needs 1 approval by a patient or family member and 1 by a clinician, none",
        ),
        (
            with(|charter| {
                charter.disclosure =
                    Some(disclosure::Policy { threshold: 12, ..disclosure::Policy::default() });
            }),
            "changes what is told of counts of people: Counts of people from 1 to 12 are masked",
        ),
        (with(|charter| charter.policies = policies(|_| ())), "writes down what is needed for a release"),
    ] {
        let changes = changes(Some(&charter()), &after);
        assert!(changes.iter().any(|change| change.contains(said)), "{said}: {changes:?}");
    }
    assert!(differences(&charter(), &charter()).is_empty());
}

#[test]
fn two_members_of_one_name_are_told_apart_as_electors() {
    let rename = |charter: &mut Charter| {
        let mut members = charter.members.to_vec();
        members.iter_mut().for_each(|member| member.name = text("Same"));
        charter.members = BoundedVec::new(members).unwrap();
    };
    let before = with(rename);
    let after = with(|charter| {
        rename(charter);
        let mut electors = charter.electors.to_vec();
        electors[2] = Elector { organisation: member(4).organisation, key: member(4).elector };
        charter.electors = BoundedVec::new(electors).unwrap();
    });
    assert_eq!(differences(&before, &after), ["Same becomes an elector", "Same is no elector any more"]);
}

#[test]
fn keys_that_come_in_have_fingerprints() {
    let commons = CommonsId([7; 32]);
    let words = |after: &Charter| fingerprints(commons, &charter(), after);
    assert_eq!(words(&charter()), None);
    let root = words(&with_member(|member| member.root = PublicKey([9; 32]))).unwrap();
    let elector = words(&with_member(|member| member.elector = PublicKey([9; 32]))).unwrap();
    let next = words(&with_member(|member| member.next_root = Commitment([9; 32]))).unwrap();
    assert!(root != elector && elector != next && root != next, "{root} {elector} {next}");
    let both = with(|charter| {
        let mut members = charter.members.to_vec();
        members[3].root = PublicKey([9; 32]);
        members.push(member(5));
        charter.members = BoundedVec::new(members).unwrap();
    });
    let both = words(&both).unwrap();
    assert!(both.contains("Member 5: ") && both.contains(&format!("Member 4: {root}")), "{both}");
}
