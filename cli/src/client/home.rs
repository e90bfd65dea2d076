//! What the home directory says about its node: where the API listens and
//! which token to use.

use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Longest `api.json` or token file that is read.
const MAX_SMALL_FILE_BYTES: u64 = 16 * 1024;
/// Longest token that is accepted.
const MAX_TOKEN_BYTES: usize = 4096;

/// Why the home gives no way to its node.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is no home directory there.
    #[error(
        "There is no Commons home at {0}. Make one with `commons init --home {0}`, or name the \
         right one with --home or COMMONS_HOME."
    )]
    Missing(String),
    /// The node of this home does not run.
    #[error("No node is running in {0}. Start it with `commons run --home {0}`.")]
    NotRunning(String),
    /// A file of the home can't be read.
    #[error("{path} cannot be read: {source}. Check that it belongs to you.")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of the home holds something else than it should.
    #[error("{path} is damaged: {reason}. Stop the node and start it again: it writes the file anew.")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no token.
    #[error(
        "There is no token in {0}. Give one with --token or COMMONS_TOKEN; an administrator makes \
         one with `commons person add`."
    )]
    NoToken(PathBuf),
    /// The token holds characters that no token has.
    #[error(
        "The token from {0} is not a token: it is empty, too long, or holds spaces or special \
         characters. Copy it again, on one line."
    )]
    BadToken(String),
}

/// Where a node's API listens and how to speak to it.
#[derive(Clone)]
pub struct Endpoint {
    /// `host:port`.
    pub address: String,
    /// Bearer token.
    pub token: String,
    /// Where the token came from, in words.
    pub token_source: String,
    /// The home, for messages.
    pub home: String,
}

#[derive(Deserialize)]
struct ApiFile {
    address: String,
    #[serde(default)]
    pid: u32,
}

impl Endpoint {
    /// Reads `api.json` of `home` and, unless `token` is given, its
    /// `operator.token`.
    pub fn read(home: &Path, token: Option<&str>) -> Result<Self, HomeError> {
        let address = api_address(home)?;
        let (token, token_source) = match token {
            Some(token) => (token.to_owned(), "--token or COMMONS_TOKEN".to_owned()),
            None => operator_token(home)?,
        };
        let token = checked_token(&token, &token_source)?;
        Ok(Self { address: address.to_string(), token, token_source, home: home.display().to_string() })
    }
}

/// The address in `api.json` of `home`.
pub fn api_address(home: &Path) -> Result<SocketAddr, HomeError> {
    let path = home.join("api.json");
    let text = match read_small(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = home.display().to_string();
            return Err(if home.is_dir() { HomeError::NotRunning(name) } else { HomeError::Missing(name) });
        }
        Err(source) => return Err(HomeError::Unreadable { path, source }),
    };
    parse_address(&text).map_err(|reason| HomeError::Damaged { path, reason })
}

/// The address in `api.json` of `home`, if the process `pid` wrote it.
pub fn own_api_address(home: &Path, pid: u32) -> Option<SocketAddr> {
    let text = read_small(&home.join("api.json")).ok()?;
    let file: ApiFile = serde_json::from_str(&text).ok()?;
    (file.pid == pid).then(|| parse_address(&text).ok())?
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let file: ApiFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut address: SocketAddr =
        file.address.parse().map_err(|_| format!("{:?} is not an address with a port", file.address))?;
    // A node that listens everywhere is reached on loopback.
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(address)
}

fn operator_token(home: &Path) -> Result<(String, String), HomeError> {
    let path = home.join("operator.token");
    match read_small(&path) {
        Ok(text) => Ok((text, path.display().to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(HomeError::NoToken(path)),
        Err(source) => Err(HomeError::Unreadable { path, source }),
    }
}

fn checked_token(token: &str, source: &str) -> Result<String, HomeError> {
    let token = token.trim();
    let plain = !token.is_empty()
        && token.len() <= MAX_TOKEN_BYTES
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { Ok(token.to_owned()) } else { Err(HomeError::BadToken(source.to_owned())) }
}

fn read_small(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_SMALL_FILE_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, HomeError, parse_address};
    use std::fs;

    #[test]
    fn unspecified_addresses_become_loopback() {
        let address = parse_address(r#"{"address":"0.0.0.0:80","pid":1}"#).unwrap();
        assert_eq!(address.to_string(), "127.0.0.1:80");
        let address = parse_address(r#"{"address":"[::]:80"}"#).unwrap();
        assert_eq!(address.to_string(), "[::1]:80");
        assert!(parse_address(r#"{"address":"evil.example:80"}"#).is_err());
        assert!(parse_address("{").is_err());
    }

    #[test]
    fn a_home_without_a_node_says_how_to_start_it() {
        let home = tempfile::tempdir().unwrap();
        let error = Endpoint::read(home.path(), None).err().unwrap();
        assert!(matches!(error, HomeError::NotRunning(_)));
        assert!(error.to_string().contains("commons run --home"));
        let error = Endpoint::read(&home.path().join("none"), None).err().unwrap();
        assert!(error.to_string().contains("commons init"));
    }

    #[test]
    fn a_token_with_a_line_break_never_reaches_a_header() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("api.json"), r#"{"address":"127.0.0.1:1"}"#).unwrap();
        let error = Endpoint::read(home.path(), Some("a\r\nX: y")).err().unwrap();
        assert!(matches!(error, HomeError::BadToken(_)));
        let error = Endpoint::read(home.path(), None).err().unwrap();
        assert!(matches!(error, HomeError::NoToken(_)));
        fs::write(home.path().join("operator.token"), "secret\n").unwrap();
        assert_eq!(Endpoint::read(home.path(), None).unwrap().token, "secret");
    }
}
