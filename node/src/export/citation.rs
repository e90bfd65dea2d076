//! How to cite a document: by the hash of its bytes, so that a citation can't
//! come to mean another text.

use super::Published;
use super::escape::{bibtex as tex, line};
use super::facts::Facts;
use super::json_ld::members;
use serde_json::{Value, json};

/// One line of text, such as `Council. Ten days at home (2026). Version
/// 1f2e3d…, released 2026-11-20. Toolkit. Commons. ni:///sha-256;…`.
pub fn citation(published: &Published<'_>) -> String {
    let facts = Facts::new(published);
    let of = &facts.of;
    let creators: Vec<String> = facts.creators().into_iter().map(line).collect();
    let parts = [
        format!("{} ({})", creators.join("; "), year(&facts)),
        facts.title(),
        format!("{} of {} in {}", capital(facts.kind()), line(of.organisation), line(of.commons_name)),
        format!("Version {}", facts.short()),
        facts.headline(),
        format!("{}  {}", facts.uri(), facts.urn()),
    ];
    // A title that ends with its own mark needs no full stop.
    let ended = parts.map(|part| match part.ends_with(['.', '?', '!']) {
        true => part,
        false => format!("{part}."),
    });
    let text = ended.join(" ").replace("  ", " ");
    format!("{}\n", text.trim_end_matches('.'))
}

/// A BibTeX entry. Every value stands in braces of its own; names are taken as
/// they are, never split into given and family name.
pub fn bibtex(published: &Published<'_>) -> String {
    let facts = Facts::new(published);
    let of = &facts.of;
    let authors: Vec<String> =
        facts.creators().into_iter().map(|name| format!("{{{}}}", tex(&line(name)))).collect();
    let note = format!("{}. {}", facts.headline(), facts.urn());
    let fields = [
        ("author", authors.join(" and ")),
        ("title", format!("{{{}}}", tex(&facts.title()))),
        ("publisher", format!("{{{}}}", tex(&line(of.organisation)))),
        ("howpublished", format!("{} in {}", capital(facts.kind()), tex(&line(of.commons_name)))),
        ("year", year(&facts)),
        ("month", month(&facts)),
        ("version", facts.name.blake3.to_string()),
        ("language", tex(&facts.fields.language)),
        ("copyright", tex(facts.fields.particulars.licence())),
        ("url", facts.uri()),
        ("note", tex(&note)),
    ];
    let fields = fields.map(|(name, value)| format!("  {name} = {{{value}}},\n")).concat();
    format!("@misc{{commons-{},\n{fields}}}\n", facts.short())
}

/// A list with one item of CSL-JSON. What CSL has no variable for stands under
/// `custom`, in the shape of DataCite 4.
pub fn csl_json(published: &Published<'_>) -> String {
    let facts = Facts::new(published);
    let of = &facts.of;
    let authors: Vec<Value> =
        facts.creators().into_iter().map(|name| json!({ "literal": line(name) })).collect();
    let date = date_parts(&facts);
    let item = json!({
        "id": format!("commons-{}", facts.short()),
        "type": "document",
        "genre": capital(facts.kind()),
        "title": facts.title(),
        "author": authors,
        "publisher": line(of.organisation),
        "container-title": line(of.commons_name),
        "issued": { "date-parts": [date] },
        "version": facts.name.blake3.to_string(),
        "language": facts.fields.language,
        "abstract": facts.fields.summary,
        "license": facts.fields.particulars.licence(),
        "status": facts.headline(),
        "URL": facts.uri(),
        "custom": { "datacite": datacite(&facts) },
    });
    pretty(&json!([item]))
}

/// The fields of DataCite's schema 4.
fn datacite(facts: &Facts<'_>) -> Value {
    let of = &facts.of;
    let creators: Vec<Value> =
        facts.creators().into_iter().map(|name| json!({ "name": line(name) })).collect();
    let reviewers = facts.reviews().iter().map(|review| {
        let name = format!("{} ({}, reviewer)", line(&review.person), review.role);
        let affiliation = [json!({ "name": line(&review.organisation) })];
        json!({ "name": name, "contributorType": "Other", "affiliation": affiliation })
    });
    let subjects = facts.conditions().into_iter().map(|condition| {
        members([
            ("subject", Some(json!(line(condition.label)))),
            ("subjectScheme", condition.system.map(Value::from)),
            ("classificationCode", Some(json!(condition.code))),
        ])
    });
    json!({
        "identifiers": [
            { "identifier": facts.uri(), "identifierType": "ni" },
            { "identifier": facts.urn(), "identifierType": "BLAKE3" },
        ],
        "creators": creators,
        "contributors": reviewers.collect::<Vec<_>>(),
        "titles": [{ "title": facts.title(), "lang": facts.fields.language }],
        "publisher": { "name": line(of.organisation) },
        "publicationYear": year(facts),
        "types": { "resourceTypeGeneral": "Text", "resourceType": capital(facts.kind()) },
        "version": facts.name.blake3.to_string(),
        "language": facts.fields.language,
        "subjects": subjects.collect::<Vec<_>>(),
        "dates": dates(facts),
        "rightsList": [{
            "rights": facts.fields.particulars.licence(),
            "rightsUri": facts.licence_url(),
            "rightsIdentifier": facts.fields.particulars.licence(),
            "rightsIdentifierScheme": "SPDX",
        }],
    })
}

fn dates(facts: &Facts<'_>) -> Vec<Value> {
    let issued = facts.released_on().map(|day| json!({ "date": day.to_string(), "dateType": "Issued" }));
    issued.into_iter().collect()
}

fn year(facts: &Facts<'_>) -> String {
    facts.day().to_string().chars().take(4).collect()
}

fn month(facts: &Facts<'_>) -> String {
    facts.day().to_string().chars().skip(5).take(2).collect()
}

fn date_parts(facts: &Facts<'_>) -> Vec<u32> {
    facts.day().to_string().split('-').filter_map(|part| part.parse().ok()).collect()
}

/// With a capital letter.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// JSON for people to read, with a line feed at its end.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
