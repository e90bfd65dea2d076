//! Every verb: asks the node, or does the work, and says what came of it.

mod attach;
pub mod chart;
mod charter;
mod check;
mod documents;
mod edit;
mod egress;
mod erasure;
mod events;
mod faults;
pub mod feed;
mod file;
mod governance;
mod init;
mod join;
mod keys;
mod measure;
mod members;
mod network;
pub mod passphrase;
mod person;
mod proposals;
mod publication;
mod reissue;
mod release;
mod review;
mod run;
mod salvage;
mod series;
mod shell;
pub mod source;
mod status;
mod transfer;
mod verify;

pub use run::shut_down;

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::{DocumentVerb, Global, Kind, LogVerb, MeasureVerb, Verb};
use crate::client::home::Endpoint;
use crate::client::{Client, ClientError};
use crate::commands::documents::Which;
use crate::demo;
use crate::error::CliError;
use crate::output::progress::with_spinner;
use crate::output::{Answer, Output};

/// What every verb knows.
pub struct Context {
    /// The home.
    pub home: PathBuf,
    /// How to print.
    pub output: Output,
    token: Option<String>,
    default_home: bool,
}

impl Context {
    /// Settles where the home is.
    pub fn new(global: Global, output: Output) -> Result<Self, CliError> {
        let default_home = global.home.is_none();
        let home = match global.home {
            Some(home) => home,
            None => std::env::home_dir()
                .filter(|home| !home.as_os_str().is_empty())
                .ok_or(CliError::NoHome)?
                .join(".commons"),
        };
        Ok(Self { home, default_home, output, token: global.token.filter(|token| !token.is_empty()) })
    }

    /// A client for the node that runs in the home.
    pub fn client(&self) -> Result<Client, ClientError> {
        let endpoint = Endpoint::read(&self.home, self.token.as_deref())?;
        Ok(Client::new(endpoint))
    }

    /// GET from the home's node.
    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let client = self.client()?;
        with_spinner("Asking the node", || client.get(path))
    }

    /// POST to the home's node.
    fn post<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ClientError> {
        let client = self.client()?;
        with_spinner("The node is working", || client.post(path, body))
    }

    /// PUT to the home's node.
    fn put<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ClientError> {
        let client = self.client()?;
        with_spinner("The node is working", || client.put(path, body))
    }

    /// `commons VERB`, with the home if it is not the default one, for
    /// messages that propose a command.
    fn command(&self, verb: &str) -> String {
        if self.default_home {
            return format!("`commons {verb}`");
        }
        format!("`commons {verb} --home {}`", self.home.display())
    }
}

/// Does what `verb` says. No answer means that everything was said already.
pub fn run(context: &Context, verb: Verb) -> Result<Option<Answer>, CliError> {
    match verb {
        Verb::Init(args) => init::init(context, args),
        Verb::Found(args) => charter::found(context, args),
        Verb::Invite => join::invite(context),
        Verb::Join(args) => join::join(context, args),
        Verb::Run(args) => return run::run(context, args).map(|()| None),
        Verb::Status => status::status(context),
        Verb::Members { verb } => members::members(context, verb),
        Verb::Person { verb } => person::person(context, verb),
        Verb::Charter { verb } => charter::charter(context, verb),
        Verb::Propose { verb } => governance::propose(context, verb),
        Verb::Proposals => governance::proposals(context),
        Verb::Endorse { id } => governance::endorse(context, id),
        Verb::Vote(args) => governance::vote(context, args),
        Verb::Refound(args) => governance::refound(context, args),
        Verb::Toolkit { verb } => document(context, Kind::Toolkit, verb),
        Verb::Guidance { verb } => document(context, Kind::Guidance, verb),
        Verb::Measure { verb: MeasureVerb::Define(args) } => measure::define(context, *args),
        Verb::Measure { verb: MeasureVerb::Document(verb) } => {
            document(context, Kind::Measure, measure::found(context, *verb)?)
        }
        Verb::Series { verb } => series::series(context, verb),
        Verb::Egress(args) => egress::egress(context, &args),
        Verb::Feed { verb } => return feed::feed(context, verb),
        Verb::Chart(args) => return chart::chart(context, &args),
        Verb::Review { verb } => review::reviews(context, verb),
        Verb::Release { verb } => release::releases(context, verb),
        Verb::Retract(args) => release::retract(context, args),
        Verb::Erase(args) => erasure::erase(context, args),
        Verb::Erasures => erasure::erasures(context),
        Verb::Reissue { verb } => reissue::reissue(context, verb),
        Verb::Check(args) => check::check(context, &args),
        Verb::Salvage => salvage::salvage(context),
        Verb::Keys { verb } => keys::keys(context, verb),
        Verb::Log { verb: LogVerb::End { log, entry } } => keys::end_log(context, log, entry),
        Verb::Faults { verb } => faults::faults(context, verb),
        Verb::Verify(args) => verify::verify(&args),
        Verb::Network { verb } => network::network(context, verb),
        Verb::Events => return events::events(context).map(|()| None),
        Verb::Demo(args) => return Ok(demo::run(context.output, &args).map(|()| None)?),
        Verb::Completions { shell } => shell::completions(shell),
        Verb::Man { dir } => shell::man(&dir),
    }
    .map(Some)
}

fn document(context: &Context, kind: Kind, verb: DocumentVerb) -> Result<Answer, CliError> {
    match verb {
        DocumentVerb::New(args) => edit::new(context, kind, args),
        DocumentVerb::Edit(args) => edit::edit(context, kind, args),
        DocumentVerb::Show { id, version, released, as_of } => {
            let is_released = released || as_of.is_some();
            let which = if is_released { Which::Released(as_of) } else { Which::Written(version) };
            documents::show(context, &id, which)
        }
        DocumentVerb::List { status } => documents::list(context, kind, status),
        DocumentVerb::History { id } => documents::history(context, &id),
        DocumentVerb::Diff { id, from, to } => documents::diff(context, &id, from.as_deref(), to.as_deref()),
        DocumentVerb::Restore(args) => edit::restore(context, args),
        DocumentVerb::Attach(args) => attach::attach(context, args),
        DocumentVerb::Export(args) => transfer::export(context, args),
        DocumentVerb::Import(args) => transfer::import(context, kind, args),
        DocumentVerb::Readability { id } => documents::readability(context, &id),
    }
}
