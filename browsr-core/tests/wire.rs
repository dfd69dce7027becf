//! The JSON form of commands: what goes out comes back in, and nothing that comes in makes it panic.

use browsr_core::command::wire::{AnyCommand, NAMES};
use browsr_core::scrape::ScrapeRequest;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Data with every field that any command has, of the right type, each there or not.
fn data() -> impl Strategy<Value = Map<String, Value>> {
    let text = "\\PC{0,12}";
    let fields = vec![
        ("selector", text.prop_map(Value::from).boxed()),
        ("url", text.prop_map(Value::from).boxed()),
        ("text", text.prop_map(Value::from).boxed()),
        ("key", text.prop_map(Value::from).boxed()),
        ("expression", text.prop_map(Value::from).boxed()),
        ("attribute", text.prop_map(Value::from).boxed()),
        ("query", text.prop_map(Value::from).boxed()),
        ("name", text.prop_map(Value::from).boxed()),
        ("value", text.prop_map(Value::from).boxed()),
        ("cookies", text.prop_map(Value::from).boxed()),
        ("domain", text.prop_map(Value::from).boxed()),
        ("enabled", any::<bool>().prop_map(Value::from).boxed()),
        ("clear", any::<bool>().prop_map(Value::from).boxed()),
        ("full_page", any::<bool>().prop_map(Value::from).boxed()),
        ("visible_only", any::<bool>().prop_map(Value::from).boxed()),
        ("x", (-1e6..1e6f64).prop_map(Value::from).boxed()),
        ("y", (-1e6..1e6f64).prop_map(Value::from).boxed()),
        ("timeout_ms", any::<u64>().prop_map(Value::from).boxed()),
        ("click_count", any::<u8>().prop_map(Value::from).boxed()),
        ("modifiers", any::<u32>().prop_map(Value::from).boxed()),
        ("quality", any::<u8>().prop_map(Value::from).boxed()),
        ("from", Just(json!({ "x": 1.5, "y": 2 })).boxed()),
        ("to", Just(json!({ "x": -1, "y": 0.25 })).boxed()),
        ("values", prop::collection::vec(text, 0..3).prop_map(Value::from).boxed()),
        ("items", Just(json!([{ "key": "a", "value": "" }])).boxed()),
        ("kind", prop_oneof![Just(json!("html")), Just(json!("json")), Just(json!("markdown"))].boxed()),
        ("schema", Just(json!({ "type": "object" })).boxed()),
        ("unknown", any::<i64>().prop_map(Value::from).boxed()),
    ];
    let parts: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            prop_oneof![6 => value, 1 => Just(Value::Null)].prop_map(move |value| (name.to_owned(), value))
        })
        .collect();
    (parts, prop::collection::vec(prop::bool::weighted(0.9), 28)).prop_map(|(parts, there)| {
        parts.into_iter().zip(there).filter(|(_, there)| *there).map(|(part, _)| part).collect()
    })
}

/// Any JSON at all, a few levels deep.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,10}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_command_survives_the_wire(name in prop::sample::select(NAMES), data in data()) {
        if let Ok(command) = AnyCommand::from_parts(name, Some(Value::Object(data))) {
            let text = serde_json::to_string(&command).unwrap();
            let back: AnyCommand = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back, command);
        }
    }

    #[test]
    fn nulls_change_nothing(name in prop::sample::select(NAMES), data in data()) {
        let without: Map<_, _> = data.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
        let with = AnyCommand::from_parts(name, Some(Value::Object(data)));
        let without = AnyCommand::from_parts(name, Some(Value::Object(without)));
        prop_assert_eq!(with.ok(), without.ok());
    }

    #[test]
    fn whatever_comes_in_is_read_or_refused_by_field(name in prop_oneof![
        prop::sample::select(NAMES).prop_map(ToOwned::to_owned), "[a-z_]{0,20}".prop_map(|name| name)
    ], data in anything()) {
        if let Err(error) = AnyCommand::from_parts(&name, Some(data)) {
            prop_assert!(error.field().is_some_and(|field| field == "command" || field.starts_with("data")), "{error:?}");
        }
    }

    #[test]
    fn whatever_is_to_be_scraped_is_read_or_refused_by_field(data in anything(), url in "\\PC{0,20}") {
        let mut object = data.as_object().cloned().unwrap_or_default();
        object.insert("url".into(), url.into());
        if let Err(error) = ScrapeRequest::from_json(object) {
            prop_assert!(error.field().is_some(), "{error:?}");
        }
    }
}

#[test]
fn every_command_is_read_from_its_name_and_all_fields() {
    let all = json!({
        "enabled": true, "url": "a.test", "selector": "a", "x": 1, "y": 2, "text": "t", "key": "a", "values": [],
        "from": {"x": 0, "y": 0}, "to": {"x": 0, "y": 0}, "attribute": "href", "query": "q", "expression": "1",
        "name": "n", "value": "v", "cookies": "a=1", "domain": "d", "items": [], "ms": 1
    });
    for name in NAMES {
        let command = AnyCommand::from_parts(name, Some(all.clone())).unwrap();
        assert_eq!(command.name(), *name);
        assert_eq!(serde_json::to_value(&command).unwrap()["command"], *name);
    }
}
