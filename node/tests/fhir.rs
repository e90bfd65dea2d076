//! FHIR in and out: verdicts on published examples, what is refused, and what
//! leaves by the rules of the profile.

#[path = "fhir/export.rs"]
mod export;
#[path = "fhir/import.rs"]
mod import;
#[path = "fhir/profile.rs"]
mod profile;
#[path = "fhir/round_trip.rs"]
mod round_trip;
#[path = "fhir/samples.rs"]
mod samples;
#[path = "fhir/verdicts.rs"]
mod verdicts;
