//! Why something from elsewhere is refused: a stable code for machines and a
//! sentence for people. Codes are never reused; `docs/protocol.md` lists them.

/// A refusal. Only the context-free ones ([`Refusal::is_final`]) may be
/// remembered as "never": all others can change when more becomes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Bytes that are no canonical encoding of anything we know.
    Malformed,
    /// Larger than the protocol allows.
    TooLarge,
    /// A signature that does not verify.
    BadSignature,
    /// Signed for another commons.
    WrongCommons,
    /// The chain of hashes does not hold.
    BrokenChain,
    /// It follows an entry that is not part of the log as it is known here.
    OtherBranch,
    /// Two different entries for one place of a log.
    Fork,
    /// The epoch in view went backwards along the log.
    EpochWentBack,
    /// The organisation is not an active member in the epoch in view.
    NotAMember,
    /// The key lacks the collection.
    OutOfScope,
    /// The person is not delegated by the organisation of the log.
    NotThePerson,
    /// No role of the person permits this kind of entry here.
    RoleForbids,
    /// Beyond the pin of a revocation or removal.
    BeyondPin,
    /// The object is not signed by someone who may sign it.
    NotEntitled,
    /// The proposal does not follow from its parent by the rules.
    BadProposal,
    /// The body does not belong to the header.
    WrongBody,
    /// The body is no value of its kind.
    BadBody,
    /// The document is of another kind, in another collection, or unknown.
    WrongDocument,
    /// Only the organisation that wrote it can erase it.
    NotTheAuthor,
    /// More than the node is willing to hold.
    OverQuota,
    /// Numbers that break the rules of disclosure.
    Unsafe,
}

impl Refusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        self.text().0
    }

    /// One sentence for people.
    pub fn sentence(self) -> &'static str {
        self.text().1
    }

    /// Whether it depends on the bytes alone, so that a peer who sends it is
    /// at fault and the same bytes can be refused for ever.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Malformed
                | Self::TooLarge
                | Self::BadSignature
                | Self::WrongCommons
                | Self::BrokenChain
                | Self::WrongBody
        )
    }

    /// Every refusal, in the order of the documentation.
    pub const ALL: [Self; 21] = [
        Self::Malformed,
        Self::TooLarge,
        Self::BadSignature,
        Self::WrongCommons,
        Self::BrokenChain,
        Self::OtherBranch,
        Self::Fork,
        Self::EpochWentBack,
        Self::NotAMember,
        Self::OutOfScope,
        Self::NotThePerson,
        Self::RoleForbids,
        Self::BeyondPin,
        Self::NotEntitled,
        Self::BadProposal,
        Self::WrongBody,
        Self::BadBody,
        Self::WrongDocument,
        Self::NotTheAuthor,
        Self::OverQuota,
        Self::Unsafe,
    ];

    fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Malformed => ("malformed", "the bytes are no canonical encoding of a known object"),
            Self::TooLarge => ("too-large", "it is larger than the protocol allows"),
            Self::BadSignature => ("bad-signature", "the signature does not verify"),
            Self::WrongCommons => ("wrong-commons", "it was signed for another commons"),
            Self::BrokenChain => ("broken-chain", "an entry does not follow from the one before it"),
            Self::OtherBranch => {
                ("other-branch", "it follows an entry that is not part of the log as it is known here")
            }
            Self::Fork => ("fork", "the log has two different entries in one place; it is frozen there"),
            Self::EpochWentBack => {
                ("epoch-went-back", "the entry names an older epoch than the one before it")
            }
            Self::NotAMember => {
                ("not-a-member", "the organisation is no active member in the epoch that the entry names")
            }
            Self::OutOfScope => ("out-of-scope", "the node's key is not delegated for this collection"),
            Self::NotThePerson => ("not-the-person", "the person is not delegated by this organisation"),
            Self::RoleForbids => ("role-forbids", "no role of the person permits this kind of entry"),
            Self::BeyondPin => {
                ("beyond-pin", "the key was revoked, or its organisation removed, before this entry")
            }
            Self::NotEntitled => ("not-entitled", "it is not signed by someone who may sign it"),
            Self::BadProposal => {
                ("bad-proposal", "the proposed charter does not follow from its parent by the rules")
            }
            Self::WrongBody => ("wrong-body", "the body is not the one that the header names"),
            Self::BadBody => ("bad-body", "the body is no value of its kind"),
            Self::WrongDocument => {
                ("wrong-document", "the document is unknown, of another kind or in another collection")
            }
            Self::NotTheAuthor => ("not-the-author", "only the organisation that wrote it can erase it"),
            Self::Unsafe => {
                ("unsafe", "the numbers break the rules of disclosure: somebody could work out a small count")
            }
            Self::OverQuota => ("over-quota", "it is more than this node is willing to hold"),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.sentence(), self.code())
    }
}

impl std::error::Error for Refusal {}

impl From<crate::codec::CodecError> for Refusal {
    fn from(error: crate::codec::CodecError) -> Self {
        match error {
            crate::codec::CodecError::TooLarge { .. } => Self::TooLarge,
            _ => Self::Malformed,
        }
    }
}

impl From<crate::key::BadSignature> for Refusal {
    fn from(_: crate::key::BadSignature) -> Self {
        Self::BadSignature
    }
}
