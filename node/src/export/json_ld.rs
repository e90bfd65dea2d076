//! schema.org's description of a document, for search engines and catalogues.

use super::escape::line;
use super::facts::{Condition, Facts, Recommendation, State};
use crate::view::ReviewView;
use commons_protocol::collection::DocumentKind;
use serde_json::{Map, Value, json};

/// A `MedicalWebPage`; that of guidance is about a `MedicalGuideline` and its
/// recommendations.
pub(super) fn describe(facts: &Facts<'_>) -> Value {
    let mut page = page(facts);
    if facts.of.version.cover.kind == DocumentKind::Guidance {
        let mut entities = vec![guideline(facts)];
        entities.extend(facts.recommendations().iter().map(|one| recommendation(facts, one)));
        page.insert("mainEntity".to_owned(), Value::Array(entities));
    }
    if facts.of.version.cover.kind == DocumentKind::Measure {
        page.insert("mainEntity".to_owned(), measure(facts));
    }
    Value::Object(page)
}

/// What is measured, as a term with its definition: schema.org has no type for
/// the definition of a measure.
fn measure(facts: &Facts<'_>) -> Value {
    let words = facts.measure().into_iter().map(|(name, values)| format!("{name}: {}.", values.join("; ")));
    json!({
        "@type": "DefinedTerm",
        "name": facts.title(),
        "termCode": facts.of.version.document.to_string(),
        "description": line(&words.collect::<Vec<_>>().join(" ")),
    })
}

fn page(facts: &Facts<'_>) -> Map<String, Value> {
    let of = &facts.of;
    let authors: Vec<Value> = facts.list("author").into_iter().map(creator).collect();
    let reviewers: Vec<Value> = facts.reviews().iter().map(reviewer).collect();
    let conditions: Vec<Value> = facts.conditions().iter().map(condition).collect();
    let citations: Vec<String> = facts.list("evidence").into_iter().map(line).collect();
    let publisher = publisher(facts);
    let released = facts.released_on().map(|day| day.to_string());
    members([
        ("@context", Some(json!("https://schema.org"))),
        ("@type", Some(json!("MedicalWebPage"))),
        ("@id", Some(json!(facts.uri()))),
        ("name", Some(json!(facts.title()))),
        ("description", text(&facts.fields.summary)),
        ("inLanguage", Some(json!(facts.fields.language))),
        ("license", Some(json!(facts.licence_url()))),
        ("publisher", Some(publisher.clone())),
        ("isPartOf", Some(json!({ "@type": "Collection", "name": line(of.commons_name) }))),
        ("author", list(authors).or(Some(publisher))),
        ("audience", audience(facts)),
        ("about", list(conditions)),
        ("citation", list(citations)),
        ("funding", facts.value("funding").map(|text| json!({ "@type": "Grant", "description": text }))),
        ("datePublished", released.clone().map(Value::from)),
        ("dateModified", released.map(Value::from)),
        ("lastReviewed", facts.last_reviewed().map(|day| json!(day.to_string()))),
        ("reviewedBy", list(reviewers)),
        ("creativeWorkStatus", Some(json!(status(facts)))),
        ("version", Some(json!(facts.name.blake3.to_string()))),
        ("identifier", Some(json!(identifiers(facts)))),
    ])
}

fn status(facts: &Facts<'_>) -> &'static str {
    match facts.state {
        State::Draft(_) => "Draft",
        State::Released | State::Due => "Published",
        State::Superseded => "Obsolete",
        State::Withdrawn(_) => "Withdrawn",
    }
}

/// The names of the version's bytes.
pub(super) fn identifiers(facts: &Facts<'_>) -> [Value; 2] {
    let identifier = |hash: &str, value: String| {
        let id = format!("#{hash}");
        json!({ "@type": "PropertyValue", "@id": id, "propertyID": hash, "value": value })
    };
    [identifier("sha-256", facts.uri()), identifier("blake3", facts.urn())]
}

fn creator(name: &str) -> Value {
    // Whether a name is a person's or a group's, nobody says.
    json!({ "@type": "Person", "name": line(name) })
}

fn organisation(name: &str) -> Value {
    json!({ "@type": "Organization", "name": line(name) })
}

/// The publisher, with the contacts that the document declares as public.
fn publisher(facts: &Facts<'_>) -> Value {
    let contact = |text| json!({ "@type": "ContactPoint", "description": line(text) });
    let contacts: Vec<Value> = facts.list("contact").into_iter().map(contact).collect();
    Value::Object(members([
        ("@type", Some(json!("Organization"))),
        ("name", Some(json!(line(facts.of.organisation)))),
        ("contactPoint", list(contacts)),
    ]))
}

fn reviewer(review: &ReviewView) -> Value {
    json!({
        "@type": "Person",
        "name": line(&review.person),
        "jobTitle": review.role,
        "affiliation": organisation(&review.organisation),
    })
}

fn audience(facts: &Facts<'_>) -> Option<Value> {
    let ages = facts.value("ages").and_then(|ages| ages.split_once('-'));
    let age = |text: &str| text.parse::<u8>().ok().map(Value::from);
    let audience = members([
        ("@type", Some(json!("PeopleAudience"))),
        ("audienceType", facts.value("audience").map(|text| json!(line(text)))),
        ("suggestedMinAge", ages.and_then(|(from, _)| age(from))),
        ("suggestedMaxAge", ages.and_then(|(_, to)| age(to))),
    ]);
    (audience.len() > 1).then_some(Value::Object(audience))
}

fn condition(condition: &Condition<'_>) -> Value {
    let code = members([
        ("@type", Some(json!("MedicalCode"))),
        ("codeValue", Some(json!(condition.code))),
        ("codingSystem", condition.system.map(Value::from)),
    ]);
    json!({ "@type": "MedicalCondition", "name": line(condition.label), "code": code })
}

fn guideline(facts: &Facts<'_>) -> Value {
    let evidence: Vec<String> = facts.list("evidence").into_iter().map(line).collect();
    Value::Object(guideline_members(
        facts,
        "MedicalGuideline",
        [
            ("name", Some(json!(facts.title()))),
            ("description", text(&facts.fields.summary)),
            ("evidenceOrigin", (!evidence.is_empty()).then(|| json!(evidence.join("; ")))),
            ("evidenceLevel", None),
            ("recommendationStrength", None),
        ],
    ))
}

fn recommendation(facts: &Facts<'_>, one: &Recommendation<'_>) -> Value {
    let certainty = one.certainty.map(|word| format!("Certainty of the evidence (GRADE): {word}."));
    let description =
        [Some(line(one.statement)), certainty].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Value::Object(guideline_members(
        facts,
        "MedicalGuidelineRecommendation",
        [
            ("name", Some(json!(line(one.statement)))),
            ("description", Some(json!(description))),
            ("evidenceOrigin", one.evidence.map(|text| json!(line(text)))),
            ("evidenceLevel", one.certainty.map(|word| json!(evidence_level(word)))),
            ("recommendationStrength", one.strength.map(Value::from)),
        ],
    ))
}

fn guideline_members(facts: &Facts<'_>, kind: &str, own: [(&str, Option<Value>); 5]) -> Map<String, Value> {
    let subjects: Vec<Value> = facts.conditions().iter().map(condition).collect();
    let mut all = members(own);
    all.extend(members([
        ("@type", Some(json!(kind))),
        ("guidelineDate", facts.released_on().map(|day| json!(day.to_string()))),
        ("guidelineSubject", list(subjects)),
        ("recognizingAuthority", facts.release.map(|_| organisation(facts.of.organisation))),
    ]));
    all
}

/// schema.org knows three levels (A: several trials, B: one trial or studies
/// without chance, C: experts' consent), GRADE four words. The nearest one;
/// the word itself stands in the description.
fn evidence_level(certainty: &str) -> &'static str {
    match certainty {
        "high" => "https://schema.org/EvidenceLevelA",
        "moderate" => "https://schema.org/EvidenceLevelB",
        _ => "https://schema.org/EvidenceLevelC",
    }
}

/// The members that have a value.
pub(super) fn members<const N: usize>(all: [(&str, Option<Value>); N]) -> Map<String, Value> {
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn text(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!(line(text)))
}

fn list<T: Into<Value>>(items: Vec<T>) -> Option<Value> {
    (!items.is_empty()).then(|| items.into_iter().map(Into::into).collect())
}
