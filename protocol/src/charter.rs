//! The charter: the full state of a commons' rules at one epoch.

use crate::bounded::{BoundedVec, Text};
use crate::codec;
use crate::collection::{DocumentKind, OrganisationKind, Role, Standing};
use crate::disclosure;
use crate::id::{Commitment, EntryId, EpochHash, LogId, ObjectId, OrganisationId, hash};
use crate::key::PublicKey;
use crate::limits::{
    ELECTORS, FORMER_ROOTS, FOUNDING_MODE_BELOW, MEMBERS, NAME_BYTES, OBJECT_BYTES, PINS, PROSE_BYTES, ROLES,
};
use crate::policy::{Policies, Policy};
use crate::refusal::Refusal;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// One epoch of the rules. An epoch names its parent and carries everything,
/// so nobody has to replay a history to know what is in force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Charter {
    /// 0 for the founding charter, then one more than the parent's.
    #[n(0)]
    pub number: u64,
    /// Hash of the parent; none for the founding charter.
    #[n(1)]
    pub parent: Option<EpochHash>,
    /// Random bytes of the founder: two commons with one name differ.
    #[n(2)]
    pub salt: Salt,
    /// Name of the commons.
    #[n(3)]
    pub name: Text<NAME_BYTES>,
    /// Shared purpose.
    #[n(4)]
    pub purpose: Text<PROSE_BYTES>,
    /// Members, sorted by organisation id.
    #[n(5)]
    pub members: BoundedVec<Member, MEMBERS>,
    /// Electors, sorted by organisation id.
    #[n(6)]
    pub electors: BoundedVec<Elector, ELECTORS>,
    /// Votes that the next epoch needs, if more than the least.
    #[n(7)]
    pub quorum: u8,
    /// Roles that may write documents, sorted.
    #[n(8)]
    pub writers: BoundedVec<Role, ROLES>,
    /// Versions of the rules that every node must apply.
    #[n(9)]
    pub rules: Rules,
    /// What counts of logs that this epoch cuts, sorted by log: entries
    /// beyond that name an earlier epoch don't.
    #[n(10)]
    pub pins: BoundedVec<Point, PINS>,
    /// Review policies, sorted by kind; [`Policy::standard`] where there is
    /// none.
    #[n(11)]
    pub policies: Option<Policies>,
    /// What is told of counts of people; [`disclosure::Policy::default`] where
    /// nothing is said.
    #[n(12)]
    pub disclosure: Option<disclosure::Policy>,
}

crate::id::bytes_type!(
    /// Random bytes that make a founding charter unique.
    Salt, 16
);

/// A member organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Member {
    /// Its id.
    #[n(0)]
    pub organisation: OrganisationId,
    /// Its name.
    #[n(1)]
    pub name: Text<NAME_BYTES>,
    /// Its kind.
    #[n(2)]
    pub kind: OrganisationKind,
    /// The root key with which its key log starts.
    #[n(3)]
    pub root: PublicKey,
    /// Commitment to the root key after that one.
    #[n(4)]
    pub next_root: Commitment,
    /// Whether it may contribute.
    #[n(5)]
    pub standing: Standing,
    /// Root keys that an epoch replaced because they were lost, oldest first.
    #[n(6)]
    pub former: BoundedVec<FormerRoot, FORMER_ROOTS>,
    /// The key with which it votes when it is an elector.
    #[n(7)]
    pub elector: PublicKey,
}

/// A lost root key that an epoch replaced. What it and the keys that it
/// rotated to signed up to `last` still counts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FormerRoot {
    /// The root key with which that part of the key log starts.
    #[n(0)]
    pub root: PublicKey,
    /// Commitment to the root key after that one.
    #[n(1)]
    pub next_root: Commitment,
    /// The last event of a root key that counts; none: nothing does.
    #[n(2)]
    pub last: Option<ObjectId>,
}

/// A member that votes on the charter.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Elector {
    /// The member.
    #[n(0)]
    pub organisation: OrganisationId,
    /// The key with which it votes.
    #[n(1)]
    pub key: PublicKey,
}

/// Versions of the rules on which nodes must agree. A node that lacks a
/// version waits for an upgrade; it never refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Rules {
    /// The change fence.
    #[n(0)]
    pub fence: u16,
    /// The disclosure policy.
    #[n(1)]
    pub disclosure: u16,
}

/// An entry named by its place and its hash, which makes the whole prefix of
/// the log unique. A *pin* is the point beyond which a log does not count; an
/// elector *attests* points that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Point {
    /// The log.
    #[n(0)]
    pub log: LogId,
    /// Sequence number of the entry.
    #[n(1)]
    pub seq: u64,
    /// Its id.
    #[n(2)]
    pub entry: EntryId,
}

impl Point {
    /// Whether the entry at `seq` with this id may lie within what ends here.
    /// The hash makes the prefix unique, so what lies below on another branch
    /// is found out once the entry here is known.
    pub fn covers(&self, seq: u64, id: &EntryId) -> bool {
        seq < self.seq || (seq == self.seq && *id == self.entry)
    }
}

impl OrganisationId {
    /// The id of the organisation whose first root key is `root`.
    pub fn of(root: &PublicKey) -> Self {
        Self(hash("commons organisation 1", &[&root.0]))
    }
}

impl Commitment {
    /// The commitment to `key`.
    pub fn to(key: &PublicKey) -> Self {
        Self(hash("commons root key commitment 1", &[&key.0]))
    }
}

impl Charter {
    /// Decodes strictly and checks everything that needs no parent.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let charter: Self = codec::decode(bytes, OBJECT_BYTES)?;
        charter.check()?;
        Ok(charter)
    }

    /// The hash that names this epoch.
    pub fn hash(&self) -> EpochHash {
        EpochHash(blake3::hash(&codec::encode(self)).into())
    }

    /// The member with this id.
    pub fn member(&self, organisation: &OrganisationId) -> Option<&Member> {
        let found = self.members.binary_search_by(|member| member.organisation.cmp(organisation));
        found.ok().and_then(|index| self.members.get(index))
    }

    /// Whether this organisation may contribute.
    pub fn is_active(&self, organisation: &OrganisationId) -> bool {
        self.member(organisation).is_some_and(|member| member.standing == Standing::Active)
    }

    fn may_vote(&self, elector: &Elector) -> bool {
        let member = self.member(&elector.organisation);
        member.is_some_and(|member| member.standing == Standing::Active && member.elector == elector.key)
    }

    /// The elector that votes with this key.
    pub fn elector(&self, key: &PublicKey) -> Option<&Elector> {
        self.electors.iter().find(|elector| elector.key == *key)
    }

    /// The pin of this log, if this epoch cuts it.
    pub fn pin(&self, log: &LogId) -> Option<&Point> {
        let found = self.pins.binary_search_by(|pin| pin.log.cmp(log));
        found.ok().and_then(|index| self.pins.get(index))
    }

    /// The review policy of a kind of document.
    pub fn policy(&self, kind: DocumentKind) -> Policy {
        let named = self.policies.iter().flatten().find(|policy| policy.kind == kind);
        named.cloned().unwrap_or_else(|| Policy::standard(kind))
    }

    /// What may be told of counts of people.
    pub fn disclosure(&self) -> disclosure::Policy {
        self.disclosure.unwrap_or_default()
    }

    /// Whether this organisation votes.
    pub fn is_elector(&self, organisation: &OrganisationId) -> bool {
        self.electors.iter().any(|elector| elector.organisation == *organisation)
    }

    /// Whether the policies are sorted and each makes sense. No list at all
    /// is written in one way only.
    fn has_sound_policies(&self) -> bool {
        self.policies.as_ref().is_none_or(|policies| {
            let kinds: Vec<DocumentKind> = policies.iter().map(|policy| policy.kind).collect();
            is_ascending(&kinds) && !kinds.is_empty() && policies.iter().all(|policy| policy.check().is_ok())
        })
    }

    /// Whether fewer than four electors mean that everyone must agree and
    /// that no fault is tolerated.
    pub fn is_founding_mode(&self) -> bool {
        self.electors.len() < FOUNDING_MODE_BELOW
    }

    /// Votes that the next epoch needs: all in founding mode, else
    /// ⌊2N/3⌋ + 1 or what the charter asks beyond that.
    pub fn votes_needed(&self) -> usize {
        let electors = self.electors.len();
        match self.is_founding_mode() {
            true => electors,
            false => (2 * electors / 3 + 1).max(usize::from(self.quorum)).min(electors),
        }
    }

    /// Checks shape: sorted, unique, electors are active members, numbers fit.
    pub fn check(&self) -> Result<(), Refusal> {
        let members: Vec<_> = self.members.iter().map(|member| member.organisation).collect();
        let electors: Vec<_> = self.electors.iter().map(|elector| elector.organisation).collect();
        let keys: BTreeSet<_> = self.electors.iter().map(|elector| elector.key).collect();
        let logs: Vec<_> = self.pins.iter().map(|pin| pin.log).collect();
        let sound = is_ascending(&members)
            && is_ascending(&electors)
            && is_ascending(&logs)
            && is_ascending(&self.writers)
            && self.has_sound_policies()
            // What is usual is written in one way only.
            && self.disclosure.is_none_or(|policy| policy.is_sound() && policy != disclosure::Policy::default())
            && keys.len() == electors.len()
            && (1..=ELECTORS).contains(&electors.len())
            && self.electors.iter().all(|elector| self.may_vote(elector))
            && self.parent.is_none() == (self.number == 0)
            // More than there are electors means all: some may be gone for good.
            && usize::from(self.quorum) <= ELECTORS;
        sound.then_some(()).ok_or(Refusal::BadProposal)
    }

    /// Checks that this charter may follow `parent`, whose hash is `hash`.
    pub fn check_follows(&self, parent: &Self, hash: EpochHash) -> Result<(), Refusal> {
        let names_parent = self.parent == Some(hash) && self.number == parent.number + 1;
        let keeps_members = parent
            .members
            .iter()
            .all(|old| self.member(&old.organisation).is_some_and(|new| new.follows(old)));
        let roots_match = self
            .members
            .iter()
            .all(|member| parent.member(&member.organisation).is_some() || member.is_named_by_its_root());
        let sound = names_parent
            && keeps_members
            && roots_match
            && self.salt == parent.salt
            && self.quorum >= parent.quorum
            && self.rules.fence >= parent.rules.fence
            && self.rules.disclosure >= parent.rules.disclosure;
        sound.then_some(()).ok_or(Refusal::BadProposal)?;
        self.check()
    }
}

impl Member {
    /// Whether its id is that of its root key and no root was ever lost, as
    /// must be of a member that comes in.
    pub fn is_named_by_its_root(&self) -> bool {
        OrganisationId::of(&self.root) == self.organisation && self.former.is_empty()
    }

    /// Whether its roots follow from those in the epoch before: the same, or
    /// the old one noted as lost.
    fn follows(&self, old: &Self) -> bool {
        let is_same = (self.root, self.next_root, &self.former) == (old.root, old.next_root, &old.former);
        let replaces = match self.former.split_last() {
            Some((lost, earlier)) => {
                *earlier == *old.former
                    && (lost.root, lost.next_root) == (old.root, old.next_root)
                    && self.root != old.root
            }
            None => false,
        };
        is_same || replaces
    }
}

/// Whether `items` are sorted and without duplicates.
pub fn is_ascending<T: Ord>(items: &[T]) -> bool {
    items.windows(2).all(|pair| pair[0] < pair[1])
}
