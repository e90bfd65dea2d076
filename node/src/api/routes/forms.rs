//! Checklists for reviewers.

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::Id;
use crate::forms::{Form, form as find, forms as all, template};
use crate::view::FormView;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/forms", get(forms)).route("/v1/forms/{id}", get(form))
}

/// Checklists that reviewers can fill in.
#[utoipa::path(get, path = "/v1/forms", tag = "publication", security(("token" = [])),
    responses((status = 200, body = [FormView])))]
pub(in crate::api) async fn forms(_: Authenticated) -> Answer<Vec<FormView>> {
    Ok(Json(all().iter().map(|form| view(form)).collect()))
}

/// A checklist.
#[utoipa::path(get, path = "/v1/forms/{id}", tag = "publication",
    params(("id" = String, Path, description = "Id of the form", example = "cdc-cci-1")),
    security(("token" = [])), responses((status = 200, body = FormView)))]
pub(in crate::api) async fn form(_: Authenticated, Id(id): Id) -> Answer<FormView> {
    let form = find(&id).ok_or_else(|| {
        let known: Vec<&str> = all().iter().map(|form| form.id).collect();
        let detail = format!("There is no form {id:?}. There are {}.", known.join(", "));
        ApiProblem::new(StatusCode::NOT_FOUND, "not-found", detail)
    })?;
    Ok(Json(view(form)))
}

fn view(form: &Form) -> FormView {
    FormView {
        id: form.id.to_owned(),
        title: form.title.to_owned(),
        source: form.source.to_owned(),
        items: form.items.len() as u64,
        template: template(form),
    }
}
