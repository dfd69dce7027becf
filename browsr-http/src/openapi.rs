//! The description of the API, made of the types in [`dto`](crate::dto) and the handlers.

use std::sync::LazyLock;

use bytes::Bytes;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{ApiKey as ApiKeyScheme, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response, SecurityRequirement};
use utoipa::{Modify, OpenApi as _};

use crate::dto::ErrorBody;
use crate::routes::later::LATER;
use crate::routes::{agent, commands, health, later, scrape, sessions};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Browsr", description = "Browser sessions over HTTP: create, command, scrape."),
    paths(
        sessions::create, sessions::list, sessions::show, sessions::close, sessions::provision,
        commands::run, agent::observe, agent::step, agent::cdp, scrape::scrape, health::health, health::openapi, later::relay_sessions,
    ),
    components(schemas(ErrorBody)),
    modifiers(&Common),
)]
struct Description;

/// Returns the description of the API, as `GET /openapi.json` serves it where a key is needed.
pub fn openapi() -> OpenApi {
    Description::openapi()
}

/// The description as JSON, of a server that asks for a key or does not.
pub(crate) fn text(keyed: bool) -> Bytes {
    static KEYED: LazyLock<Bytes> = LazyLock::new(|| json(&openapi()));
    static OPEN: LazyLock<Bytes> = LazyLock::new(|| {
        let mut api = openapi();
        api.security = None;
        json(&api)
    });
    if keyed { KEYED.clone() } else { OPEN.clone() }
}

fn json(api: &OpenApi) -> Bytes {
    serde_json::to_vec(api).unwrap_or_default().into()
}

/// The names that a command may have.
pub(crate) fn command_names() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(browsr_core::command::wire::NAMES.iter().copied().chain(["type", "fill"])))
        .into()
}

/// What is refused with a field that is not known.
const STRICT: &[&str] =
    &["CreateSession", "Viewport", "ScrapeRequest", "ScrapeAction", "Observe", "BrowserStep", "SendCdp"];

/// What holds for every endpoint, said once.
struct Common;

impl Modify for Common {
    fn modify(&self, api: &mut OpenApi) {
        for endpoint in LATER {
            let mut operation = OperationBuilder::new()
                .tag("not built")
                .summary(Some(format!("Not built: {}.", endpoint.2)))
                .response("501", error("it is not built"));
            for name in endpoint.1.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                operation = operation.parameter(
                    ParameterBuilder::new()
                        .name(name)
                        .parameter_in(ParameterIn::Path)
                        .required(Required::True)
                        .schema(Some(ObjectBuilder::new().schema_type(Type::String))),
                );
            }
            api.paths.add_path_operation(endpoint.1, vec![endpoint.0.clone()], operation.build());
        }
        alias(api, "/commands", "/browser/commands");
        alias(api, "/observe", "/browser/observe");
        alias(api, "/v1/scrape", "/scrape");
        for (path, item) in &mut api.paths.paths {
            for (operation, has_body) in operations(item) {
                complete(operation, path == "/health", has_body);
            }
        }
        forbid_unknown(api, STRICT);
        let components = api.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        components.add_security_scheme("bearer", bearer);
        let header = SecurityScheme::ApiKey(ApiKeyScheme::Header(ApiKeyValue::new("x-api-key")));
        components.add_security_scheme("api_key", header);
        let none: [&str; 0] = [];
        api.security = Some(vec![SecurityRequirement::new("bearer", none), SecurityRequirement::new("api_key", none)]);
    }
}

fn alias(api: &mut OpenApi, path: &str, alias: &str) {
    let Some(mut item) = api.paths.paths.get(path).cloned() else { return };
    for (operation, _) in operations(&mut item) {
        operation.operation_id = operation.operation_id.as_ref().map(|id| format!("{id}_alias"));
    }
    api.paths.paths.insert(alias.to_owned(), item);
}

/// The operations of a path, and whether their method carries a body.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&mut Operation, bool)> {
    let with_body = item.post.as_mut().map(|operation| (operation, true));
    let deleting = item.delete.as_mut().map(|operation| (operation, true));
    let without = item.get.as_mut().map(|operation| (operation, false));
    with_body.into_iter().chain(deleting).chain(without)
}

/// Adds the answers that any request may get.
fn complete(operation: &mut Operation, is_health: bool, has_body: bool) {
    let mut common = vec![
        ("400", "the request is not valid; `field` says where"),
        ("403", "`Host` or `Origin` is foreign, or a policy forbids it"),
    ];
    if !is_health {
        common.push(("401", "no valid API key"));
        common.push(("503", "the server is shutting down; try again later"));
    }
    if has_body {
        common.push(("408", "the body came too slowly"));
        common.push(("413", "the body is too large"));
        common.push(("415", "the body is not JSON"));
    }
    for (status, description) in common {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| error(description).into());
    }
}

fn error(description: &str) -> Response {
    let mut response = Response::new(description);
    let schema = RefOr::from(Ref::from_schema_name("ErrorBody"));
    response.content.insert("application/json".to_owned(), Content::new(Some(schema)).into());
    response
}

fn forbid_unknown(api: &mut OpenApi, names: &[&str]) {
    let Some(components) = &mut api.components else { return };
    for name in names {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(*name) {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_described() {
        let text = String::from_utf8(text(true).to_vec()).unwrap();
        for name in browsr_core::command::wire::NAMES {
            assert!(text.contains(&format!("\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn fields_that_are_refused_when_unknown_are_described_so() {
        let api = serde_json::to_value(openapi()).unwrap();
        for name in STRICT {
            assert_eq!(api["components"]["schemas"][name]["additionalProperties"], false, "{name}");
        }
        assert!(api["components"]["schemas"]["CreateSession"]["properties"].get("proxy").is_none());
    }
}
