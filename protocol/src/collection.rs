//! Collections, roles and kinds of organisation: the closed vocabularies of
//! the charter. Numbers are on the wire; retired ones are never reused.

/// Defines a closed vocabulary: a number on the wire, a word for people.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
        #[cbor(index_only)]
        pub enum $name { $($(#[$vdoc])* #[n($number)] $variant,)* }

        impl $name {
            /// Every value, in the order of the numbers on the wire.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that people use.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The number on the wire.
            pub fn number(self) -> u8 {
                match self { $(Self::$variant => $number,)* }
            }

            /// The value of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

pub(crate) use vocabulary;

vocabulary!(
    /// The unit of selective replication, of digests and of gossip topics.
    Collection {
        /// Know-how written by and for patients and families.
        Toolkits = 1 "toolkits",
        /// Care guidance.
        Guidance = 2 "guidance",
        /// De-identified aggregate measures.
        Aggregates = 3 "aggregates",
        /// What somebody lacks.
        Needs = 4 "needs",
        /// Studies and assessments.
        Improvement = 5 "improvement",
    }
);

vocabulary!(
    /// What a person is to the network, as the organisation vouches.
    Role {
        /// Lives with the condition.
        Patient = 1 "patient",
        /// Parent, partner, other family.
        Family = 2 "family",
        /// Treats or cares for patients.
        Clinician = 3 "clinician",
        /// Does research.
        Researcher = 4 "researcher",
        /// Improves care.
        Improver = 5 "improver",
        /// Runs the node and the membership.
        Administrator = 6 "administrator",
    }
);

vocabulary!(
    /// What kind of organisation a member is.
    OrganisationKind {
        /// A hospital or clinic.
        Site = 1 "site",
        /// A patient and family council.
        Council = 2 "council",
        /// A research group.
        Research = 3 "research",
        /// An advocacy organisation.
        Advocacy = 4 "advocacy",
        /// A body that stewards the network.
        Steward = 5 "steward",
        /// Anything else.
        Other = 6 "other",
    }
);

vocabulary!(
    /// A member's standing in an epoch.
    Standing {
        /// May contribute.
        Active = 1 "active",
        /// May not contribute for now.
        Suspended = 2 "suspended",
        /// Has left or was removed.
        Removed = 3 "removed",
    }
);

vocabulary!(
    /// What kind of resource a document is.
    DocumentKind {
        /// Know-how written by and for patients and families.
        Toolkit = 1 "toolkit",
        /// Care guidance.
        Guidance = 2 "guidance",
        /// Definition of a number that organisations report.
        Measure = 3 "measure",
    }
);

impl DocumentKind {
    /// The collection in which documents of this kind live.
    pub fn collection(self) -> Collection {
        match self {
            Self::Toolkit => Collection::Toolkits,
            Self::Guidance => Collection::Guidance,
            Self::Measure => Collection::Aggregates,
        }
    }
}
