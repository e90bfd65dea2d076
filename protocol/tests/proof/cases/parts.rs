//! Parts that don't belong into the file, or are not in it; and makers who may
//! not make one.

use super::{Case, is_review, released};
use crate::file::File;
use crate::press::{ADVOCACY, COUNCIL, Press, fields, person};
use crate::world::{key, list, text};
use commons_protocol::collection::DocumentKind;
use commons_protocol::entry::EntryKind;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::SecretKey;
use commons_protocol::statement::Verdict;
use commons_protocol::version::{Particular, Version};

pub const CASES: &[Case] = &[
    ("the content is not here", "no-content", || with_versions(|_, _| Vec::new())),
    ("the content of another version", "no-content", || with_versions(|press, _| vec![edited(press)])),
    ("content that nobody released beside", "surplus", || {
        with_versions(|press, genuine| vec![genuine, edited(press)])
    }),
    ("other text under the same cover", "no-content", || {
        with_versions(|_, genuine| vec![Version { text: text("# Week\n\nWork harder.\n"), ..genuine }])
    }),
    ("content of another kind", "no-content", || {
        with_versions(|_, mut genuine| {
            genuine.cover.kind = DocumentKind::Guidance;
            vec![genuine]
        })
    }),
    ("content of another document", "no-content", || {
        with_versions(|_, genuine| vec![Version { document: DocumentId([7; 32]), ..genuine }])
    }),
    ("a cover that its content does not have", "version", || {
        with_versions(|_, mut genuine| {
            genuine.cover.audience = text("Everybody");
            vec![genuine]
        })
    }),
    ("another day of review than the content says", "version", || {
        with_versions(|_, mut genuine| {
            genuine.cover.due = None;
            vec![genuine]
        })
    }),
    ("another form of versions", "version", || {
        with_versions(|_, genuine| vec![Version { form: 2, ..genuine }])
    }),
    ("heads that are there twice", "version", || {
        with_versions(|_, genuine| {
            let heads = list([genuine.heads[0], genuine.heads[0]]);
            vec![Version { heads, ..genuine }]
        })
    }),
    ("particulars that nobody knows", "version", || with_particular("colour", "green")),
    ("particulars that don't fit", "version", || with_particular("ages", "11-5")),
    ("a date that does not exist", "version", || with_particular("review-due", "2027-02-29")),
    ("a list without an item", "version", || with_particular("condition/", "x")),
    ("a part too many", "version", || with_particular("recommendation/1/strength/x", "strong")),
    ("a blank value", "version", || with_particular("stage", " \u{3000}")),
    ("another document's name", "not-created", || {
        with_file(|file| File { document: DocumentId([7; 32]), ..file })
    }),
    ("the document's beginning is not here", "not-created", || {
        with_file(|file| file.without_bodies(|entry| entry.header.kind == EntryKind::Create))
    }),
    ("content without its release", "surplus", || {
        with_file(|file| file.without_bodies(|entry| entry.header.kind == EntryKind::Release))
    }),
    ("reviews without a release", "foreign", || {
        with_file(|file| {
            file.without_bodies(|entry| entry.header.kind == EntryKind::Release).with_versions(&[])
        })
    }),
    ("neither release nor content", "no-release", || {
        with_file(|file| {
            let drops = |kind| matches!(kind, EntryKind::Release | EntryKind::Review);
            file.without_bodies(|entry| drops(entry.header.kind)).with_versions(&[])
        })
    }),
    ("a request", "foreign", || with_bodies(|kind| kind == EntryKind::Request)),
    ("a change", "foreign", || with_bodies(|kind| kind == EntryKind::Change)),
    ("a confirmation of nothing", "foreign", || {
        let mut press = released();
        press.acknowledge("Oz", EntryId([6; 32]));
        press.forged(COUNCIL)
    }),
    ("a review of what was not released", "foreign", || {
        let mut press = released();
        press.edit("Ana", &fields("Plan the week", "Other words."));
        let newer = press.version();
        press.review("Dan", Verdict::Approve, &newer);
        press.versions.pop();
        press.forged(COUNCIL)
    }),
    ("another form of the file", "form", || {
        with_file(|file| File { magic: text("commons release proof 2"), ..file })
    }),
    ("made by nobody's key", "exporter", || made_by(|_| key("nobody"))),
    ("made by a person's key", "exporter", || made_by(|_| person("Ana"))),
    ("made by an admin's key", "exporter", || made_by(|press| press.world.organisations[0].admin.clone())),
    ("made by a node of another commons", "exporter", || {
        made_by(|_| Press::founded(8, &["Theirs", "Others", "Third", "Fourth"]).node(COUNCIL))
    }),
    ("made by a revoked node", "exporter", || {
        let mut press = released();
        let node = press.node(ADVOCACY).public();
        press.revoke(ADVOCACY, &node, &[]);
        press.forged(ADVOCACY)
    }),
    ("made by a removed member", "exporter", || {
        let mut press = released();
        press.remove(ADVOCACY, 0);
        press.forged(ADVOCACY)
    }),
];

fn with_file(change: impl Fn(File) -> File) -> Vec<u8> {
    let press = released();
    change(press.forge(COUNCIL)).sign(&press.node(COUNCIL))
}

fn with_versions(versions: impl Fn(&Press, Version) -> Vec<Version>) -> Vec<u8> {
    let press = released();
    let versions = versions(&press, press.versions[0].clone());
    press.forge(COUNCIL).with_versions(&versions).sign(&press.node(COUNCIL))
}

fn with_particular(name: &str, value: &str) -> Vec<u8> {
    with_versions(|_, mut genuine| {
        let mut particulars = genuine.particulars.to_vec();
        particulars.retain(|one| &*one.name != name);
        particulars.push(Particular { name: text(name), value: text(value) });
        particulars.sort_by(|one, other| one.name.cmp(&other.name));
        genuine.particulars = list(particulars);
        vec![genuine]
    })
}

fn edited(press: &Press) -> Version {
    let mut press = press.clone();
    press.edit("Ana", &fields("Plan the week", "Something that nobody reviewed."));
    press.version()
}

/// The bodies of other entries are here, too.
fn with_bodies(and: impl Fn(EntryKind) -> bool) -> Vec<u8> {
    let press = released();
    let written = press.logs.iter().filter(|log| !log.ids.is_empty());
    let mut runs: Vec<_> = written.map(|log| log.run(0, log.ids.len())).collect();
    for run in &mut runs {
        run.drop_bodies(|entry| {
            let kind = entry.header.kind;
            !and(kind) && !is_review(entry) && !matches!(kind, EntryKind::Create | EntryKind::Release)
        });
    }
    press.forge(COUNCIL).with_runs(&runs).sign(&press.node(COUNCIL))
}

fn made_by(key: impl Fn(&Press) -> SecretKey) -> Vec<u8> {
    let press = released();
    press.forge(COUNCIL).sign(&key(&press))
}
