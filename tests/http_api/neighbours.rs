//! What callers with keys of their own share, and what not.

use serde_json::{Value, json};

use crate::{Answer, JSON, KEY, World};

/// The key of another caller.
const OTHER: &str = "bak_test_fedcba9876543210";

/// A server for both keys.
fn world(name: &str, arguments: &[&str]) -> World {
    let keys = format!("{KEY},{OTHER}");
    let arguments = [&["--listen", "127.0.0.1:0"], arguments].concat();
    World::with(name, &arguments, &[("BROWSR_API_KEY", &keys)])
}

impl World {
    fn post_with(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("x-api-key", key), JSON], &body.to_string())
    }

    /// Opens a session on a page with two fields of this key's, and returns its id.
    fn open_with(&self, key: &str) -> String {
        let answer = self.post_with(key, "/sessions", &json!({ "start_url": self.site.url("article") }));
        assert_eq!(answer.status, 200, "{answer:?}");
        let id = answer.text("session_id");
        self.evaluate_with(key, &id, "document.body.innerHTML = '<input id=from><textarea id=to></textarea>'");
        id
    }

    fn run_with(&self, key: &str, id: &str, commands: &Value) -> Value {
        let answer = self.post_with(key, "/commands", &json!({ "session_id": id, "commands": commands }));
        assert_eq!((answer.status, &answer.body["success"]), (200, &json!(true)), "{answer:?}");
        answer.body["results"].clone()
    }

    fn evaluate_with(&self, key: &str, id: &str, expression: &str) -> Value {
        let evaluate = json!([{ "command": "evaluate", "data": { "expression": expression } }]);
        self.run_with(key, id, &evaluate)[0]["data"]["result"]["value"].clone()
    }
}

#[test]
fn what_one_key_copies_another_cannot_paste() {
    let world = world("clipboard", &[]);
    let copies = world.open_with(KEY);
    let commands = json!([
        { "command": "type_text", "data": { "selector": "#from", "text": "a secret" } },
        { "command": "press_key", "data": { "selector": "#from", "key": "Control+a" } },
        { "command": "press_key", "data": { "key": "Control+c" } },
    ]);
    world.run_with(KEY, &copies, &commands);
    let pasted = |key: &str| {
        let id = world.open_with(key);
        let paste = json!([{ "command": "press_key", "data": { "selector": "#to", "key": "Control+v" } }]);
        world.run_with(key, &id, &paste);
        world.evaluate_with(key, &id, "document.querySelector('#to').value")
    };
    // The control: sessions of one key share a browser, and so the clipboard.
    assert_eq!(pasted(KEY), "a secret");
    assert_eq!(pasted(OTHER), "");
}

#[test]
fn there_are_no_more_browsers_than_allowed_and_those_in_use_are_waited_for() {
    let world = world("browsers", &["--max-browsers", "1", "--create-timeout", "8"]);
    let id = world.open_with(KEY);
    let again = world.open_with(KEY);
    let refused = world.post_with(OTHER, "/sessions", &json!({}));
    assert_eq!(refused.error(), (429, "pool_exhausted".to_owned(), None), "{refused:?}");
    assert!(refused.head.contains("retry-after"), "{refused:?}");
    for id in [id, again] {
        assert_eq!(world.delete(&format!("/sessions/{id}")).status, 204);
    }
    // The browser that nobody uses gives way, also to the first key again.
    for key in [OTHER, KEY] {
        let id = world.open_with(key);
        assert_eq!(world.evaluate_with(key, &id, "1 + 1"), 2);
        let deleted = world.send("DELETE", &format!("/sessions/{id}"), &[("x-api-key", key)], "");
        assert_eq!(deleted.status, 204, "{deleted:?}");
    }
}
