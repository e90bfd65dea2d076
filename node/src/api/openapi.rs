//! The description of the API, generated from the code.

use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use super::{ApiState, events, feed_events, metrics, routes};
use crate::view::{ChangeView, Problem};

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/v1/openapi.json", get(openapi))
}

/// The OpenAPI description of this API.
pub fn document() -> OpenApi {
    Described::openapi()
}

/// This description.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "status",
    responses((status = 200, body = Object, description = "OpenAPI document")))]
pub(super) async fn openapi() -> Json<OpenApi> {
    Json(document())
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Commons node", description = "The local API of one organisation's node. Hashes, \
        keys and ids are lower-case hexadecimal; times are milliseconds since 1970 as claimed by \
        their author. Operations that need the scope `administrator` are refused for everyone \
        else with the code `administrator-only`."),
    modifiers(&Token, &Problems),
    components(schemas(Problem, ChangeView)),
    paths(
        openapi, metrics::health, metrics::metrics, events::events, feed_events::feed_events,
        routes::status::status, routes::status::check, routes::status::set_network,
        routes::status::shutdown,
        routes::commons::found, routes::commons::invite, routes::commons::join,
        routes::commons::join_state, routes::commons::members, routes::commons::approve,
        routes::commons::charter,
        routes::governance::proposals, routes::governance::propose, routes::governance::endorse,
        routes::governance::go_on, routes::governance::refound, routes::governance::epoch,
        routes::governance::diff,
        routes::people::people, routes::people::add_person, routes::people::revoke_person,
        routes::documents::documents, routes::documents::new_document,
        routes::documents::document, routes::documents::edit_document,
        routes::documents::history, routes::documents::diff,
        routes::documents::restore, routes::documents::attach, routes::export::export,
        routes::readability::readability, routes::forms::forms, routes::forms::form,
        routes::publication::publication, routes::publication::ask_review,
        routes::publication::review, routes::publication::release, routes::publication::retract,
        routes::publication::proof,
        routes::measures::measures, routes::measures::measure, routes::measures::blank,
        routes::series::series, routes::series::plan, routes::series::submit,
        routes::series::held, routes::series::drop_held, routes::series::withdraw, routes::egress::egress,
        routes::feeds::feeds, routes::feeds::feed, routes::feeds::export,
        routes::feeds::snapshot, routes::feeds::verify, routes::charts::chart,
        routes::atom::releases,
        routes::blobs::blobs, routes::blobs::upload, routes::blobs::download,
        routes::erasures::erasures, routes::erasures::erase,
        routes::reissues::reissues, routes::reissues::reissue,
        routes::faults::faults, routes::faults::fault_proof,
        routes::keys::export_keys, routes::keys::rotate_keys, routes::keys::node_keys,
        routes::keys::revoke_key, routes::keys::new_root, routes::keys::end_log,
    )
)]
struct Described;

/// The bearer token.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The operator's token is in `operator.token` of the node's home."))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Every operation may answer with a problem.
struct Problems;

impl Modify for Problems {
    fn modify(&self, openapi: &mut OpenApi) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new()
            .description("A problem, with a stable code")
            .content("application/problem+json", content)
            .build();
        for item in openapi.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                let responses = &mut operation.responses.responses;
                responses.insert("default".to_owned(), RefOr::T(response.clone()));
            }
        }
    }
}
