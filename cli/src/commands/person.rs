//! `person`: the people of this organisation.

use crate::args::{PersonRole, PersonVerb};
use crate::client::encode;
use crate::commands::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::table::Table;
use crate::output::text::{short, yes};
use crate::view::{PersonCreated, PersonRequest, PersonView};

/// Adds, lists or revokes.
pub fn person(context: &Context, verb: PersonVerb) -> Result<Answer, CliError> {
    match verb {
        PersonVerb::Add { name, role } => add(context, name, &role),
        PersonVerb::List => list(context),
        PersonVerb::Revoke { id } => revoke(context, &id),
    }
}

fn add(context: &Context, name: String, roles: &[PersonRole]) -> Result<Answer, CliError> {
    let request = PersonRequest { name, roles: roles.iter().map(|role| role.word().to_owned()).collect() };
    let created: PersonCreated = context.post("/v1/people", &request)?;
    let human = format!(
        "Added {} ({}) with the role {}.\n\
         Token: {}\n\
         It is shown only now. Hand it over in private; they use it with --token or COMMONS_TOKEN.\n",
        created.person.name,
        short(&created.person.id),
        created.person.roles.join(", "),
        created.token
    );
    Ok(Answer::new(human, &created)?)
}

fn list(context: &Context) -> Result<Answer, CliError> {
    let people: Vec<PersonView> = context.get("/v1/people")?;
    if people.is_empty() {
        let human = "Nobody yet. Add somebody with `commons person add NAME --role ROLE`.";
        return Ok(Answer::new(human, &people)?);
    }
    let mut table = Table::new(&["id", "name", "roles", "active"]);
    for person in &people {
        table.row(&[short(&person.id), &person.name, &person.roles.join(", "), yes(person.active)]);
    }
    Ok(Answer::new(table.render(""), &people)?)
}

fn revoke(context: &Context, id: &str) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("/v1/people/{}", encode(id));
    let person: PersonView = with_spinner("The node is working", || client.delete(&path))?;
    let human = format!(
        "Revoked {} ({}): the token is void and nothing new by this person is accepted. What they \
         wrote before stays.\n",
        person.name,
        short(&person.id)
    );
    Ok(Answer::new(human, &person)?)
}
