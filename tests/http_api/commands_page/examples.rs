//! One example of each command, in the order of the page. `$PAGE` stands for its URL.

use serde_json::{Value, json};

/// An example: the command, its data, and the commands that have to come before it.
pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) data: Value,
    pub(super) before: Vec<Value>,
}

fn example(name: &'static str, data: Value) -> Example {
    Example { name, data, before: Vec::new() }
}

fn after(before: Value, name: &'static str, data: Value) -> Example {
    Example { before: vec![before], ..example(name, data) }
}

/// The families, with their examples.
pub(super) fn families() -> Vec<(&'static str, Vec<Example>)> {
    let here = || json!({ "selector": "#buy" });
    vec![
        (
            "Overlays",
            vec![
                example("toggle_click_overlay", json!({ "enabled": true })),
                example("toggle_bounding_boxes", json!({ "enabled": true, "selector": "button, a", "limit": 20 })),
            ],
        ),
        (
            "Going and waiting",
            vec![
                example("navigate_to", json!({ "url": "$PAGE" })),
                example("refresh", Value::Null),
                after(
                    json!({ "command": "click", "data": { "selector": "#more" } }),
                    "wait_for_navigation",
                    json!({ "timeout_ms": 10000 }),
                ),
                example("wait_for_element", json!({ "selector": "#buy", "state": "visible" })),
                example("wait_for_function", json!({ "expression": "document.images.length === 0" })),
                example("wait", json!({ "ms": 100 })),
            ],
        ),
        (
            "Acting",
            vec![
                example("click", here()),
                example("click_at", json!({ "x": 100, "y": 80 })),
                example(
                    "click_advanced",
                    json!({ "selector": "#buy", "button": "left", "click_count": 2, "modifiers": 8 }),
                ),
                example("clear", json!({ "selector": "#name" })),
                example("type_text", json!({ "selector": "#name", "text": "Grace", "clear": true })),
                example("press_key", json!({ "selector": "#name", "key": "End" })),
                example("hover", here()),
                example("focus", json!({ "selector": "#name" })),
                example("check", json!({ "selector": "#gift" })),
                example("uncheck", json!({ "selector": "#gift" })),
                example("select_option", json!({ "selector": "#size", "values": ["l"] })),
                example(
                    "upload_file",
                    json!({
                        "selector": "#receipt",
                        "files": [{ "name": "note.txt", "content_type": "text/plain", "base64": "aGVsbG8=" }],
                    }),
                ),
                example("drag", json!({ "from": { "x": 100, "y": 200 }, "to": { "x": 100, "y": 230 } })),
                example("drag_to", json!({ "selector": "#card", "target_selector": "#basket" })),
                example("scroll_to", json!({ "y": 1000 })),
                example("scroll_into_view", json!({ "selector": "#end" })),
                example("scroll", json!({ "dy": -300 })),
                after(
                    json!({ "command": "scroll_to", "data": { "x": 0, "y": 0 } }),
                    "move_mouse_to",
                    json!({ "x": 300, "y": 300, "steps": 10 }),
                ),
                example("mouse_down", Value::Null),
                example("mouse_up", Value::Null),
            ],
        ),
        (
            "Reading",
            vec![
                example("get_title", Value::Null),
                example("get_content", json!({ "selector": "#heading", "kind": "html" })),
                example("get_text", json!({ "selector": "#status" })),
                example("get_attribute", json!({ "selector": "#more", "attribute": "href" })),
                example("get_basic_info", json!({ "selector": "#more" })),
                example("inspect_element", here()),
                example("extract_structured_content", json!({ "query": "the name of the shop" })),
            ],
        ),
        (
            "JavaScript",
            vec![
                example("evaluate", json!({ "expression": "document.querySelectorAll(\"input\").length" })),
                example("evaluate_on_element", json!({ "selector": "#name", "expression": "el.value" })),
            ],
        ),
        (
            "Boxes and pictures",
            vec![
                example("get_bounding_boxes", json!({ "selector": "button", "limit": 10, "include_html": true })),
                example("get_element_bounding_box", here()),
                example("screenshot", json!({ "full_page": true, "format": "jpeg", "quality": 80 })),
                example("element_screenshot", here()),
            ],
        ),
        (
            "Cookies and storage",
            vec![
                example("set_cookie", json!({ "name": "theme", "value": "dark", "path": "/", "same_site": "Lax" })),
                example("set_cookies", json!({ "cookies": "a=1; b=2", "domain": "127.0.0.1" })),
                example("delete_cookie", json!({ "name": "b" })),
                example("get_cookies", Value::Null),
                example("set_local_storage", json!({ "items": [{ "key": "cart", "value": "3" }] })),
                example("get_local_storage", Value::Null),
                example("set_session_storage", json!({ "items": [{ "key": "step", "value": "2" }] })),
                example("get_session_storage", Value::Null),
                example("capture_state", Value::Null),
                example("clear_local_storage", Value::Null),
                example("clear_session_storage", Value::Null),
            ],
        ),
    ]
}
