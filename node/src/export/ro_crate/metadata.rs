//! The description of a crate.

use super::{METADATA, Part, TEXT, sha256};
use crate::export::citation::capital;
use crate::export::escape::line;
use crate::export::facts::Facts;
use crate::export::json_ld::{identifiers, members};
use crate::export::{AttachedFile, citation};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PUBLISHER: &str = "#publisher";
const COMMONS: &str = "#commons";

/// `ro-crate-metadata.json`: a flat graph in which every entity is named once.
pub(super) fn describe(facts: &Facts<'_>, parts: &[Part<'_>]) -> Value {
    let mut graph = vec![descriptor(), root(facts, parts)];
    graph.extend(parts.iter().map(file));
    graph.extend(context(facts));
    graph.extend(contacts(facts));
    graph.extend(people(facts));
    graph.extend(conditions(facts));
    graph.extend(elsewhere(facts).map(absent));
    json!({ "@context": "https://w3id.org/ro/crate/1.2/context", "@graph": graph })
}

fn descriptor() -> Value {
    json!({
        "@id": METADATA,
        "@type": "CreativeWork",
        "name": "Description of this crate",
        "conformsTo": { "@id": "https://w3id.org/ro/crate/1.2" },
        "about": { "@id": "./" },
    })
}

fn root(facts: &Facts<'_>, parts: &[Part<'_>]) -> Value {
    let summary = match facts.fields.summary.trim() {
        "" => facts.title(),
        _ => line(&facts.fields.summary),
    };
    let ids = |list: Vec<String>| list.into_iter().map(reference).collect::<Vec<_>>();
    let conditions = ids(facts.items("condition").into_iter().map(condition_id).collect());
    let absent = ids(elsewhere(facts).map(absent_id).collect());
    let root = members([
        ("@id", Some(json!("./"))),
        ("@type", Some(json!("Dataset"))),
        ("name", Some(json!(facts.title()))),
        (
            "description",
            Some(json!(format!("{} {}.", full_stop(&summary), full_stop_less(&facts.headline())))),
        ),
        ("datePublished", Some(json!(facts.day().to_string()))),
        ("creativeWorkStatus", Some(json!(facts.headline()))),
        ("license", Some(reference(facts.licence_url()))),
        ("author", one_or_list(ids(author_ids(facts)))),
        ("contributor", one_or_list(ids(people_ids("reviewer", facts.reviews().len())))),
        ("publisher", Some(reference(PUBLISHER.to_owned()))),
        ("isPartOf", Some(reference(COMMONS.to_owned()))),
        ("inLanguage", Some(json!(facts.fields.language))),
        ("version", Some(json!(facts.name.blake3.to_string()))),
        ("identifier", one_or_list(ids(identifier_ids(facts)))),
        ("creditText", Some(json!(citation(&facts.of).trim()))),
        ("genre", Some(json!(capital(facts.kind())))),
        ("about", one_or_list(conditions)),
        ("mentions", one_or_list(absent)),
        ("mainEntity", Some(reference(TEXT.to_owned()))),
        ("hasPart", one_or_list(ids(parts.iter().map(|part| part.path.clone()).collect()))),
    ]);
    Value::Object(root)
}

/// A file; its licence is the root's.
fn file(part: &Part<'_>) -> Value {
    json!({
        "@id": part.path,
        "@type": "File",
        "name": part.name,
        "description": part.about,
        "encodingFormat": media_type(part.media_type),
        "contentSize": part.bytes.len().to_string(),
        "sha256": sha256(&part.bytes),
    })
}

/// A media type, or the one of any bytes if it is none.
fn media_type(given: &str) -> &str {
    let is_name = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !part.is_empty() && part.bytes().all(fits)
    };
    let is_type = given.split_once('/').is_some_and(|(kind, form)| is_name(kind) && is_name(form));
    if is_type { given } else { "application/octet-stream" }
}

/// What the root refers to: publisher, commons, licence, names of the version.
fn context(facts: &Facts<'_>) -> Vec<Value> {
    let of = &facts.of;
    let licence = facts.fields.particulars.licence();
    let mut entities = vec![
        publisher(facts),
        json!({
            "@id": COMMONS, "@type": "Collection", "name": line(of.commons_name),
            "identifier": of.version.commons.to_string(),
            "description": "The commons in which the document was written and reviewed",
        }),
        json!({
            "@id": facts.licence_url(), "@type": "CreativeWork", "name": licence,
            "description": format!("The licence {licence}, by its SPDX identifier"),
        }),
    ];
    for mut identifier in identifiers(facts) {
        identifier["name"] = json!(format!("Hash of the version, {}", text(&identifier["propertyID"])));
        entities.push(identifier);
    }
    entities
}

/// The publisher, with the contacts that the document declares as public.
fn publisher(facts: &Facts<'_>) -> Value {
    let contacts = people_ids("contact", facts.list("contact").len()).into_iter().map(reference).collect();
    Value::Object(members([
        ("@id", Some(json!(PUBLISHER))),
        ("@type", Some(json!("Organization"))),
        ("name", Some(json!(line(facts.of.organisation)))),
        ("description", Some(json!(format!("The organisation that publishes this {}", facts.kind())))),
        ("contactPoint", one_or_list(contacts)),
    ]))
}

fn contacts(facts: &Facts<'_>) -> Vec<Value> {
    let contacts = facts.list("contact");
    let named = people_ids("contact", contacts.len()).into_iter().zip(contacts);
    named.map(|(id, text)| contact(&id, text)).collect()
}

fn contact(id: &str, text: &str) -> Value {
    let about = "Whom to ask about the document";
    json!({ "@id": id, "@type": "ContactPoint", "name": line(text), "description": about })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn identifier_ids(facts: &Facts<'_>) -> Vec<String> {
    identifiers(facts).iter().map(|one| text(&one["@id"]).to_owned()).collect()
}

/// Authors, reviewers and the organisations that vouch for them.
fn people(facts: &Facts<'_>) -> Vec<Value> {
    let mut people = Vec::new();
    let authors = facts.list("author");
    for (id, name) in people_ids("author", authors.len()).into_iter().zip(authors) {
        people.push(json!({
            "@id": id, "@type": "Person", "name": line(name), "affiliation": { "@id": PUBLISHER },
            "description": "Named as author by the document",
        }));
    }
    let organisations = organisations(facts);
    for (id, review) in people_ids("reviewer", facts.reviews().len()).into_iter().zip(facts.reviews()) {
        let conflicts = match review.conflicts.trim() {
            "" => "declared no conflicts of interest".to_owned(),
            conflicts => format!("declared conflicts of interest: {}", line(conflicts)),
        };
        people.push(json!({
            "@id": id, "@type": "Person", "name": line(&review.person), "jobTitle": review.role,
            "affiliation": { "@id": organisations.get(review.organisation.as_str()) },
            "description": format!("Reviewed the document as {}: {}; {conflicts}", review.role, review.verdict),
        }));
    }
    people.extend(organisations.iter().map(|(name, id)| {
        let about = "An organisation that vouches for a reviewer";
        json!({ "@id": id, "@type": "Organization", "name": line(name), "description": about })
    }));
    people
}

/// The authors that the document names, else its publisher.
fn author_ids(facts: &Facts<'_>) -> Vec<String> {
    match facts.list("author").len() {
        0 => vec![PUBLISHER.to_owned()],
        count => people_ids("author", count),
    }
}

fn people_ids(role: &str, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("#{role}-{number}")).collect()
}

/// The reviewers' organisations with their ids.
fn organisations<'a>(facts: &Facts<'a>) -> BTreeMap<&'a str, String> {
    let names: std::collections::BTreeSet<&str> =
        facts.reviews().iter().map(|review| review.organisation.as_str()).collect();
    (1..).zip(names).map(|(number, name): (u32, _)| (name, format!("#organisation-{number}"))).collect()
}

fn conditions(facts: &Facts<'_>) -> Vec<Value> {
    let conditions = facts.items("condition").into_iter().zip(facts.conditions());
    let entities = conditions.map(|(item, condition)| {
        json!({
            "@id": condition_id(item), "@type": "MedicalCondition", "name": line(condition.label),
            "description": format!("A condition that the {} is about: {item}", facts.kind()),
        })
    });
    entities.collect()
}

fn condition_id(item: &str) -> String {
    format!("#condition-{}", item.replace(':', "-"))
}

/// Attachments whose bytes were not here when the crate was made.
fn elsewhere<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a AttachedFile> + use<'a> {
    facts.of.files.iter().filter(|file| file.bytes.is_none())
}

fn absent_id(file: &AttachedFile) -> String {
    format!("urn:blake3:{}", file.hash.chars().filter(char::is_ascii_hexdigit).take(64).collect::<String>())
}

fn absent(file: &AttachedFile) -> Value {
    json!({
        "@id": absent_id(file), "@type": "CreativeWork", "name": file.name,
        "encodingFormat": media_type(&file.media_type),
        "description": "An attached file that is not in this crate; a node of the commons has it",
    })
}

fn reference(id: String) -> Value {
    json!({ "@id": id })
}

/// RO-Crate asks for a single value where a list would have one item.
fn one_or_list(mut items: Vec<Value>) -> Option<Value> {
    match items.len() {
        0 => None,
        1 => items.pop(),
        _ => Some(Value::Array(items)),
    }
}

fn full_stop(text: &str) -> String {
    match text.ends_with(['.', '!', '?']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}

fn full_stop_less(text: &str) -> &str {
    text.trim_end_matches('.')
}
