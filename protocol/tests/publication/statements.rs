//! What reviewers sign: one form, one version, one key.

use crate::world::key;
use commons_protocol::bounded::BoundedBytes;
use commons_protocol::collection::Role;
use commons_protocol::id::{BlobHash, CommonsId, DocumentId, Sha256};
use commons_protocol::key::Signature;
use commons_protocol::limits::{ANSWERS, COMMENT_CHARACTERS};
use commons_protocol::refusal::Refusal;
use commons_protocol::statement::{Checklist, Envelope, Review, STATEMENT_TYPE, Verdict};
use commons_protocol::version::{CoverHash, VersionName};
use std::collections::BTreeMap;

fn review() -> Review {
    let answers =
        BTreeMap::from([("1".to_owned(), "yes".to_owned()), ("2".to_owned(), "é\n\"no\"".to_owned())]);
    Review {
        commons: CommonsId([1; 32]),
        document: DocumentId([2; 32]),
        version: VersionName {
            blake3: BlobHash([3; 32]),
            sha256: Sha256([4; 32]),
            cover: CoverHash([5; 32]),
        },
        reviewer: key("reviewer").public(),
        role: Role::Patient,
        verdict: Verdict::RequestChanges,
        number: 7,
        comment: "Please name the hotline\tfirst: ü / \u{1f600}".to_owned(),
        conflicts: "none".to_owned(),
        checklist: Some(Checklist { form: "cdc-cci-1".to_owned(), answers }),
        time: 1_760_000_000_000,
    }
}

fn json() -> String {
    String::from_utf8(review().encode()).expect("JSON is text")
}

#[test]
fn a_review_has_one_form() {
    let bytes = review().encode();
    assert_eq!(Review::decode(&bytes), Ok(review()));
    for plain in [Review { checklist: None, ..review() }, Review { comment: String::new(), ..review() }] {
        assert_eq!(Review::decode(&plain.encode()), Ok(plain));
    }
}

#[test]
fn other_forms_of_the_same_review_are_refused() {
    let json = json();
    let changes: [(&str, &str); 17] = [
        ("{\"_type\"", " {\"_type\""),
        ("{\"_type\"", "{ \"_type\""),
        ("\"_type\":", "\"_type\": "),
        ("\"number\":7", "\"number\":7.0"),
        ("\"number\":7", "\"number\":07"),
        ("\"number\":7", "\"number\":7e0"),
        ("\"number\":7", "\"number\":-7"),
        ("\"number\":7", "\"number\":\"7\""),
        ("\"number\":7", "\"number\":7,\"number\":7"),
        ("\"number\":7", "\"number\":99999999999999999999999999"),
        ("\"number\":7", "\"number\":7,\"colour\":1"),
        ("Please", "\\u0050lease"),
        (" / ", " \\/ "),
        ("ü", "\\u00fc"),
        ("\"1\":\"yes\"", "\"1\":\"yes\",\"1\":\"yes\""),
        (
            "\"role\":\"patient\",\"verdict\":\"request-changes\"",
            "\"verdict\":\"request-changes\",\"role\":\"patient\"",
        ),
        ("\"conflicts\":\"none\",", ""),
    ];
    for (from, to) in changes {
        assert!(json.contains(from), "{from} in {json}");
        let changed = json.replacen(from, to, 1);
        assert_eq!(Review::decode(changed.as_bytes()), Err(Refusal::BadBody), "{from} → {to}");
    }
    let longer = [json.clone() + " ", json.clone() + "{}", json.clone() + "\0", format!("\u{feff}{json}")];
    for changed in longer {
        assert_eq!(Review::decode(changed.as_bytes()), Err(Refusal::BadBody));
    }
    for length in 0..json.len() {
        assert_eq!(Review::decode(&json.as_bytes()[..length]), Err(Refusal::BadBody), "cut to {length}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(Review::decode(deep.as_bytes()), Err(Refusal::BadBody));
    let checklist = json.replacen("\"answers\":{", "\"answers\":{\"0\":null,", 1);
    assert_eq!(Review::decode(checklist.as_bytes()), Err(Refusal::BadBody));
}

#[test]
fn other_values_of_a_member_are_other_reviews_or_none() {
    let json = json();
    let refused: [(&str, &str); 10] = [
        ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v2"),
        ("urn:commons:review:1", "urn:commons:review:2"),
        ("\"role\":\"patient\"", "\"role\":\"Patient\""),
        ("\"role\":\"patient\"", "\"role\":\"wizard\""),
        ("\"verdict\":\"request-changes\"", "\"verdict\":\"RequestChanges\""),
        ("\"number\":7", "\"number\":0"),
        // The document stands in two places, which must agree.
        (&"02".repeat(32), &"0a".repeat(32)),
        (&"03".repeat(32), &"0B".repeat(32)),
        (&"03".repeat(32), &"03".repeat(31)),
        ("cdc-cci-1", ""),
    ];
    for (from, to) in refused {
        assert!(json.contains(from), "{from}");
        let changed = json.replacen(from, to, 1);
        assert_eq!(Review::decode(changed.as_bytes()), Err(Refusal::BadBody), "{from} → {to}");
    }
}

#[test]
fn what_is_too_long_or_can_not_be_shown_is_not_signed() {
    let long = |count: usize| "é".repeat(count);
    let answers = |count: usize| {
        let answers = (0..count).map(|number| (format!("{number:03}"), "yes".to_owned())).collect();
        Some(Checklist { form: "f".into(), answers })
    };
    let form = |form: &str| Some(Checklist { form: form.into(), answers: BTreeMap::new() });
    let one = |item: &str, answer: &str| {
        let answers = BTreeMap::from([(item.to_owned(), answer.to_owned())]);
        Some(Checklist { form: "f".into(), answers })
    };
    let cases = [
        ("comment fits", Review { comment: long(COMMENT_CHARACTERS), ..review() }, true),
        ("comment", Review { comment: long(COMMENT_CHARACTERS + 1), ..review() }, false),
        ("conflicts", Review { conflicts: long(COMMENT_CHARACTERS + 1), ..review() }, false),
        ("answers fit", Review { checklist: answers(ANSWERS), ..review() }, true),
        ("answers", Review { checklist: answers(ANSWERS + 1), ..review() }, false),
        ("form fits", Review { checklist: form(&"f".repeat(64)), ..review() }, true),
        ("form", Review { checklist: form(&"f".repeat(65)), ..review() }, false),
        ("no form", Review { checklist: form(""), ..review() }, false),
        ("item", Review { checklist: one("", "yes"), ..review() }, false),
        ("answer fits", Review { checklist: one("1", &"y".repeat(500)), ..review() }, true),
        ("answer", Review { checklist: one("1", &"y".repeat(501)), ..review() }, false),
        ("escape in a comment", Review { comment: "\u{1b}[2J".into(), ..review() }, false),
        ("override in conflicts", Review { conflicts: "\u{202e}enon".into(), ..review() }, false),
        ("escape in an answer", Review { checklist: one("1", "\u{7}"), ..review() }, false),
        ("escape in an item", Review { checklist: one("\u{7}", "yes"), ..review() }, false),
        ("number", Review { number: 0, ..review() }, false),
    ];
    for (what, review, fits) in cases {
        assert_eq!(review.sign(&key("reviewer")).is_ok(), fits, "{what}");
        assert_eq!(Review::decode(&review.encode()).is_ok(), fits, "{what}");
    }
    let all = Review { comment: "😀".repeat(4_000), conflicts: "😀".repeat(4_000), ..review() };
    assert_eq!(all.sign(&key("reviewer")), Err(Refusal::TooLarge), "too many bytes for a statement");
}

#[test]
fn only_the_reviewer_signs() {
    assert_eq!(review().sign(&key("somebody else")), Err(Refusal::NotEntitled));
    let statement = BoundedBytes::new(review().encode()).expect("short");
    let signature = key("somebody else").sign(STATEMENT_TYPE, &statement);
    assert_eq!(Envelope { statement: statement.clone(), signature }.verify(), Err(Refusal::BadSignature));
    let signature = key("reviewer").sign("application/json", &statement);
    assert_eq!(Envelope { statement, signature }.verify(), Err(Refusal::BadSignature));
    let other = Review { reviewer: key("somebody else").public(), ..review() };
    let mixed = Envelope {
        statement: BoundedBytes::new(other.encode()).expect("short"),
        signature: review().sign(&key("reviewer")).expect("its own key").signature,
    };
    assert_eq!(mixed.verify(), Err(Refusal::BadSignature));
}

#[test]
fn no_changed_byte_verifies() {
    let envelope = review().sign(&key("reviewer")).expect("its own key");
    assert_eq!(envelope.verify(), Ok(review()));
    let bytes = envelope.statement.to_vec();
    for index in 0..bytes.len() {
        for flip in [1, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[index] ^= flip;
            let statement = BoundedBytes::new(changed).expect("short");
            let verdict = Envelope { statement, signature: envelope.signature }.verify();
            assert!(verdict.is_err(), "byte {index} with {flip:02x}: {verdict:?}");
        }
    }
    for index in 0..64 {
        for bit in 0..8 {
            let mut signature = envelope.signature;
            signature.0[index] ^= 1 << bit;
            let verdict = Envelope { statement: envelope.statement.clone(), signature }.verify();
            assert_eq!(verdict, Err(Refusal::BadSignature), "byte {index}, bit {bit}");
        }
    }
    let none = Envelope { signature: Signature([0; 64]), ..envelope };
    assert_eq!(none.verify(), Err(Refusal::BadSignature));
}

#[test]
fn dsse_tools_read_the_envelope() {
    let envelope = review().sign(&key("reviewer")).expect("its own key");
    let json: serde_json::Value =
        serde_json::from_str(&envelope.to_json(&review().reviewer)).expect("it is JSON");
    let decoded = |text: &serde_json::Value| {
        data_encoding::BASE64.decode(text.as_str().expect("text").as_bytes()).expect("base64")
    };
    assert_eq!(decoded(&json["payload"]), envelope.statement.to_vec());
    assert_eq!(json["payloadType"], STATEMENT_TYPE);
    assert_eq!(json["signatures"].as_array().map(Vec::len), Some(1));
    assert_eq!(decoded(&json["signatures"][0]["sig"]), envelope.signature.0);
    assert_eq!(json["signatures"][0]["keyid"], review().reviewer.to_string());
}
