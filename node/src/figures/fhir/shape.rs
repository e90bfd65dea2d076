//! Looking into resources: what R4 knows there, and the few forms that count.

use super::remarks::{Problem, quoted};
use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// What every element may have. `modifierExtension` changes the meaning of
/// what it stands in, so it can't be passed over.
const ANYWHERE: [&str; 2] = ["id", "extension"];

/// Refuses what R4 does not have in this element.
///
/// # Errors
/// `modifier-extension`, or `not-r4` with the name of the first such field.
pub fn only(object: &Object, what: &str, known: &[&str]) -> Result<(), Problem> {
    if object.contains_key("modifierExtension") || object.contains_key("implicitRules") {
        let text = format!("{what} has a modifierExtension or implicitRules, which change its meaning");
        return Err(Problem::new("modifier-extension", text, "Export it without them."));
    }
    let is_known = |name: &str| {
        let plain = name.strip_prefix('_').unwrap_or(name);
        ANYWHERE.contains(&plain) || known.contains(&plain)
    };
    match object.keys().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(Problem::not_r4(format!("{what} has a field {}, which R4 has not", quoted(name)))),
    }
}

/// The object under `name`, if there is anything.
pub fn object<'a>(parent: &'a Object, name: &str) -> Result<Option<&'a Object>, Problem> {
    match parent.get(name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Problem::not_r4(format!("{name} is no object"))),
    }
}

/// The objects in the list under `name`; none if it is not there.
pub fn objects<'a>(parent: &'a Object, name: &str) -> Result<Vec<&'a Object>, Problem> {
    let all = match parent.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::Array(all)) => all,
        Some(_) => return Err(Problem::not_r4(format!("{name} is no list"))),
    };
    let one = |value: &'a Value| value.as_object();
    all.iter()
        .map(one)
        .collect::<Option<_>>()
        .ok_or_else(|| Problem::not_r4(format!("{name} has a part that is no object")))
}

/// The text under `name`, if there is anything.
pub fn text<'a>(parent: &'a Object, name: &str) -> Result<Option<&'a str>, Problem> {
    match parent.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::not_r4(format!("{name} is no text"))),
    }
}

/// The extension with this URL.
///
/// # Errors
/// `not-r4`, also if it is there twice.
pub fn extension<'a>(parent: &'a Object, url: &str) -> Result<Option<&'a Object>, Problem> {
    let all = objects(parent, "extension")?;
    let mut found = all.into_iter().filter(|one| one.get("url").and_then(Value::as_str) == Some(url));
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(Problem::not_r4(format!("the extension {} is there twice", quoted(url)))),
    }
}

/// Characters of a code.
const CODE: usize = 200;

/// The code of a concept: of its first coding, else its text.
pub fn concept(concept: &Object) -> Result<Option<String>, Problem> {
    for coding in objects(concept, "coding")? {
        if let Some(code) = text(coding, "code")? {
            return short(code).map(Some);
        }
    }
    text(concept, "text")?.map(short).transpose()
}

fn short(code: &str) -> Result<String, Problem> {
    match code.trim() {
        "" => Err(Problem::not_r4("a code is empty")),
        code if code.chars().count() > CODE => Err(Problem::not_r4("a code is too long")),
        code => Ok(code.to_owned()),
    }
}

/// Whether a field of this name stands anywhere below.
pub fn has_below(value: &Value, name: &str) -> bool {
    // As deep as the parser let it be.
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| key == name || has_below(value, name)),
        Value::Array(all) => all.iter().any(|value| has_below(value, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
