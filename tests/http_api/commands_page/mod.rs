//! `docs/commands.md`: made of the source and of what the server really answers, and run as a reader would paste it.
//!
//! `BROWSR_UPDATE=1 cargo test --features cli,testing,conformance --test http_api commands_page` writes it anew.

mod examples;
mod source;

use std::fmt::Write as _;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use browsr::command::{AnyCommand, CommandKind, wire::NAMES};
use serde_json::{Value, json};

use crate::World;
use examples::{Example, families};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");
const HOW: &str =
    "write it anew: BROWSR_UPDATE=1 cargo test --features cli,testing,conformance --test http_api commands_page";
const ALIASES: &[(&str, &str)] = &[("type_text", "`type`, `fill`")];

fn is_updating() -> bool {
    std::env::var_os("BROWSR_UPDATE").is_some()
}

fn page() -> String {
    std::fs::read_to_string(FILE).unwrap_or_default()
}

/// The blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    text.split(opening.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// Writes JSON as people do: on one line what fits there.
fn written(value: &Value, indent: usize, width: usize) -> String {
    let items: Vec<(String, &Value)> = match value {
        Value::Array(values) => values.iter().map(|value| (String::new(), value)).collect(),
        Value::Object(object) => in_order(object).map(|(key, value)| (format!("{key:?}: "), value)).collect(),
        other => return other.to_string(),
    };
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    let line: Vec<_> = items.iter().map(|(key, value)| format!("{key}{}", written(value, 0, usize::MAX))).collect();
    let line = format!("{open}{}{close}", line.join(", "));
    if indent + line.len() <= width {
        return line;
    }
    let space = " ".repeat(indent + 2);
    let lines: Vec<_> =
        items.iter().map(|(key, value)| format!("{space}{key}{}", written(value, indent + 2, width))).collect();
    format!("{open}\n{}\n{}{close}", lines.join(",\n"), " ".repeat(indent))
}

/// The members of an object, those of a result in the order of the wire.
fn in_order(object: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    const FIRST: &[&str] = &["success", "command_type", "content_type", "data", "error", "debug"];
    let place = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    let mut members: Vec<_> = object.iter().collect();
    if object.contains_key("command_type") {
        members.sort_by_key(|(key, _)| place(key));
    }
    members.into_iter()
}

/// The command of an example as a line of JSON within single quotes of a shell.
fn in_shell(name: &str, data: &Value) -> String {
    let mut line = format!("{{\"command\": \"{name}\"");
    if !data.is_null() {
        let _ = write!(line, ", \"data\": {}", written(data, 0, usize::MAX));
    }
    line.push('}');
    assert!(!line.contains('\''), "a quote ends the quotes of the shell: {line}");
    line.replace("\"$PAGE\"", "\"'$PAGE'\"")
}

fn command(example: &Example) -> AnyCommand {
    AnyCommand::from_parts(example.name, Some(example.data.clone())).expect("a valid example")
}

fn render(results: &[Value]) -> String {
    let described = source::commands();
    let mut page = include_str!("head.md").replace("{{PAGE}}", include_str!("page.html").trim_end());
    let mut results = results.iter();
    for (family, examples) in families() {
        let _ = write!(page, "\n## {family}\n");
        for example in examples {
            let name = example.name;
            let about = described.get(name).unwrap_or_else(|| panic!("the source does not describe {name}"));
            let kind = if command(&example).kind() == CommandKind::Action { "action" } else { "extraction" };
            let _ = write!(page, "\n### `{name}`\n\n{} Type: {kind}.", about.about);
            if let Some((_, aliases)) = ALIASES.iter().find(|(of, _)| *of == name) {
                let _ = write!(page, " Also understood: {aliases}.");
            }
            page.push_str("\n\n");
            if about.fields.is_empty() {
                page.push_str("No fields.\n");
            } else {
                page.push_str("| field | type | | meaning |\n|---|---|---|---|\n");
            }
            for field in &about.fields {
                let need = if field.required { "required" } else { "optional" };
                let _ = writeln!(page, "| `{}` | {} | {need} | {} |", field.name, field.kind, field.about);
            }
            page.push_str("\n```sh\ncurl -s $BASE/commands -H 'content-type: application/json' -d '{\"session_id\": \"'$ID'\", \"commands\": [\n");
            for before in &example.before {
                let _ = writeln!(page, "  {},", in_shell(before["command"].as_str().expect("a name"), &before["data"]));
            }
            let _ = write!(page, "  {}\n]}}'; echo\n```\n", in_shell(name, &example.data));
            if let Some(result) = results.next() {
                let _ = write!(page, "\n```json\n{}\n```\n", written(result, 0, 110));
            }
        }
    }
    page + include_str!("tail.md")
}

/// Puts fixed words in the place of what differs from run to run, and from browser to browser.
fn normalised(mut value: Value, port: u16) -> Value {
    match &mut value {
        Value::String(text) => {
            *text = text.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:8000");
            if text.starts_with("session-") {
                "session-…".clone_into(text);
            }
            if ["iVBOR", "/9j/"].iter().any(|start| text.starts_with(start)) {
                *text = format!("{}…", text.chars().take(8).collect::<String>());
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| *value = normalised(value.take(), port)),
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                *value = match key.as_str() {
                    "size" if value.is_u64() => json!(12345),
                    // The page shows one of them.
                    "backend" => json!("cdp"),
                    "captured_at" => json!("2026-01-02T03:04:05.678Z"),
                    _ => normalised(value.take(), port),
                };
            }
        }
        _ => {}
    }
    value
}

/// Runs every block as one script, as somebody would who pastes the page, and returns the result that each example shows.
fn run(page: &str, flags: &[&str]) -> Vec<Value> {
    let world = World::with("commands-page", &[&["--listen", "127.0.0.1:0"], flags].concat(), &[]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let mut script = String::from("set -e\n");
    for block in blocks(page, "sh") {
        let _ = write!(script, "{block}\nprintf '\\n@@@\\n'\n");
    }
    let script =
        script.replace("127.0.0.1:8082", &world.address.to_string()).replace("PORT=8000", &format!("PORT={port}"));
    // A group of its own, so that its web server ends with it whatever happens.
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let shell = shell.spawn().expect("bash");
    let group = Group(shell.id());
    let output = shell.wait_with_output().expect("its output");
    drop(group);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    let answers: Vec<_> = out.split("@@@").map(str::trim).filter(|part| part.starts_with('{')).collect();
    assert_eq!(answers.len(), NAMES.len(), "{out}\n{err}");
    let last = |text: &&str| {
        let mut answer: Value = serde_json::from_str(text).expect("JSON");
        let results = answer["results"].as_array_mut().expect("results");
        let last = results.pop().expect("a result");
        assert!(results.iter().all(|result| result["success"] == true), "{text}");
        normalised(last, port)
    };
    answers.iter().map(last).collect()
}

struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["--", &format!("-{}", self.0)]).stderr(Stdio::null()).status();
    }
}

fn on_path(program: &str) -> Option<String> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    let required = std::env::var("BROWSR_TEST_REQUIRE").is_ok_and(|value| value == "1");
    assert!(found.is_some() || !required, "{program} is not on the PATH; `make setup` installs what the tests need");
    found?.to_str().map(ToOwned::to_owned)
}

fn answers_are_as_shown(flags: &[&str]) {
    let shown: Vec<Value> =
        blocks(&page(), "json").into_iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    let found = run(&page(), flags);
    let names = families().into_iter().flat_map(|(_, examples)| examples).map(|example| example.name);
    for ((name, shown), found) in names.zip(&shown).zip(&found) {
        assert_eq!(found, shown, "{name} answers otherwise than docs/commands.md shows; {HOW}");
    }
    assert_eq!(shown.len(), found.len(), "{HOW}");
}

#[test]
fn every_example_runs_as_pasted_and_answers_as_shown() {
    if is_updating() {
        let chrome = on_path("chromium-headless-shell").expect("chromium-headless-shell");
        let results = run(&render(&[]), &["--chrome", &chrome]);
        std::fs::write(FILE, render(&results)).expect("docs/commands.md");
        return;
    }
    if let Some(chrome) = on_path("chromium-headless-shell") {
        answers_are_as_shown(&["--chrome", &chrome]);
    }
}

#[test]
fn a_full_browser_answers_in_the_same_shape() {
    if let Some(chrome) = on_path("chromium").filter(|_| !is_updating()) {
        answers_are_as_shown(&["--chrome", &chrome]);
    }
}

#[test]
fn chrome_by_webdriver_answers_in_the_same_shape() {
    if on_path("chromedriver").is_some() && !is_updating() {
        answers_are_as_shown(&["--backend", "webdriver", "--browser", "chrome"]);
    }
}

#[test]
fn firefox_answers_in_the_same_shape() {
    if on_path("firefox-esr").is_some() && !is_updating() {
        answers_are_as_shown(&["--backend", "webdriver", "--browser", "firefox"]);
    }
}

#[test]
fn the_page_says_what_the_code_says() {
    if is_updating() {
        return;
    }
    let page = page();
    let results: Vec<Value> =
        blocks(&page, "json").into_iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    assert!(render(&results) == page, "docs/commands.md is not what the code says; {HOW}");
}

#[test]
fn every_command_has_one_example() {
    let mut shown: Vec<_> =
        families().into_iter().flat_map(|(_, examples)| examples).map(|example| example.name).collect();
    let mut all = NAMES.to_vec();
    shown.sort_unstable();
    all.sort_unstable();
    assert_eq!(shown, all);
}

/// What the page says of a field is what the wire does with it.
#[test]
fn fields_are_required_or_may_be_null_as_the_page_says() {
    let described = source::commands();
    for example in families().into_iter().flat_map(|(_, examples)| examples) {
        for field in &described[example.name].fields {
            let mut data = example.data.as_object().cloned().unwrap_or_default();
            data.insert(field.name.clone(), Value::Null);
            let parsed = AnyCommand::from_parts(example.name, Some(data.into()));
            assert_eq!(parsed.is_err(), field.required, "{} {}", example.name, field.name);
        }
        let known: Vec<_> = described[example.name].fields.iter().map(|field| field.name.as_str()).collect();
        for key in example.data.as_object().into_iter().flat_map(serde_json::Map::keys) {
            assert!(known.contains(&key.as_str()), "{} has no {key}", example.name);
        }
    }
}

#[cfg(feature = "testing")]
#[test]
fn a_backend_without_a_document_answers_in_the_same_shape_where_none_is_needed() {
    use browsr::{Engine, SessionOptions, fake::FakeBackend};

    let page = page();
    let results = blocks(&page, "json").into_iter().map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let engine = Engine::builder().backend(FakeBackend::new()).build().expect("an engine");
        let session = engine.create_session(SessionOptions::new()).await.expect("a session");
        let mut ran = 0;
        for (mut example, shown) in families().into_iter().flat_map(|(_, examples)| examples).zip(results) {
            if example.data.get("url").is_some() {
                example.data = json!({ "url": "http://a.test/" });
            }
            let command = command(&example);
            if !session.capabilities().contains(command.requires()) {
                continue;
            }
            ran += 1;
            let result = session.batch(&[command]).await.expect("a result");
            let result = serde_json::to_value(&result.results[0]).expect("JSON");
            for key in ["success", "command_type", "content_type"] {
                assert_eq!(result[key], shown[key], "{}", example.name);
            }
            assert_eq!(result["data"].is_array(), shown["data"].is_array(), "{}", example.name);
        }
        assert!(ran >= 7, "{ran}");
    });
}
