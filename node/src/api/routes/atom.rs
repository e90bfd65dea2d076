//! Releases for feed readers.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use commons_protocol::time::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::ApiProblem;
use crate::api::extract::{Parameters, at_most};
use crate::api::routes::feeds::base;
use crate::feeds::atom::{AtomItem, MAX_ITEMS, atom};
use crate::view::ReleasedView;

/// Longest address of a site, in characters.
const MAX_SITE: usize = 300;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/atom/releases", get(releases))
}

/// Where readers find what was released.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct AtomParameters {
    /// Address of a web site: the feed is then at `SITE/releases.atom`, and a
    /// release at `SITE/ID.html`, ID the document's. This API when absent.
    site: Option<String>,
}

/// What was released lately, of documents of all kinds, as an Atom feed.
#[utoipa::path(get, path = "/v1/atom/releases", tag = "publication", params(AtomParameters),
    security(("token" = [])),
    responses((status = 200, body = String, content_type = "application/atom+xml")))]
pub(in crate::api) async fn releases(
    State(api): State<ApiState>,
    _: Authenticated,
    headers: HeaderMap,
    Parameters(AtomParameters { site }): Parameters<AtomParameters>,
) -> Result<impl IntoResponse, ApiProblem> {
    let places = match site {
        Some(site) => Places::site(&site)?,
        None => Places::api(&base(&api, &headers)),
    };
    let commons = api.handle.charter().await?.commons.id;
    let released = api.handle.released_lately(MAX_ITEMS).await?;
    let items: Vec<AtomItem> = released.into_iter().map(|of| places.item(of)).collect();
    let feed = atom(&commons, &places.feed, &items);
    Ok(([(CONTENT_TYPE, "application/atom+xml; charset=utf-8")], feed))
}

/// Where the feed is, and what stands before and after a document's id in the
/// addresses of what it lists.
struct Places {
    feed: String,
    before: String,
    after: &'static str,
}

impl Places {
    fn api(base: &str) -> Self {
        let before = format!("{base}/v1/documents/");
        Self { feed: format!("{base}/v1/atom/releases"), before, after: "?released=true" }
    }

    fn site(site: &str) -> Result<Self, ApiProblem> {
        at_most("site", Some(site), MAX_SITE)?;
        let host = site.strip_prefix("https://").or_else(|| site.strip_prefix("http://")).unwrap_or_default();
        let is_plain = |letter: char| letter.is_ascii_graphic() && !"?#<>\"".contains(letter);
        if host.is_empty() || host.starts_with('/') || !host.chars().all(is_plain) {
            return Err(ApiProblem::invalid(
                "site must be the address of a web site, such as https://example.org/commons.",
            ));
        }
        let site = site.trim_end_matches('/');
        Ok(Self { feed: format!("{site}/releases.atom"), before: format!("{site}/"), after: ".html" })
    }

    fn item(&self, of: ReleasedView) -> AtomItem {
        AtomItem {
            link: format!("{}{}{}", self.before, of.document, self.after),
            id: of.id,
            title: of.title,
            summary: of.summary,
            organisation: of.organisation,
            kind: of.kind,
            released: Timestamp(of.time_ms),
        }
    }
}
