//! The commented configuration that a new node starts with.

use super::{OrganisationKind, OrganisationName, VERSION};

/// A whole configuration file for an organisation; everything else has its
/// default, shown as a comment.
pub fn template(name: &OrganisationName, kind: OrganisationKind) -> String {
    // A TOML string literal with everything escaped that needs it.
    let name = toml::Value::String(name.as_str().to_owned());
    let kind = kind.as_str();
    format!(
        r#"# Configuration of a Commons node. Restart the node after a change.
# Lines that begin with # show defaults; remove the # to change them.

version = {VERSION}

[organisation]
# Name as the charter of the commons is to show it.
name = {name}
# site, council, research, advocacy, steward or other
kind = "{kind}"

[api]
# Where the local HTTP API listens. Port 0 takes any free port.
# address = "127.0.0.1:7420"
# Let other machines reach the API. Only behind a proxy with TLS.
# allow_remote = false
# Names under which that proxy passes requests on.
# host_names = ["commons.example.org"]

[network]
# site: dials out. hub: also listens, so that sites find each other there.
# role = "site"
# Where to listen for peers. A node that only dials out listens nowhere.
# listen = ["/ip4/0.0.0.0/tcp/7421"]
# Addresses under which others reach this node; announced to the members.
# public_addresses = ["/dns4/hub.example.org/tcp/7421"]
# How many sites may hang on this hub, 1 to 1000.
# expected_sites = 64

[blobs]
# How much the files that one organisation attached may take on this node.
# quota_per_organisation = "2 GiB"
# How much all attached files together may take.
# total = "20 GiB"

[log]
# text or json. What is logged: environment variable COMMONS_LOG, such as debug.
# format = "text"

# A program to which changes of feeds are posted; such a block for each. The
# secret is a file with mode 600. Without measures it gets all of them.
#[[webhooks]]
#url = "http://127.0.0.1:8080/feeds"
#secret = "webhook.secret"
#measures = ["Clinical remission"]
"#
    )
}

/// Puts `key = value` in the place of the template's commented default.
pub fn set(text: &str, key: &str, value: &toml::Value) -> String {
    let default = format!("# {key} = ");
    let line = |line: &str| match line.starts_with(&default) {
        true => format!("{key} = {value}\n"),
        false => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
