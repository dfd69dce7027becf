//! The probes: files of `probes/`, one for each family.
//!
//! A probe begins with a line `//: name` and ends where the next begins. After the name come, in any order: a path where
//! it is not `/page`, `each=a,b,c` for a probe that is run for each with `EACH` as a constant and the word in the name,
//! `fresh` for a session of its own, `chromium` for one that full Chromium runs whatever the table says, `not=firefox` for
//! one that Firefox has no answer to, `engine` for one of which the engine alone decides the answer: sessions by WebDriver
//! run it in `make parity` only. Lines before the first probe are shared by all of the file.

use std::path::Path;
use std::sync::LazyLock;

use crate::subjects::Kind;

/// One probe.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    /// `family::name`.
    pub(crate) name: String,
    path: String,
    body: String,
    /// Whether it wants a session of its own.
    pub(crate) fresh: bool,
    /// Whether full Chromium runs it though it answers as headless-shell does.
    pub(crate) chromium: bool,
    /// Whether Firefox is left out.
    not_firefox: bool,
    /// Whether the engine alone decides the answer, whoever drives it.
    pub(crate) engine: bool,
}

/// Read when the probes are, so that to change it needs no new build.
static PRELUDE: LazyLock<String> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/prelude.js");
    std::fs::read_to_string(file).expect("the prelude")
});
/// How long a probe may take in the page, in milliseconds.
const LIMIT: u32 = 8000;

impl Probe {
    /// Whether a browser is asked.
    pub(crate) fn is_for(&self, kind: Kind) -> bool {
        !(self.not_firefox && kind == Kind::Firefox)
    }

    /// The path to visit, with `Q` for a word of this run.
    pub(crate) fn path(&self, word: &str) -> String {
        self.path.replace("?Q", &format!("?{word}"))
    }

    /// The expression to evaluate on that page.
    pub(crate) fn expression(&self, here: &str, far: &str, word: &str) -> String {
        Self::source(&self.body, here, far, word)
    }

    /// Makes the body of an asynchronous function an expression that comes to a text.
    pub(crate) fn source(body: &str, here: &str, far: &str, word: &str) -> String {
        let prelude = &*PRELUDE;
        format!(
            "(async () => {{ const HERE = {here:?}, FAR = {far:?}, Q = {word:?};\n{prelude}\n\
             try {{ return String(await Promise.race([(async () => {{\n{body}\n}})(), pause({LIMIT}, 'never ended')])) }}\n\
             catch (error) {{ return 'threw ' + (error && error.name) + ': ' + (error && error.message) }} }})()"
        )
    }
}

/// Reads every probe, family by family.
pub(crate) fn all() -> Vec<Probe> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/probes");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("probes").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let mut probes = Vec::new();
    for file in files {
        let family = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let text = std::fs::read_to_string(&file).expect("a file of probes");
        probes.extend(parse(&family, &text));
    }
    let mut names: Vec<_> = probes.iter().map(|probe| probe.name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert!(twice.is_none(), "two probes have one name: {twice:?}");
    probes
}

fn parse(family: &str, text: &str) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut blocks = text.split("//: ");
    let shared = blocks.next().unwrap_or_default();
    for block in blocks {
        let (head, body) = block.split_once('\n').unwrap_or((block, ""));
        let mut words = head.split_whitespace();
        let name = words.next().unwrap_or_default();
        let mut probe = Probe {
            name: format!("{family}::{name}"),
            path: "/page".to_owned(),
            body: format!("{shared}{}", body.trim_end()),
            fresh: false,
            chromium: false,
            not_firefox: false,
            engine: false,
        };
        let mut each = None;
        for word in words {
            match word {
                "fresh" => probe.fresh = true,
                "chromium" => probe.chromium = true,
                "not=firefox" => probe.not_firefox = true,
                "engine" => probe.engine = true,
                path if path.starts_with('/') => path.clone_into(&mut probe.path),
                other => {
                    let words = other.strip_prefix("each=");
                    each = Some(words.unwrap_or_else(|| panic!("{family}: {other:?} in {head:?}")));
                }
            }
        }
        match each {
            None => probes.push(probe),
            Some(each) => probes.extend(each.split(',').map(|word| Probe {
                name: format!("{}_{}", probe.name, word.replace(['-', '/', '.'], "_")),
                body: format!("const EACH = {word:?};\n{}", probe.body),
                ..probe.clone()
            })),
        }
    }
    probes
}
