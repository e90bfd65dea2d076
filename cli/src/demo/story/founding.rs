//! Three organisations found a commons, and vouch for people.

use super::{Story, Writers};
use crate::client::Client;
use crate::demo::DemoError;
use crate::demo::fleet::{CAST, COUNCIL, HILLSIDE, HOSPITAL, RESEARCH};
use crate::demo::join::join;
use crate::view::{CharterView, FoundRequest, PersonCreated, PersonRequest};

impl Story {
    /// Makes three homes, founds, and lets two join.
    pub(super) fn set_up(&mut self) -> Result<(), DemoError> {
        self.step("making three homes", |story| {
            story.fleet.make_homes(0..HILLSIDE)?;
            story.fleet.start(0..HILLSIDE)?;
            Ok("Made three homes with keys of their own and started a node in each.".to_owned())
        })?;
        self.step("founding the commons", |story| {
            let request = FoundRequest {
                name: "Gut Health Commons".to_owned(),
                purpose: "Families, hospitals and researchers share what helps children with \
                          bowel disease."
                    .to_owned(),
            };
            let client = story.fleet.client(HOSPITAL);
            let charter: CharterView = client.post("/v1/found", &request)?;
            Ok(format!("{} founded the {}.", CAST[HOSPITAL].name, charter.commons.name))
        })?;
        self.step("letting the council join", |story| {
            let words = join(&mut story.fleet, COUNCIL, &[HOSPITAL])?;
            Ok(format!(
                "{} joined with an invitation; both sides saw the words \"{words}\".",
                CAST[COUNCIL].name
            ))
        })?;
        self.step("letting the research group join", |story| {
            let words = join(&mut story.fleet, RESEARCH, &[HOSPITAL, COUNCIL])?;
            Ok(format!(
                "{} joined; hospital and council both saw \"{words}\" and voted for it.",
                CAST[RESEARCH].name
            ))
        })
    }

    /// Two organisations vouch for somebody who writes.
    pub(super) fn people(&mut self) -> Result<Writers, DemoError> {
        let mut writers = None;
        self.step("adding people", |story| {
            let hospital = story.person(HOSPITAL, "Dr Berg", "clinician")?;
            let council = story.person(COUNCIL, "Amina", "family")?;
            let patient = story.person(COUNCIL, "Noor", "patient")?;
            writers = Some(Writers { hospital, council, patient });
            Ok("The hospital vouched for a clinician, the council for a parent and a patient.".to_owned())
        })?;
        writers.ok_or(DemoError::Untrue("nobody can write"))
    }

    pub(super) fn person(&self, who: usize, name: &str, role: &str) -> Result<Client, DemoError> {
        let request = PersonRequest { name: name.to_owned(), roles: vec![role.to_owned()] };
        let created: PersonCreated = self.fleet.client(who).post("/v1/people", &request)?;
        self.fleet.client_as(who, &created.token)
    }
}
