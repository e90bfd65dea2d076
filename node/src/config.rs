//! The configuration file of a node, `config.toml`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::private_file::{self, FileError};

mod template;
mod values;

pub use template::template;
pub use values::{ApiAddress, ByteSize, ExpectedSites, HostName, Multiaddress, OrganisationName, WebhookUrl};

/// Version of the file format.
pub const VERSION: u32 = 1;
/// Bound on the file, in bytes.
const MAX_FILE: u64 = 256 * 1024;
/// Most webhooks of a node.
const MAX_WEBHOOKS: usize = 16;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not text.
    #[error("{} is not UTF-8 text; write it again with `commons init`", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A line is wrong.
    #[error("{}, line {line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, starting at 1.
        line: usize,
        /// What is wrong and what would be right.
        message: String,
    },
    /// Another version of the format.
    #[error(
        "{} has format version {found}, this release reads version {VERSION}; use a release that \
         knows it, or write the file anew with `commons init`",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
}

/// The configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Version of the format.
    pub version: u32,
    /// The organisation that runs the node.
    pub organisation: Organisation,
    /// The local HTTP API.
    #[serde(default)]
    pub api: Api,
    /// The network of peers.
    #[serde(default)]
    pub network: Network,
    /// Attached files.
    #[serde(default)]
    pub blobs: Blobs,
    /// Log lines.
    #[serde(default)]
    pub log: Log,
    /// Programs to which changes of feeds are posted.
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
}

/// The organisation that runs the node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name, as the charter is to show it.
    pub name: OrganisationName,
    /// What it is.
    pub kind: OrganisationKind,
}

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// A hospital, clinic or practice.
    Site,
    /// A patient or family council.
    Council,
    /// A research group.
    Research,
    /// An advocacy organisation.
    Advocacy,
    /// A steward of the commons.
    Steward,
    /// Anything else.
    Other,
}

impl OrganisationKind {
    /// The word in the charter and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            OrganisationKind::Site => "site",
            OrganisationKind::Council => "council",
            OrganisationKind::Research => "research",
            OrganisationKind::Advocacy => "advocacy",
            OrganisationKind::Steward => "steward",
            OrganisationKind::Other => "other",
        }
    }
}

/// The local HTTP API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    /// Where it listens.
    pub address: ApiAddress,
    /// Whether it may listen beyond this machine.
    pub allow_remote: bool,
    /// Names, besides the loopback ones, under which browsers may call it.
    pub host_names: Vec<HostName>,
}

/// The network of peers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Whether others hang on this node.
    pub role: Role,
    /// Where it listens for peers; empty means that it only dials out.
    pub listen: Vec<Multiaddress>,
    /// Under which addresses others reach it.
    pub public_addresses: Vec<Multiaddress>,
    /// How many sites may hang on this hub: its gossip mesh is that wide.
    pub expected_sites: ExpectedSites,
}

/// Whether others hang on this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Dials out.
    #[default]
    Site,
    /// Listens, so that sites which can only dial out find each other.
    Hub,
}

/// Attached files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blobs {
    /// How much the files that one organisation attached may take here.
    pub quota_per_organisation: ByteSize,
    /// How much all attached files together may take.
    pub total: ByteSize,
}

impl Default for Blobs {
    fn default() -> Self {
        Blobs { quota_per_organisation: ByteSize::gibibytes(2), total: ByteSize::gibibytes(20) }
    }
}

/// A program to which changes of feeds are posted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where it listens.
    pub url: WebhookUrl,
    /// The private file with the key of signatures; a relative path is looked
    /// up in the home.
    pub secret: PathBuf,
    /// Titles or ids of the measures that it gets; all when left out.
    pub measures: Option<Vec<String>>,
}

/// Log lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How they look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One line of text per event.
    #[default]
    Text,
    /// One JSON object per event.
    Json,
}

impl Config {
    /// Reads and checks the file.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let bytes = private_file::read_open(path, MAX_FILE)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| ConfigError::NotText { path: path.to_owned() })?;
        Config::parse(path, text)
    }

    /// Checks a configuration; `path` only serves the errors.
    pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
        check_version(path, text)?;
        let config: Config = toml::from_str(text).map_err(|error| located(path, text, &error))?;
        config.check_together(path, text)?;
        Ok(config)
    }

    /// Writes a commented configuration for a new node, in which `settings`
    /// differ from the defaults. It is checked before it is written.
    pub fn write_new(
        path: &Path,
        name: &OrganisationName,
        kind: OrganisationKind,
        settings: &[(&str, toml::Value)],
    ) -> Result<(), ConfigError> {
        let text =
            settings.iter().fold(template(name, kind), |text, (key, value)| template::set(&text, key, value));
        Config::parse(path, &text)?;
        Ok(private_file::write(path, text.as_bytes())?)
    }

    /// What no single value can tell.
    fn check_together(&self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let fail = |key: &str, message: &str| {
            Err(ConfigError::Line {
                path: path.to_owned(),
                line: line_of_key(text, key),
                message: message.to_owned(),
            })
        };
        if self.network.role == Role::Hub && self.network.listen.is_empty() {
            return fail(
                "role",
                "a hub must listen; add listen = [\"/ip4/0.0.0.0/tcp/7421\"] below [network], or \
                 set role = \"site\"",
            );
        }
        if !self.api.allow_remote && !self.api.address.is_loopback() {
            return fail(
                "address",
                "this address can be reached from other machines; use 127.0.0.1, or add \
                 allow_remote = true below [api] if a proxy with TLS guards it",
            );
        }
        self.check_webhooks().or_else(|(key, message)| fail(key, &message))
    }
}

impl Config {
    /// What is wrong with the webhooks, and the key to look at.
    fn check_webhooks(&self) -> Result<(), (&'static str, String)> {
        if self.webhooks.len() > MAX_WEBHOOKS {
            return Err(("url", format!("there are more than {MAX_WEBHOOKS} [[webhooks]]; take some out")));
        }
        let mut urls = BTreeSet::new();
        for hook in &self.webhooks {
            if !urls.insert(hook.url.as_str()) {
                let message = format!(
                    "two [[webhooks]] have the url {}; name all its measures in one",
                    hook.url.as_str()
                );
                return Err(("url", message));
            }
            if hook.measures.as_ref().is_some_and(Vec::is_empty) {
                let message = "no measure is named; name some, or leave `measures` out for all of them";
                return Err(("measures", message.to_owned()));
            }
        }
        Ok(())
    }
}

/// The version comes first: a file of a later format would otherwise be
/// refused for its first unknown key, which helps nobody.
fn check_version(path: &Path, text: &str) -> Result<(), ConfigError> {
    #[derive(Deserialize)]
    struct Head {
        version: Option<i64>,
    }
    let head: Head = toml::from_str(text).map_err(|error| located(path, text, &error))?;
    match head.version {
        Some(version) if version == i64::from(VERSION) => Ok(()),
        Some(found) => Err(ConfigError::Version { path: path.to_owned(), found }),
        None => Err(ConfigError::Line {
            path: path.to_owned(),
            line: 1,
            message: format!("the format version is missing; add version = {VERSION} here"),
        }),
    }
}

fn located(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.as_bytes().get(..start).unwrap_or_default();
    ConfigError::Line {
        path: path.to_owned(),
        line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
        message: error.message().to_owned(),
    }
}

fn line_of_key(text: &str, key: &str) -> usize {
    let sets_key = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(sets_key).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests;
