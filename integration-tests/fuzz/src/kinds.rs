//! The kinds of entries, by the names of their samples.

use commons_protocol::entry::EntryKind;

/// Each kind, in the order of their numbers.
pub const KINDS: [(EntryKind, &str); 11] = [
    (EntryKind::Create, "create"),
    (EntryKind::Change, "change"),
    (EntryKind::Erase, "erase"),
    (EntryKind::Receipt, "receipt"),
    (EntryKind::Request, "request"),
    (EntryKind::Review, "review"),
    (EntryKind::Release, "release"),
    (EntryKind::Retract, "retract"),
    (EntryKind::Acknowledge, "acknowledge"),
    (EntryKind::Attach, "attach"),
    (EntryKind::Submit, "submit"),
];
