//! Why the fence turns a change away.

use super::{
    ACTORS_PER_DOCUMENT, Actor, CHANGE_TIME, ChangeHash, DEPENDENCIES_PER_CHANGE, KEY_BYTES, MESSAGE_BYTES,
    OBJECT_DEPTH, OPERATION_COUNTER, OTHER_ACTORS_PER_CHANGE,
};

/// A refused change. All variants but [`Missing`](Self::Missing) and
/// [`SequenceTaken`](Self::SequenceTaken) are final and the same on every node.
#[derive(Debug, thiserror::Error)]
pub enum FenceRefusal {
    /// Not a refusal: the change waits for others.
    #[error("the change waits for {} changes that are not here yet; offer it again after them", .changes.len())]
    Missing {
        /// The dependencies that are not known, in the order the change names them.
        changes: Vec<ChangeHash>,
    },
    /// The author wrote two changes with one sequence number.
    #[error(
        "actor {actor} has another change with sequence number {sequence}, {existing}; their log has forked"
    )]
    SequenceTaken {
        /// The author.
        actor: Actor,
        /// The sequence number used twice.
        sequence: u64,
        /// The change that was here first.
        existing: ChangeHash,
    },
    /// More bytes than one change may have.
    #[error("the change has {size} bytes, the limit is {limit}; split the edit into several changes")]
    ChangeTooLarge {
        /// Bytes found.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes do not start as every Automerge chunk does.
    #[error("the bytes are no Automerge chunk")]
    NotAutomerge,
    /// A document, a compressed change, a bundle or something unknown.
    #[error("the chunk has type {found}; only plain changes, type 1, are taken")]
    ChunkType {
        /// The type found.
        found: u8,
    },
    /// Bytes are missing or left over.
    #[error("the chunk states {stated} bytes, {found} follow")]
    ChunkLength {
        /// Bytes the header states.
        stated: u64,
        /// Bytes that follow the header.
        found: usize,
    },
    /// The bytes end inside a value.
    #[error("the change ends inside a value")]
    Truncated,
    /// A number has more than 64 bits.
    #[error("the change holds a number of more than 64 bits")]
    NumberTooLarge,
    /// The checksum belongs to other bytes.
    #[error("the checksum does not match; the bytes were damaged, fetch them again")]
    Checksum,
    /// Too many dependencies.
    #[error("the change depends on {found} changes, the limit is {DEPENDENCIES_PER_CHANGE}")]
    TooManyDependencies {
        /// Dependencies stated.
        found: u64,
    },
    /// Dependencies out of order or repeated.
    #[error("the dependencies of the change are not in rising order without repeats")]
    DependencyOrder,
    /// Too many other authors.
    #[error("the change names {found} other actors, the limit is {OTHER_ACTORS_PER_CHANGE}")]
    TooManyActors {
        /// Actors stated.
        found: u64,
    },
    /// An actor of another length.
    #[error("the change names an actor of {found} bytes, actors have 16")]
    ActorLength {
        /// Bytes stated.
        found: u64,
    },
    /// A long message.
    #[error("the message of the change has {found} bytes, the limit is {MESSAGE_BYTES}")]
    MessageTooLong {
        /// Bytes stated.
        found: u64,
    },
    /// A compressed column.
    #[error("column {column:#x} is compressed; only plain columns are taken")]
    DeflatedColumn {
        /// The number of the column.
        column: u64,
    },
    /// Columns out of order or repeated.
    #[error("column {column:#x} is out of order")]
    ColumnOrder {
        /// The number of the column.
        column: u64,
    },
    /// A column that no operation of ours has, such as those of marks.
    #[error("column {column:#x} is unknown")]
    UnknownColumn {
        /// The number of the column.
        column: u64,
    },
    /// Columns of different lengths.
    #[error("the columns of the change differ in length")]
    ColumnLength,
    /// Something behind the columns.
    #[error("the change carries bytes behind its columns")]
    ExtraBytes,
    /// More operations than one change may have.
    #[error("the change holds more than {limit} operations; split the edit into several changes")]
    TooManyOperations {
        /// Operations allowed.
        limit: usize,
    },
    /// No operation at all.
    #[error("the change holds no operation")]
    Empty,
    /// An empty or long map key.
    #[error("the change holds a map key of {length} bytes, allowed are 1 to {KEY_BYTES}")]
    KeyLength {
        /// Bytes found.
        length: usize,
    },
    /// Automerge can't read the change.
    #[error("the change can't be read")]
    Unreadable {
        /// What Automerge says.
        source: automerge::LoadChangeError,
    },
    /// Automerge panicked while it read the change.
    #[error("the change broke its reader: {panic}")]
    ReaderPanic {
        /// The message of the panic.
        panic: String,
    },
    /// The bytes are not those Automerge would write.
    #[error("the change is not in its canonical encoding")]
    NotCanonical,
    /// Written under another name than its log's.
    #[error("the change is by actor {found}, its log stands for actor {expected}")]
    WrongActor {
        /// The actor of the log.
        expected: Actor,
        /// The actor the change names.
        found: String,
    },
    /// The sequence number does not continue the author's.
    #[error("the change has sequence number {found}, its author's next is {expected}")]
    SequenceGap {
        /// The next number in the causal past.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The first counter does not continue the causal past.
    #[error("the change starts at operation {found}, its past ends before {expected}")]
    StartOperation {
        /// One more than the highest counter of the causal past.
        expected: u64,
        /// The counter found.
        found: u64,
    },
    /// Counters near the end of their range.
    #[error(
        "the operations of the change end at {found}, the limit is {OPERATION_COUNTER}; start a new document"
    )]
    CounterTooLarge {
        /// The last counter of the change.
        found: u64,
    },
    /// A time before 1970 or after the year 10889.
    #[error("the time of the change is {found}, allowed are 0 to {CHANGE_TIME}")]
    Time {
        /// The time found.
        found: i64,
    },
    /// More than one document may hold.
    #[error(
        "with this change the document would hold {bytes} bytes and {operations} operations, which is too much; start a new document"
    )]
    DocumentFull {
        /// Bytes of the causal past with this change.
        bytes: u64,
        /// Operations of the causal past with this change.
        operations: u64,
    },
    /// Too many people wrote in one document.
    #[error(
        "with this change the document would have {found} authors, the limit is {ACTORS_PER_DOCUMENT}; start a new document"
    )]
    TooManyAuthors {
        /// Authors in the causal past with this change.
        found: usize,
    },
    /// An actor outside the causal past.
    #[error("operation {operation} names an actor that its causal past does not know")]
    UnknownActor {
        /// The counter of the operation.
        operation: u64,
    },
    /// An object outside the causal past, or no object.
    #[error("operation {operation} works on an object that its causal past does not know")]
    UnknownObject {
        /// The counter of the operation.
        operation: u64,
    },
    /// A list element outside the causal past, or of another object.
    #[error("operation {operation} names an element that its object does not have")]
    UnknownElement {
        /// The counter of the operation.
        operation: u64,
    },
    /// A predecessor outside the causal past, or at another place.
    #[error("operation {operation} replaces a value that its place does not have")]
    UnknownPredecessor {
        /// The counter of the operation.
        operation: u64,
    },
    /// Predecessors out of order or repeated.
    #[error("the predecessors of operation {operation} are not in rising order without repeats")]
    PredecessorOrder {
        /// The counter of the operation.
        operation: u64,
    },
    /// A deletion or a list update that replaces nothing.
    #[error("operation {operation} must replace a value and names none")]
    NoPredecessor {
        /// The counter of the operation.
        operation: u64,
    },
    /// An insertion that replaces something.
    #[error("operation {operation} inserts an element and can't replace a value")]
    InsertReplaces {
        /// The counter of the operation.
        operation: u64,
    },
    /// A map key in a list or text, or an element or an insertion in a map.
    #[error(
        "operation {operation} addresses its object the wrong way: keys belong to maps, elements to lists and texts"
    )]
    WrongPlace {
        /// The counter of the operation.
        operation: u64,
    },
    /// Text holds single characters, which are inserted and deleted.
    #[error("operation {operation} does more to a text than insert or delete one character")]
    TextOperation {
        /// The counter of the operation.
        operation: u64,
    },
    /// Counters, marks, tables and unknown values.
    #[error("operation {operation} is of a kind that documents do not use")]
    UnsupportedOperation {
        /// The counter of the operation.
        operation: u64,
    },
    /// Objects nested too deep.
    #[error("operation {operation} nests objects deeper than {OBJECT_DEPTH}")]
    TooDeep {
        /// The counter of the operation.
        operation: u64,
    },
}

impl FenceRefusal {
    /// A name of the reason that never changes, for programs and logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing-dependencies",
            Self::SequenceTaken { .. } => "sequence-taken",
            Self::ChangeTooLarge { .. } => "change-too-large",
            Self::NotAutomerge => "not-automerge",
            Self::ChunkType { .. } => "chunk-type",
            Self::ChunkLength { .. } => "chunk-length",
            Self::Truncated => "truncated",
            Self::NumberTooLarge => "number-too-large",
            Self::Checksum => "checksum",
            Self::TooManyDependencies { .. } => "too-many-dependencies",
            Self::DependencyOrder => "dependency-order",
            Self::TooManyActors { .. } => "too-many-actors",
            Self::ActorLength { .. } => "actor-length",
            Self::MessageTooLong { .. } => "message-too-long",
            Self::DeflatedColumn { .. } => "deflated-column",
            Self::ColumnOrder { .. } => "column-order",
            Self::UnknownColumn { .. } => "unknown-column",
            Self::ColumnLength => "column-length",
            Self::ExtraBytes => "extra-bytes",
            Self::TooManyOperations { .. } => "too-many-operations",
            Self::Empty => "empty",
            Self::KeyLength { .. } => "key-length",
            Self::Unreadable { .. } => "unreadable",
            Self::ReaderPanic { .. } => "reader-panic",
            Self::NotCanonical => "not-canonical",
            Self::WrongActor { .. } => "wrong-actor",
            Self::SequenceGap { .. } => "sequence-gap",
            Self::StartOperation { .. } => "start-operation",
            Self::CounterTooLarge { .. } => "counter-too-large",
            Self::Time { .. } => "time",
            Self::DocumentFull { .. } => "document-full",
            Self::TooManyAuthors { .. } => "too-many-authors",
            Self::UnknownActor { .. } => "unknown-actor",
            Self::UnknownObject { .. } => "unknown-object",
            Self::UnknownElement { .. } => "unknown-element",
            Self::UnknownPredecessor { .. } => "unknown-predecessor",
            Self::PredecessorOrder { .. } => "predecessor-order",
            Self::NoPredecessor { .. } => "no-predecessor",
            Self::InsertReplaces { .. } => "insert-replaces",
            Self::WrongPlace { .. } => "wrong-place",
            Self::TextOperation { .. } => "text-operation",
            Self::UnsupportedOperation { .. } => "unsupported-operation",
            Self::TooDeep { .. } => "too-deep",
        }
    }
}
