//! Values of the configuration that are checked while the file is read, so
//! that an error names the line.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// Bound on one address, in bytes.
const MAX_ADDRESS: usize = 512;
/// Bound on the address of a webhook, in bytes.
const MAX_URL: usize = 2_048;
/// Bound on an organisation's name, in characters.
const MAX_NAME: usize = 200;

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text).map(|()| $name(text))
            }
        }
    };
}

text_value!(
    /// The name of an organisation: 1 to 200 characters on one line.
    OrganisationName,
    |text| {
        let length = text.chars().count();
        if text.trim() != text || length == 0 || length > MAX_NAME {
            return Err(format!(
                "the name of the organisation must have 1 to {MAX_NAME} characters and neither \
                 begin nor end with a space"
            ));
        }
        if text.chars().any(char::is_control) {
            return Err("the name of the organisation must be a single line of text".to_owned());
        }
        Ok(())
    }
);

text_value!(
    /// A multiaddress such as `/ip4/0.0.0.0/tcp/7421`; the network reads the
    /// rest of it.
    Multiaddress,
    |text| {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.starts_with('/') && text.len() <= MAX_ADDRESS && printable {
            return Ok(());
        }
        Err(format!(
            "\"{}\" is not a multiaddress; write it like /ip4/192.0.2.7/tcp/7421 or \
             /dns4/hub.example.org/tcp/7421",
            text.escape_debug()
        ))
    }
);

text_value!(
    /// A host name without port.
    HostName,
    |text| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
        if (1..=253).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(());
        }
        Err(format!(
            "\"{}\" is not a host name; write it like commons.example.org, without port",
            text.escape_debug()
        ))
    }
);

text_value!(
    /// Where a program listens for changes of feeds: `http://host:port/path`.
    WebhookUrl,
    |text| {
        if text.starts_with("https://") {
            return Err("this program posts to http:// addresses only, it has no TLS for webhooks; let a \
                        proxy on this machine (nginx, Caddy, stunnel or the like) listen on 127.0.0.1 and pass \
                        requests on by https://, and write the http:// address of that proxy here"
                .to_owned());
        }
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        let host = text.strip_prefix("http://").and_then(|rest| rest.split(['/', '?']).next());
        let is_named = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
        if printable && text.len() <= MAX_URL && is_named && !text.contains('#') {
            return Ok(());
        }
        Err(format!(
            "\"{}\" is not the address of a webhook; write it like http://127.0.0.1:8080/feeds, without user \
             name and #",
            text.escape_debug()
        ))
    }
);

/// Where the API listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ApiAddress(SocketAddr);

impl ApiAddress {
    /// The address.
    pub fn socket(self) -> SocketAddr {
        self.0
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(self) -> bool {
        self.0.ip().is_loopback()
    }
}

impl Default for ApiAddress {
    fn default() -> Self {
        ApiAddress(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7420))
    }
}

impl TryFrom<String> for ApiAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(ApiAddress).map_err(|_| {
            format!(
                "\"{}\" is not an IP address with a port; write it like 127.0.0.1:7420",
                text.escape_debug()
            )
        })
    }
}

/// How many sites may hang on a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct ExpectedSites(u16);

impl ExpectedSites {
    /// The most that one hub is meant for.
    const MAX: u16 = 1_000;

    /// The number, 1 to 1,000.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for ExpectedSites {
    fn default() -> Self {
        ExpectedSites(64)
    }
}

impl TryFrom<i64> for ExpectedSites {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match u16::try_from(number) {
            Ok(sites) if (1..=Self::MAX).contains(&sites) => Ok(ExpectedSites(sites)),
            _ => Err(format!("expected_sites is {number}; it must lie between 1 and {}", Self::MAX)),
        }
    }
}

/// A number of bytes, written like `2 GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ByteSize(u64);

impl ByteSize {
    /// So many GiB.
    pub const fn gibibytes(number: u32) -> Self {
        ByteSize((number as u64) << 30)
    }

    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl TryFrom<String> for ByteSize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1_u64 << 40)];
        let known = units.iter().find_map(|(unit, bytes)| text.strip_suffix(unit).zip(Some(*bytes)));
        let size = known.and_then(|(number, bytes)| number.trim().parse::<u64>().ok()?.checked_mul(bytes));
        size.map(ByteSize).ok_or_else(|| {
            format!("\"{}\" is not a size; write it like 500 MiB or 2 GiB", text.escape_debug())
        })
    }
}
