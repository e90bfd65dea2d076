//! What the names of columns mean.

use super::columns::Role;

/// Names as [`plain`] makes them, by role.
const SYNONYMS: [(Role, &[&str]); 10] = [
    (Role::Measure, &["measure", "measureid", "measuretitle", "indicator"]),
    (Role::Period, &["period", "month", "quarter", "reportingperiod"]),
    (Role::First, &["first", "start", "from", "firstday", "startdate", "periodstart", "periodstartdate"]),
    (Role::Last, &["last", "end", "to", "lastday", "enddate", "periodend", "periodenddate"]),
    (Role::Stratifier, &["stratifier", "stratifiercode", "dimension"]),
    (Role::Stratum, &["stratum", "stratumcode", "strata", "category"]),
    (Role::Numerator, &["numerator", "num", "numeratorcount", "count", "events", "sum"]),
    (Role::Denominator, &["denominator", "denom", "den", "denominatorcount", "exposure"]),
    (
        Role::Excluded,
        &["excluded", "exclusions", "exclusion", "denominatorexclusion", "denominatorexclusions"],
    ),
    (
        Role::Organisation,
        &[
            "organisation",
            "organization",
            "org",
            "orgcode",
            "organisationcode",
            "organizationcode",
            "provider",
            "providercode",
            "site",
            "sitecode",
        ],
    ),
];

/// The role of a column by its name. Case, spaces and punctuation don't
/// matter.
pub(super) fn role(name: &str) -> Option<Role> {
    let plain = plain(name);
    let found = SYNONYMS.iter().find(|(_, names)| names.contains(&plain.as_str()));
    found.map(|(role, _)| *role)
}

/// Lower-case letters and digits of a name.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Words that stand only in tables of people.
const PERSONAL: [&str; 31] = [
    "dob",
    "birthday",
    "birthdate",
    "dateofbirth",
    "dod",
    "mrn",
    "ssn",
    "nhsno",
    "nhsnumber",
    "patientid",
    "patientno",
    "personid",
    "subjectid",
    "encounterid",
    "surname",
    "forename",
    "firstname",
    "lastname",
    "fullname",
    "postcode",
    "zipcode",
    "address",
    "email",
    "phone",
    "telephone",
    "geburtsdatum",
    "geburtstag",
    "vorname",
    "nachname",
    "datedenaissance",
    "fechadenacimiento",
];
/// Words for one of those who are counted.
const PEOPLE: [&str; 5] = ["patient", "person", "subject", "encounter", "episode"];
/// What makes a name of one of them an identifier.
const IDENTIFIER: [&str; 9] = ["id", "identifier", "no", "nr", "number", "name", "key", "hash", "pseudonym"];
/// Words whose numbers are people's.
const REGISTERS: [&str; 3] = ["nhs", "hospital", "record"];
/// Words for a moment.
const MOMENTS: [&str; 3] = ["date", "datetime", "timestamp"];
/// Words with which a date is that of a period or of the file.
const NOT_OF_PEOPLE: [&str; 17] = [
    "period",
    "start",
    "end",
    "first",
    "last",
    "from",
    "to",
    "month",
    "quarter",
    "year",
    "reporting",
    "report",
    "extract",
    "extracted",
    "published",
    "publication",
    "updated",
];

/// Whether a column of this name belongs into a table of people, not of
/// numbers: dates of birth or admission, record numbers, names.
pub(super) fn is_about_people(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let ends = |list: &[&str]| words.last().is_some_and(|word| list.contains(&word.as_str()));
    let is_one = words.len() == 1 && (has(&PEOPLE) || has(&["day"]));
    let is_date = has(&MOMENTS) && !has(&NOT_OF_PEOPLE);
    let is_birth = ends(&["birth"]) || has(&["birth"]) && has(&["date", "day", "time", "year"]);
    let is_identifier = has(&PEOPLE) && ends(&IDENTIFIER) || has(&REGISTERS) && ends(&["no", "nr", "number"]);
    has(&PERSONAL)
        || PERSONAL.contains(&plain(name).as_str())
        || is_one
        || is_date
        || is_birth
        || is_identifier
}

/// `admissionDate` and `admission_date` are two words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for char in name.chars() {
        let is_start = char.is_uppercase() && was_lower;
        was_lower = char.is_lowercase();
        if is_start || !char.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (char.is_alphanumeric(), words.last_mut()) {
            word.extend(char.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{is_about_people, role};
    use crate::figures::tables::columns::Role;

    #[test]
    fn names_are_recognised_in_any_spelling() {
        for name in ["Numerator", " NUMERATOR ", "numerator_count", "Num", "Count"] {
            assert_eq!(role(name), Some(Role::Numerator), "{name}");
        }
        assert_eq!(role("Period start date"), Some(Role::First));
        assert_eq!(role("period_end"), Some(Role::Last));
        assert_eq!(role("comment"), None);
        assert_eq!(role(""), None);
    }

    #[test]
    fn columns_about_people_are_recognised_and_those_about_periods_are_not() {
        for name in [
            "date",
            "Date",
            "admission_date",
            "admissionDate",
            "DOB",
            "dob",
            "date of birth",
            "year of birth",
            "birth_year",
            "day",
            "birth date",
            "patient",
            "Patient ID",
            "patient_id",
            "PatientName",
            "NHS number",
            "nhs_no",
            "MRN",
            "Surname",
            "encounter id",
            "hospital number",
            "record no",
            "e-mail",
            "Visit Date",
            "postcode",
            "person",
            "Geburtsdatum",
            "date de naissance",
        ] {
            assert!(is_about_people(name), "{name}");
        }
        for name in [
            "period",
            "start date",
            "End Date",
            "period start date",
            "report date",
            "patients",
            "patient days",
            "adjusted_patient_days",
            "month",
            "numerator",
            "org_code",
            "type",
            "episodes",
            "encounters",
            "first day",
            "last day",
            "site name",
            "hospital",
            "",
            "day_cases",
            "birth_count",
            "scheduled births",
            "hospital name",
            "NHS trust name",
            "record count",
        ] {
            assert!(!is_about_people(name), "{name}");
        }
    }
}
