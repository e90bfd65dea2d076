//! Files put together from two true ones, part by part, and files of which a
//! part is gone, there twice, or in another place.
#![allow(dead_code)]

use crate::file::{File, code};
use crate::press::{COUNCIL, Press, fields};
use crate::world::list;
use commons_protocol::key::SecretKey;

/// Two true files and the key of the node that made the first.
pub struct Pair {
    pub name: &'static str,
    pub one: Vec<u8>,
    pub other: Vec<u8>,
    pub key: SecretKey,
}

/// What a file can be joined with: another document of the same commons,
/// another commons, and other states of the same document.
pub fn pairs() -> Vec<Pair> {
    let mut press = Press::new();
    let key = press.node(COUNCIL);
    let (mut document, mut earlier) = (press.clone(), press.clone());
    let mut commons =
        Press::founded(8, &["Bern council", "Children's hospital", "Research group", "Advocacy"]);
    press.publish_current(None);
    document.document = document
        .say(
            "Ana",
            commons_protocol::body::Content::Create(commons_protocol::body::Create {
                kind: commons_protocol::collection::DocumentKind::Toolkit,
            }),
        )
        .creates();
    document.content = commons_protocol::document::Document::new();
    document.edit("Ana", &fields("Another toolkit", "Other words."));
    document.publish_current(None);
    commons.publish_current(None);
    let first = earlier.publish_current(None);
    let before = earlier.file(COUNCIL);
    earlier.edit("Ana", &fields("Plan the week", "Better words."));
    earlier.publish_current(Some(first));
    let one = press.file(COUNCIL);
    vec![
        Pair { name: "another-document", one: one.clone(), other: document.file(COUNCIL), key: key.clone() },
        Pair { name: "another-commons", one: one.clone(), other: commons.file(COUNCIL), key: key.clone() },
        Pair { name: "a-later-state", one: before.clone(), other: earlier.file(COUNCIL), key: key.clone() },
        Pair { name: "an-earlier-state", one: earlier.file(COUNCIL), other: before, key },
    ]
}

type Part = (&'static str, fn(&File, &File) -> File);

/// Each part of the first file replaced by the second's.
pub const PARTS: [Part; 6] = [
    ("commons", |one, other| File { commons: other.commons, ..one.clone() }),
    ("document", |one, other| File { document: other.document, ..one.clone() }),
    ("objects", |one, other| File { objects: other.objects.clone(), ..one.clone() }),
    ("runs", |one, other| File { runs: other.runs.clone(), ..one.clone() }),
    ("versions", |one, other| File { versions: other.versions.clone(), ..one.clone() }),
    ("runs and versions", |one, other| File {
        runs: other.runs.clone(),
        versions: other.versions.clone(),
        ..one.clone()
    }),
];

/// Lists with one element gone, doubled, or exchanged with the next.
pub fn shuffled(file: &File) -> Vec<(String, File)> {
    let mut files = Vec::new();
    for (what, length) in
        [("object", file.objects.len()), ("run", file.runs.len()), ("version", file.versions.len())]
    {
        for index in 0..length {
            for how in ["without", "twice", "swapped"] {
                if how == "swapped" && index + 1 == length {
                    continue;
                }
                let mut changed = file.clone();
                let change = |items: &mut Vec<crate::file::Bytes>| match how {
                    "without" => _ = items.remove(index),
                    "twice" => items.insert(index, items[index].clone()),
                    _ => items.swap(index, index + 1),
                };
                let list_of = |items: &[crate::file::Bytes]| {
                    let mut items = items.to_vec();
                    change(&mut items);
                    items
                };
                match what {
                    "object" => changed.objects = list(list_of(&file.objects)),
                    "run" => changed.runs = list(list_of(&file.runs)),
                    _ => changed.versions = list(list_of(&file.versions)),
                }
                files.push((format!("{how}-{what}-{index}"), changed));
            }
        }
    }
    files
}

/// Files for other readers.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for pair in pairs() {
        let (one, other) = (File::of(&pair.one), File::of(&pair.other));
        for (part, join) in PARTS {
            let joined = join(&one, &other).sign(&pair.key);
            all.push((format!("joined-{}-{}", pair.name, part.replace(' ', "-")), joined));
        }
    }
    let pair = pairs().remove(0);
    let file = File::of(&pair.one);
    all.extend(
        shuffled(&file).into_iter().map(|(name, file)| (format!("parts-{name}"), file.sign(&pair.key))),
    );
    let _ = code;
    all
}
