//! Bodies: read within their limits, checked to be JSON, and turned into what a handler wants.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::config::ServerConfig;
use crate::error::ApiError;

/// How deep JSON may be nested.
const MAX_DEPTH: usize = 64;

/// How many silences of the longest permitted length a body may have in all.
const MAX_SILENCES: u32 = 4;

/// Reads the body, so that handlers get it whole.
pub(crate) async fn collect(config: &ServerConfig, request: Request) -> Result<Request, ApiError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let max = if parts.uri.path().ends_with("/commands") { config.max_commands_body } else { config.max_body };
    let read = tokio::time::timeout(config.body_timeout * MAX_SILENCES, read(config, max, &parts.headers, body));
    let bytes = read.await.unwrap_or_else(|_| Err(too_slow()))?;
    if !bytes.is_empty() {
        check_type(&parts.headers)?;
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

async fn read(config: &ServerConfig, max: usize, headers: &HeaderMap, mut body: Body) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("the body is larger than {max} bytes");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message)
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    loop {
        let Some(frame) = tokio::time::timeout(config.body_timeout, body.frame()).await.map_err(|_| too_slow())? else {
            return Ok(bytes.freeze());
        };
        let frame = frame.map_err(|_| {
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_argument", "the body ended before its time")
        })?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > max {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
    }
}

fn too_slow() -> ApiError {
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body came too slowly")
}

/// Refuses what is not JSON: a web page can send other types across origins without asking.
fn check_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let unsupported = |message: &'static str| {
        Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message))
    };
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return unsupported("the body must not be compressed");
    }
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (kind, more) = (types.next().and_then(|kind| kind.to_str().ok()), types.next());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if more.is_some() || !kind.eq_ignore_ascii_case("application/json") {
        return unsupported("the body must be JSON, with content-type: application/json");
    }
    Ok(())
}

/// Reads a JSON object; nothing at all, and `null`, are an empty one.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    check_depth(body)?;
    let value = serde_json::from_slice(body).map_err(|error| {
        ApiError::new(StatusCode::BAD_REQUEST, "invalid_argument", format!("the body is no valid JSON: {error}"))
    })?;
    match value {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Map::new()),
        other => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_argument",
            format!("the body must be a JSON object, not {}", kind(&other)),
        )),
    }
}

/// What a JSON value is, in words.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Counts how deep the text is nested, without recursion and before anything is built of it.
fn check_depth(json: &[u8]) -> Result<(), ApiError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(ApiError::new(
                        StatusCode::BAD_REQUEST,
                        "invalid_argument",
                        format!("the body is nested more than {MAX_DEPTH} levels deep"),
                    ));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Reads an object whose fields are all known. A field at fault is named.
pub(crate) fn fields<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(Value::Object(object)).map_err(|error| {
        let reason = browsr_core::error::without_value(&error.inner().to_string());
        // Only "unknown field `x`" and "missing field `x`" name their field in the text alone.
        let named = reason.strip_prefix("unknown field `").or_else(|| reason.strip_prefix("missing field `"));
        let named = named.and_then(|rest| rest.split('`').next());
        let path = error.path().to_string();
        let field = match named {
            Some(name) if path == "." => name.to_owned(),
            Some(name) if path != name && !path.ends_with(&format!(".{name}")) => format!("{path}.{name}"),
            _ => path,
        };
        let message = format!("{field}: {reason}");
        ApiError::invalid(field, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_null_are_an_empty_object() {
        for body in ["", " \n", "null", "{}"] {
            assert_eq!(object(body.as_bytes()).unwrap(), Map::new(), "{body:?}");
        }
        for body in ["[]", "1", "\"x\"", "{", "{}x", "\u{feff}{}", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}"] {
            assert!(object(body.as_bytes()).is_err(), "{body:?}");
        }
    }

    #[test]
    fn json_is_nested_at_most_64_deep() {
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(object(nested(64).as_bytes()).is_ok());
        assert!(object(nested(65).as_bytes()).is_err());
        assert!(object("[".repeat(500_000).as_bytes()).is_err());
        let text = format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(100));
        assert!(object(text.as_bytes()).is_ok(), "brackets in text do not count");
    }
}
