//! Files with their verdicts, for readers in other languages.
#![allow(dead_code)]

use crate::cases::cases;
use crate::file::{code, verify};
use crate::press::{COUNCIL, Press, SITE, person};
use crate::stories;
use crate::world::Dice;
use commons_protocol::proof::Proved;
use serde_json::{Value, json};
use std::path::Path;

/// True files, by name.
pub fn good_files() -> Vec<(&'static str, Vec<u8>)> {
    let mut press = Press::new();
    press.publish_current(None);
    let stories = [
        ("a-release", press),
        ("three-releases", stories::three_releases_and_a_retraction()),
        ("attested-before-a-policy", stories::attested_before_a_stricter_policy()),
        ("a-removed-reviewer", stories::removed_reviewer(1)),
        ("a-revoked-reviewer", stories::revoked_reviewer(0)),
        ("attested-and-revoked", stories::attested_and_revoked()),
        ("attested-and-pinned-nowhere", stories::attested_and_pinned_nowhere()),
        ("a-rotated-root", stories::rotated_root()),
        ("forked-and-ended", stories::forked_and_ended()),
        ("forked-and-attested", stories::forked_and_attested()),
        ("a-checklist", stories::checklist()),
    ];
    let mut files: Vec<_> = stories.iter().map(|(name, press)| (*name, press.file(COUNCIL))).collect();
    files.push(("by-the-site", stories[0].1.file(SITE)));
    files.push(("of-everything", stories[0].1.forged(COUNCIL)));
    files.push(("a-repeated-release", stories::repeated_release().forged(COUNCIL)));
    files.push(("a-late-decision", stories::decided_late().file(COUNCIL)));
    files.push(("a-chosen-epoch", stories::chosen_epoch()));
    files.push(("a-replaced-root", stories::replaced_root().file(COUNCIL)));
    files
}

fn told(proved: &Proved) -> Value {
    let releases = proved.releases.iter().map(|release| {
        json!({
            "id": release.id.to_string(),
            "blake3": release.name.blake3.to_string(),
            "epoch": release.epoch,
            "due": release.due.map(|due| due.to_string()),
            "retracted": release.retraction.is_some(),
            "reviews": release.reviews.len(),
        })
    });
    Value::Array(releases.collect())
}

fn sample(file: &str, bytes: &[u8]) -> Value {
    match verify(bytes) {
        Ok(proved) => {
            let chosen: Vec<u64> = proved.chosen.iter().map(|(number, _)| *number).collect();
            json!({ "file": file, "code": "", "releases": told(&proved), "chosen": chosen })
        }
        Err(_) => json!({ "file": file, "code": code(bytes) }),
    }
}

/// All samples: true files, lies, and a true file with single bytes changed,
/// cut and lengthened.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> =
        good_files().into_iter().map(|(name, bytes)| (format!("good-{name}"), bytes)).collect();
    let lies = cases().enumerate();
    all.extend(
        lies.map(|(index, (name, _, make))| (format!("lie-{index:03}-{}", name.replace(' ', "-")), make())),
    );
    let whole = good_files().remove(0).1;
    let mut dice = Dice(41);
    for number in 0..120 {
        let mut changed = whole.clone();
        let at = dice.below(changed.len());
        changed[at] ^= 1 << dice.below(8);
        all.push((format!("changed-{number:03}"), changed));
        all.push((format!("cut-{number:03}"), whole[..dice.below(whole.len())].to_vec()));
    }
    let body = crate::file::outer(&whole).body.to_vec();
    for number in 0..240 {
        let mut changed = body.clone();
        let at = dice.below(changed.len());
        changed[at] ^= 1 << dice.below(8);
        let node = crate::cases::released().node(COUNCIL);
        all.push((format!("signed-again-{number:03}"), crate::file::sign_body(changed, &node)));
    }
    all.push(("longer".to_owned(), [&whole[..], &[0]].concat()));
    all.extend(crate::recombined::samples());
    all.extend(crate::random::samples());
    all
}

/// Writes the samples and their verdicts.
pub fn write(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder for samples");
    let mut manifest = Vec::new();
    for (name, bytes) in samples() {
        let file = format!("{name}.proof");
        std::fs::write(folder.join(&file), &bytes).expect("a sample can be written");
        manifest.push(sample(&file, &bytes));
    }
    let text = serde_json::to_string_pretty(&manifest).expect("plain values");
    std::fs::write(folder.join("manifest.json"), text).expect("the manifest can be written");
    envelopes(folder);
}

/// The envelopes of the reviews of one release, for DSSE tools.
fn envelopes(folder: &Path) {
    use commons_protocol::body::Content;
    use commons_protocol::entry::{Body, EntryKind};
    use commons_protocol::statement::STATEMENT_TYPE;
    let mut press = Press::new();
    press.publish_current(None);
    let entries = press.logs.iter().flat_map(|log| &log.entries);
    let reviews = entries.filter(|entry| entry.kind == EntryKind::Review);
    let envelopes: Vec<Value> = reviews
        .map(|entry| {
            let Body::Here(bytes) = &entry.body else { panic!("just written") };
            let Ok(Content::Review(signed)) = Content::decode(entry.kind, bytes) else { panic!("a review") };
            let json: Value = serde_json::from_str(&signed.envelope.to_json(&entry.person)).expect("JSON");
            let signed_bytes =
                commons_protocol::key::pre_authentication(STATEMENT_TYPE, &signed.envelope.statement);
            json!({ "envelope": json, "key": entry.person.to_string(), "signed": hex::encode(signed_bytes) })
        })
        .collect();
    let text = serde_json::to_string_pretty(&json!({ "reviews": envelopes, "joint": joint(&press) }));
    std::fs::write(folder.join("envelopes.json"), text.expect("plain values"))
        .expect("the envelopes can be written");
}

/// One statement under the signatures of two people, as DSSE allows.
fn joint(press: &Press) -> Value {
    use commons_protocol::statement::{STATEMENT_TYPE, Verdict};
    let review = press.clone().opinion("Bo", Verdict::Approve, &press.versions[0]);
    let (bo, cleo) = (person("Bo"), person("Cleo"));
    let envelope = review.sign(&bo).expect("its own key");
    let one: Value = serde_json::from_str(&envelope.to_json(&bo.public())).expect("JSON");
    let signature = cleo.sign(STATEMENT_TYPE, &review.encode());
    let second = commons_protocol::statement::Envelope { signature, ..envelope };
    let other: Value = serde_json::from_str(&second.to_json(&cleo.public())).expect("JSON");
    let mut both = one;
    both["signatures"].as_array_mut().expect("a list").push(other["signatures"][0].clone());
    json!({ "envelope": both, "keys": [bo.public().to_string(), cleo.public().to_string()] })
}
