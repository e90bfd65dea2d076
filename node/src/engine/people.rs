//! People of this organisation.

use super::chains::text;
use super::membership::unique_prefix;
use super::{Caller, Engine, Failure};
use crate::store::Store;
use crate::view::{PersonRequest, PersonView};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::collection::Role;
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::keys::PersonKey;

impl<S: Store> Engine<S> {
    /// People of this organisation, in force or revoked.
    pub fn people(&self) -> Result<Vec<PersonView>, Failure> {
        let own = self.keys.organisation;
        let people = self.commons()?.admission.keys().people().iter();
        Ok(people
            .filter(|(_, person)| person.organisation == own)
            .map(|(key, person)| view(key, person))
            .collect())
    }

    /// Delegates a new person with a fresh key.
    pub fn add_person(&mut self, _: &Caller, request: &PersonRequest) -> Result<PersonView, Failure> {
        let name = text::<200>(&request.name)?;
        if name.is_empty() {
            return Err(Failure::invalid("text", "a person needs a name or a pseudonym"));
        }
        let roles = roles(&request.roles)?;
        if self.people()?.iter().any(|person| person.active && person.name == *name) {
            return Err(Failure::conflict(
                "name-taken",
                format!("there is a person named \"{name}\" already; choose another name"),
            ));
        }
        let key = SecretKey::from_seed((self.random)());
        let person = key.public();
        let delegation = self.person_delegation(self.commons()?.admission.commons(), &key, name, roles);
        self.issue_admin(delegation)?;
        self.keys.people.insert(person, key);
        let keys = self.commons()?.admission.keys();
        let delegated = keys
            .person(&person)
            .ok_or_else(|| Failure::internal("person", "the delegation did not take effect"))?;
        Ok(view(&person, delegated))
    }

    /// Revokes a person, named by id, unique prefix of it, or name. What the
    /// person contributed before stands.
    pub fn revoke_person(&mut self, caller: &Caller, id: &str) -> Result<PersonView, Failure> {
        let people = self.people()?;
        let by_name =
            people.iter().find(|person| person.active && person.name == id).map(|person| person.id.clone());
        let id = match by_name {
            Some(id) => id,
            None => unique_prefix("person", id, people.iter().map(|person| person.id.clone()))?,
        };
        if id == caller.person {
            return Err(Failure::conflict(
                "own-key",
                "nobody can revoke themselves; let another administrator do it",
            ));
        }
        let key: PublicKey = id.parse().map_err(|_| Failure::not_found("person", &id))?;
        let revocation = self.revocation(key)?;
        self.issue_admin(revocation)?;
        let people = self.people()?;
        people.into_iter().find(|person| person.id == id).ok_or_else(|| Failure::not_found("person", &id))
    }

    /// A person who can speak for this node: one in force, else the one who
    /// was there when it was set up.
    pub(super) fn operator(&self) -> PublicKey {
        let delegated = self.commons.as_ref().map(|commons| commons.admission.keys().people());
        let in_force = |key: &&PublicKey| {
            let person = delegated.and_then(|people| people.get(key));
            person.is_some_and(|person| person.revoked.is_none())
        };
        let people = &self.keys.people;
        let chosen = people.keys().find(in_force).or_else(|| people.keys().next());
        // Setting up a home makes the operator's key first.
        chosen.copied().unwrap_or(PublicKey([0; 32]))
    }

    /// The key of a caller, if the person may contribute.
    pub(super) fn person_of(&self, caller: &Caller) -> Result<PublicKey, Failure> {
        let key: PublicKey =
            caller.person.parse().map_err(|_| Failure::not_found("person", &caller.person))?;
        let own = self.keys.organisation;
        match self.commons()?.admission.keys().person(&key) {
            Some(person) if person.organisation == own && person.revoked.is_none() => Ok(key),
            _ => Err(Failure::new(
                super::FailureKind::Forbidden,
                "not-the-person",
                "this person is not, or no longer, a person of this organisation",
            )),
        }
    }
}

pub(super) fn roles<const N: usize>(words: &[String]) -> Result<BoundedVec<Role, N>, Failure> {
    let role = |word: &String| {
        Role::from_word(word).ok_or_else(|| {
            let known: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
            Failure::invalid(
                "unknown-role",
                format!("\"{word}\" is no role; the roles are {}", known.join(", ")),
            )
        })
    };
    let mut roles: Vec<Role> = words.iter().map(role).collect::<Result<_, _>>()?;
    roles.sort();
    roles.dedup();
    if roles.is_empty() {
        return Err(Failure::invalid("no-role", "a person needs at least one role"));
    }
    BoundedVec::new(roles).map_err(|error| Failure::invalid("too-many-roles", error.to_string()))
}

fn view(key: &PublicKey, person: &PersonKey) -> PersonView {
    PersonView {
        id: key.to_string(),
        name: person.name.to_string(),
        roles: person.roles.iter().map(ToString::to_string).collect(),
        active: person.revoked.is_none(),
    }
}
