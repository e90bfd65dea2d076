//! The routes, by area.

use axum::Router;

use super::ApiState;

pub(super) mod atom;
pub(super) mod blobs;
pub(super) mod charts;
pub(super) mod commons;
pub(super) mod documents;
pub(super) mod egress;
pub(super) mod erasures;
pub(super) mod export;
pub(super) mod faults;
pub(super) mod feeds;
pub(super) mod forms;
pub(super) mod governance;
pub(super) mod keys;
pub(super) mod measures;
pub(super) mod people;
pub(super) mod publication;
pub(super) mod readability;
pub(super) mod reissues;
pub(super) mod series;
pub(super) mod status;

pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .merge(status::router())
        .merge(commons::router())
        .merge(governance::router())
        .merge(people::router())
        .merge(documents::router())
        .merge(forms::router())
        .merge(export::router())
        .merge(readability::router())
        .merge(publication::router())
        .merge(measures::router())
        .merge(series::router())
        .merge(egress::router())
        .merge(feeds::router())
        .merge(charts::router())
        .merge(atom::router())
        .merge(blobs::router())
        .merge(erasures::router())
        .merge(reissues::router())
        .merge(faults::router())
        .merge(keys::router())
}
