use crate::{Api, request};

#[tokio::test]
async fn the_description_names_every_endpoint_that_answers() {
    let api = Api::new();
    let description = api.get("/openapi.json").await;
    assert_eq!(description.status, 200);
    assert!(description.body["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, item) in description.body["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let path = path
                .replace("{session_id}", "session-x")
                .replace("{provision_id}", "prov-x")
                .replace("{profile_id}", "x");
            let answer = api.send(request(&method.to_uppercase(), &path, &[], "")).await;
            let status = answer.status.as_u16().to_string();
            assert!(
                operation["responses"].get(&status).is_some(),
                "{method} {path} answers {status}, which is not described"
            );
            assert_ne!(answer.body["code"], "not_found", "{method} {path}");
        }
    }
    assert_eq!(operations, 25);
}

#[tokio::test]
async fn what_is_not_built_says_so() {
    let api = Api::new();
    for (method, path) in [
        ("GET", "/stream/sse"),
        ("POST", "/v1/crawl"),
        ("POST", "/v1/search"),
        ("POST", "/search"),
        ("GET", "/profiles"),
        ("POST", "/profiles"),
        ("GET", "/profiles/x"),
        ("DELETE", "/profiles/x"),
        ("POST", "/sessions/x/profile"),
        ("POST", "/shells"),
        ("GET", "/shells/pool/status"),
        ("DELETE", "/shells/x"),
        ("POST", "/shell/exec"),
        ("GET", "/relay/sessions/x/events"),
        ("DELETE", "/relay/sessions/x/events"),
    ] {
        let answer = api.send(request(method, path, &[], "")).await;
        assert_eq!(answer.error(), (501, "unsupported", None), "{method} {path}");
    }
    assert_eq!(api.get("/relay/sessions").await.body, serde_json::json!({ "sessions": [] }));
}

#[tokio::test]
async fn unknown_routes_and_methods_answer_in_the_same_form() {
    let api = Api::new();
    assert_eq!(api.get("/nowhere").await.error(), (404, "not_found", None));
    for (method, path) in
        [("PUT", "/sessions"), ("GET", "/commands"), ("OPTIONS", "/sessions"), ("POST", "/health"), ("GET", "/observe")]
    {
        let answer = api.send(request(method, path, &[], "")).await;
        assert_eq!(answer.error(), (405, "method_not_allowed", None), "{method} {path}");
        assert!(answer.headers.contains_key("allow"), "{method} {path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn no_answer_is_kept_or_told_elsewhere() {
    let api = Api::new();
    for answer in [api.post("/sessions", &serde_json::json!({})).await, api.get("/nowhere").await] {
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}
