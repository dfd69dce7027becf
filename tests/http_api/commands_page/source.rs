//! What the source says of the commands: their documentation and their fields. The source is formatted by `rustfmt`, so
//! that it can be read line by line.

use std::collections::BTreeMap;

macro_rules! sources {
    ($($file:literal),*) => {
        &[$(include_str!(concat!("../../../browsr-core/src/command/", $file, ".rs"))),*]
    };
}

const SOURCES: &[&str] = sources![
    "capture", "element", "extract", "keyboard", "navigate", "overlay", "pointer", "storage", "upload", "wait"
];

/// What the source says of one command.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) about: String,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// Its type, as JSON has it.
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) about: String,
}

/// Reads the commands, by their wire names.
pub(super) fn commands() -> BTreeMap<String, Described> {
    let mut commands = BTreeMap::new();
    for source in SOURCES {
        let source = with_macro(source);
        let mut structs = structs(&source);
        let mut current = None;
        for line in source.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("impl Command for ") {
                current = rest.split_whitespace().next().map(ToOwned::to_owned);
            } else if let Some(name) = line.strip_prefix("const NAME: &'static str = ") {
                let described = current.take().and_then(|kind| structs.remove(&kind)).map(in_json);
                commands.extend(described.map(|described| (name.trim_matches(['"', ';']).to_owned(), described)));
            } else if let Some(rest) = line.strip_prefix("input_command!(") {
                let mut words = rest.split(", ");
                let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let described = structs.remove(kind).map(in_json);
                commands.extend(described.map(|described| (name.trim_matches('"').to_owned(), described)));
            }
        }
    }
    commands
}

/// Writes out what the macro of the storage areas makes.
fn with_macro(source: &str) -> String {
    let Some((before, rest)) = source.split_once("macro_rules! storage_area {") else { return source.to_owned() };
    let (body, rest) = rest.split_once("\n}\n").expect("the end of the macro");
    let mut whole = before.to_owned();
    for call in rest.split("storage_area!(").skip(1) {
        let call = call.split(");").next().unwrap_or_default();
        let words: Vec<_> = call.split([',', ' ', '\n']).filter(|word| !word.is_empty()).collect();
        let mut written = body.to_owned();
        // The longer names first: one is the beginning of another.
        for (parameter, at) in [
            ("$get_name", 3),
            ("$set_name", 5),
            ("$clear_name", 7),
            ("$get", 2),
            ("$set", 4),
            ("$clear", 6),
            ("$area", 0),
            ("$shown", 1),
        ] {
            written = written.replace(parameter, words[at]);
        }
        for line in written.lines() {
            match line.trim().strip_prefix("#[doc = concat!(").and_then(|line| line.strip_suffix(")]")) {
                Some(parts) => {
                    let text: String = parts.split(", ").map(|part| part.trim_matches('"')).collect();
                    whole.extend(["/// ", &text, "\n"]);
                }
                None => whole.extend([line, "\n"]),
            }
        }
    }
    whole + rest
}

/// Reads the structs with their documentation, whose first paragraph is taken.
fn structs(source: &str) -> BTreeMap<String, Described> {
    let mut found = BTreeMap::new();
    let (mut about, mut ended, mut current) = (String::new(), false, None::<(String, Described)>);
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            ended |= text.trim().is_empty();
            if !ended {
                about.push_str(text);
            }
            continue;
        }
        if line.starts_with("#[") {
            continue;
        }
        let said = plain(&std::mem::take(&mut about));
        ended = false;
        if let Some(rest) = line.strip_prefix("pub struct ") {
            let name = rest.split_whitespace().next().unwrap_or_default().to_owned();
            let described = Described { about: said, fields: Vec::new() };
            if rest.ends_with("{}") {
                found.insert(name, described);
            } else {
                current = Some((name, described));
            }
        } else if line == "}" {
            found.extend(current.take());
        } else if let (Some((_, described)), Some((name, kind))) =
            (&mut current, line.strip_prefix("pub ").and_then(|line| line.trim_end_matches(',').split_once(": ")))
        {
            let inner = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>'));
            described.fields.push(Field {
                name: name.to_owned(),
                kind: inner.unwrap_or(kind).to_owned(),
                required: inner.is_none(),
                about: said,
            });
        }
    }
    found
}

fn in_json(mut described: Described) -> Described {
    for field in &mut described.fields {
        field.kind = json_type(&field.kind).to_owned();
    }
    described
}

fn json_type(kind: &str) -> &'static str {
    match kind {
        "String" => "string",
        "bool" => "boolean",
        "f64" => "number",
        "u8" | "u32" | "u64" => "integer",
        "Point" => "`{\"x\": number, \"y\": number}`",
        "Vec<String>" => "array of strings",
        "Vec<StorageItem>" => "array of `{\"key\": string, \"value\": string}`",
        "Vec<Point>" => "array of `{\"x\": number, \"y\": number}`",
        "Vec<UploadedFile>" => "array of `{\"name\": string, \"content_type\"?: string, \"base64\": string}`",
        "ElementState" => "`attached`, `detached`, `visible` or `hidden`",
        "Value" => "any JSON",
        "ContentKind" => "`markdown`, `html` or `json`",
        // So that a new type is not described by chance.
        other => panic!("say what {other} is in JSON"),
    }
}

/// Leaves links to other items out, and keeps those into the web.
fn plain(text: &str) -> String {
    let mut rest = text.trim();
    let mut plain = String::new();
    while let Some(start) = rest.find('[') {
        let Some(end) = rest[start..].find(']').map(|end| start + end) else { break };
        plain.push_str(&rest[..start]);
        let label = &rest[start + 1..end];
        let target = rest[end + 1..].strip_prefix('(').and_then(|target| target.split_once(')'));
        if let Some((target, after)) = target {
            if target.starts_with("http") {
                plain.extend(["[", label, "](", target, ")"]);
            } else {
                plain.push_str(label);
            }
            rest = after;
        } else {
            plain.push_str(label);
            rest = &rest[end + 1..];
        }
    }
    plain + rest
}
