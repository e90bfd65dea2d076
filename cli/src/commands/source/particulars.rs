//! The names of what a document says beside title, language, summary and text.

use std::collections::BTreeMap;

use commons_protocol::document::{FIELDS, FieldError, Particulars};

use crate::args::FieldArgs;

/// Whether documents have a field of this name.
pub fn is_known(name: &str) -> bool {
    let one = BTreeMap::from([(name.to_owned(), String::new())]);
    !matches!(Particulars::new(one), Err(FieldError::Unknown { .. }))
}

/// Every name, with CODE or N where people choose a name of their own.
pub fn known_names() -> String {
    let names = FIELDS.iter().map(|field| match field.part {
        None => field.name.to_owned(),
        Some("") => format!("{}/N", field.name),
        Some(part) => format!("{}/N/{part}", field.name),
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Key and value of a line. The items of lists may hold colons, so their keys
/// end with a colon and a space.
pub fn splits_at(line: &str) -> Option<(String, &str)> {
    let (list, rest) = line.split_once('/').unwrap_or((line, ""));
    let list = list.trim().to_ascii_lowercase();
    let is_item = FIELDS.iter().any(|field| field.part.is_some() && field.name == list);
    if !is_item {
        let (key, value) = line.split_once(':')?;
        return Some((key.trim().to_ascii_lowercase(), value));
    }
    let (item, value) = rest.split_once(": ").or_else(|| rest.strip_suffix(':').map(|item| (item, "")))?;
    Some((format!("{list}/{}", item.trim()), value))
}

/// What the options of a command set. New contacts get numbers that `old`
/// does not use.
pub fn from_options(
    args: &FieldArgs,
    old: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    for (name, value) in &args.set {
        if !is_known(name) {
            return Err(unknown(std::slice::from_ref(name)));
        }
        values.insert(name.clone(), value.clone());
    }
    for (code, label) in &args.condition {
        values.insert(format!("condition/{code}"), label.clone());
    }
    let mut numbers = 1_u32..;
    for contact in &args.contact {
        let is_there = old.iter().any(|(name, text)| name.starts_with("contact/") && text == contact);
        let free = |number: &u32| {
            let name = format!("contact/{number}");
            !old.contains_key(&name) && !values.contains_key(&name)
        };
        if is_there {
            continue;
        }
        if let Some(number) = numbers.find(free) {
            values.insert(format!("contact/{number}"), contact.clone());
        }
    }
    Ok(values)
}

/// Tells which names exist.
pub fn unknown(names: &[String]) -> String {
    format!(
        "Documents have no {}. What they have: kind, title, language, summary, {} (N is a number or code of your own).",
        names.join(", "),
        known_names()
    )
}

#[cfg(test)]
mod tests {
    use super::{from_options, is_known, known_names};
    use crate::args::FieldArgs;
    use std::collections::BTreeMap;

    #[test]
    fn names_are_known_with_their_items_and_parts() {
        for name in ["audience", "condition/ICD-10:K50", "recommendation/1/strength", "author/1"] {
            assert!(is_known(name), "{name}");
        }
        for name in ["title", "condition", "condition/", "recommendation/1", "colour", "audience/1"] {
            assert!(!is_known(name), "{name}");
        }
        assert!(known_names().contains("condition/N, contact/N"), "{}", known_names());
    }

    #[test]
    fn options_become_values_and_contacts_get_free_numbers() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let args = FieldArgs {
            set: vec![pair("audience", "Parents"), pair("contact/2", "0800 2")],
            condition: vec![pair("ICD-10:K50", "Crohn")],
            contact: vec!["0800 1".to_owned(), "0800 3".to_owned(), "0800 4".to_owned()],
            ..FieldArgs::default()
        };
        let old = BTreeMap::from([pair("contact/1", "0800 1")]);
        let values = from_options(&args, &old).unwrap();
        let expected = BTreeMap::from([
            pair("audience", "Parents"),
            pair("condition/ICD-10:K50", "Crohn"),
            pair("contact/2", "0800 2"),
            pair("contact/3", "0800 3"),
            pair("contact/4", "0800 4"),
        ]);
        assert_eq!(values, expected, "the first contact is there already");
        let args = FieldArgs { set: vec![pair("colour", "green")], ..FieldArgs::default() };
        let error = from_options(&args, &old).unwrap_err();
        assert!(error.contains("no colour") && error.contains("audience"), "{error}");
    }
}
