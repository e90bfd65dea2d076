//! Every bound of the protocol in one place, each with its reason. Two nodes
//! must agree on them, so a change of a limit is a change of the protocol.

/// Bytes of an entry's body: an entry stays below 48 KiB with its framing, so
/// that it fits one gossip message with room to spare.
pub const BODY_BYTES: usize = 46 * 1024;

/// Entries covered by one signature in a run: verification costs 40 µs, so a
/// run of this length costs less to verify than to hash.
pub const RUN_ENTRIES: usize = 256;

/// Bytes of one sync frame before compression, and of one encoded run.
pub const FRAME_BYTES: usize = 256 * 1024;

/// Bytes of one gossip message; what is larger is announced and pulled.
pub const GOSSIP_BYTES: usize = 64 * 1024;

/// Bytes of one encoded run: it fits a frame with the frame's own bytes.
pub const RUN_BYTES: usize = FRAME_BYTES - 4 * 1024;

/// Entries of other logs that one entry may name: one per concurrent author
/// that the writer had seen.
pub const DEPENDENCIES: usize = 64;

/// Automerge changes in one entry.
pub const CHANGES_PER_ENTRY: usize = 256;

/// Bytes of one governance object (a charter with a thousand members).
pub const OBJECT_BYTES: usize = 192 * 1024;

/// Member organisations of a charter: three times the largest published
/// learning network.
pub const MEMBERS: usize = 1_024;

/// Electors: few enough to reach, more than enough to survive four liars.
pub const ELECTORS: usize = 13;

/// Joining organisations become electors until there are this many.
pub const ELECTORS_BY_DEFAULT: usize = 7;

/// Below this many electors a commons is in founding mode: unanimous, and
/// without fault tolerance.
pub const FOUNDING_MODE_BELOW: usize = 4;

/// Pins that one revocation or one epoch can carry.
pub const PINS: usize = 1_024;

/// Lost root keys of one member that epochs replaced.
pub const FORMER_ROOTS: usize = 8;

/// Rounds of one vote. Each needs that electors disagreed in the one before.
pub const ROUNDS_OF_A_VOTE: u32 = 256;

/// Points in one attestation.
pub const ATTESTED: usize = 1_024;

/// Attestations of one elector in one epoch: a year of one an hour.
pub const ATTESTATIONS: u64 = 8_192;

/// What the headers of one run may weigh (see
/// [`crate::run::header_weight`]), so that two runs that prove a fork fit one
/// governance object.
pub const RUN_HEADER_BYTES: usize = 88 * 1024;

/// Addresses that a node announces.
pub const ADDRESSES: usize = 8;

/// Bytes of one address.
pub const ADDRESS_BYTES: usize = 256;

/// Bytes of a name (organisation, commons, person).
pub const NAME_BYTES: usize = 200;

/// Bytes of a longer text (purpose of a commons, reason of an erasure).
pub const PROSE_BYTES: usize = 4_000;

/// Roles of one person.
pub const ROLES: usize = 8;

/// Entries that one erase entry can name.
pub const ERASE_ENTRIES: usize = 256;

/// Events in one key log (admin or root): ten years of weekly changes.
pub const KEY_LOG_EVENTS: u64 = 4_096;

/// Weight of the governance objects that a node holds at most (see
/// [`crate::object::Object::weight`]): about a gigabyte if all are full.
pub const OBJECTS: usize = 262_144;

/// Weight of the objects of one signer, so that none can keep others out.
pub const OBJECTS_OF_ONE: usize = 32_768;

/// Weight of the objects of signers who are neither electors nor keys of a
/// member: those who are about to be admitted.
pub const OBJECTS_OF_STRANGERS: usize = 8_192;

/// Waiting bytes for one log.
pub const WAITING_PER_LOG: usize = 1024 * 1024;

/// Waiting bytes in all.
pub const WAITING_IN_ALL: usize = 64 * 1024 * 1024;

/// Entries of one forked log of which a node remembers what they follow.
pub const LINEAGE_PER_LOG: usize = 65_536;

/// Entries of all forked logs of which a node remembers what they follow:
/// some 100 MB.
pub const LINEAGE_IN_ALL: usize = 1 << 20;

/// Buckets of the catch-up digest.
pub const BUCKETS: usize = 256;

/// Rows of one ROWS frame; a table with more is sent in several frames.
pub const ROWS: usize = 8_192;

/// Ranges in one WANT frame.
pub const WANTS: usize = 1_024;

/// Bytes that one WANT may ask for.
pub const WANT_BYTES: u32 = 1024 * 1024;

/// Missing bodies asked for at once.
pub const BODIES: usize = 256;

/// Heads of a version: as many as an entry can build on, so that a release can
/// name the entries that carry them.
pub const VERSION_HEADS: usize = 64;

/// Bytes of a version: the live content that a document may have, with room
/// for its frame.
pub const VERSION_BYTES: usize = 10 * 1024 * 1024;

/// People who contributed to one version: their keys fit an entry's body.
pub const CONTRIBUTORS: usize = 512;

/// Conditions that a cover names.
pub const COVER_ITEMS: usize = 16;

/// Review policies of a charter: more kinds than there are.
pub const POLICIES: usize = 16;

/// Requirements of one policy: no role stands in two.
pub const REQUIREMENTS: usize = 8;

/// Reviews that a release can list, and that a policy can ask for.
pub const REVIEWERS: usize = 64;

/// Bytes of the signed statement of a review: a comment of a few pages and a
/// filled-in checklist.
pub const STATEMENT_BYTES: usize = 24 * 1024;

/// Characters of a review's comment.
pub const COMMENT_CHARACTERS: usize = 4_000;

/// Answers of a checklist.
pub const ANSWERS: usize = 128;

/// Releases that one retraction names.
pub const RETRACTED: usize = 256;

/// Bytes of one attached file: a recorded talk or a thick manual fits, and its
/// outline of 1,024 pieces fits one frame.
pub const BLOB_BYTES: u64 = 256 * 1024 * 1024;

/// Pieces of a file in one answer (16 MiB), so that whoever serves several
/// peers turns to each in time.
pub const BLOB_PIECES: u32 = 64;

/// Ways in which one measure can be split.
pub const STRATIFIERS: usize = 8;

/// Strata of one stratifier.
pub const STRATA: usize = 100;

/// Cells of one table: what the check for recoverable cells can take in.
pub const CELLS: usize = 256;

/// Submissions that one follows on: more than one if they did not know of each
/// other.
pub const BRANCHES: usize = 8;

/// Times that what did not know of each other is brought together on the way
/// to one submission.
pub const JOINS: usize = 16;

/// Tables of another path that a submission brings in, where they are not the
/// same on its own.
pub const TABLES_JOINED: usize = 8_192;

/// Periods of one measure that an organisation may report, and measures and
/// tables in all; what holds them in memory, and a snapshot, can take that.
pub const PERIODS_REPORTED: usize = 1_200;
/// See [`PERIODS_REPORTED`].
pub const MEASURES_REPORTED: usize = 1_024;
/// See [`PERIODS_REPORTED`].
pub const TABLES_REPORTED: usize = 100_000;

/// Measures in one submission: those that count the same quantity.
pub const PARTS: usize = 16;

/// Tables of one measure in one submission; the body's length bounds them
/// more closely.
pub const TABLES: usize = 1_024;

/// Organisations in a snapshot: members, and those who contributed and left.
pub const SNAPSHOT_HEADS: usize = 4 * MEMBERS;

/// Releases of one measure in a snapshot.
pub const SNAPSHOT_RELEASES: usize = 1_024;

/// Rows of a snapshot: ten years of months with a thousand strata.
pub const SNAPSHOT_ROWS: usize = 131_072;

/// Bytes of a snapshot.
pub const SNAPSHOT_BYTES: usize = 16 * 1024 * 1024;
