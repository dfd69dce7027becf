//! The program.

use std::io::Write;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use browsr::conformance::Site;

use crate::processes::{Sandbox, signal, stderr, wait, wait_for};
use crate::stdout;

/// Serves the site while blocking code works with it.
pub(crate) fn with_site(work: impl FnOnce(&Site) + Send + 'static) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let site = Arc::new(runtime.block_on(Site::start()).expect("a free port"));
    runtime.block_on(tokio::task::unconstrained(async move {
        tokio::task::spawn_blocking(move || work(&site)).await.expect("no assertion fails");
    }));
}

fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let sandbox = Sandbox::new("convert");
    let mut child = sandbox.browsr(arguments).stdin(Stdio::piped()).spawn().expect("the program");
    child.stdin.take().expect("a pipe").write_all(input).expect("the program reads");
    child.wait_with_output().expect("the program ends")
}

fn convert(arguments: &[&str], input: impl AsRef<[u8]>) -> String {
    let output = with_input(arguments, input.as_ref());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

fn json_lines(output: &Output) -> Vec<serde_json::Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

const PAGE: &str = "<nav><a href=/a>Menu</a></nav><main><h1>Soup</h1><p>Boil <em>water</em>, add salt, and wait until it \
is done, which takes about ten minutes. Then <a href=b>serve</a> it with bread.</p></main>";

#[test]
fn markdown_converts_standard_input() {
    let main = convert(&["markdown", "--url", "http://a.test/x/"], PAGE);
    assert!(main.starts_with("# Soup\n\nBoil *water*"), "{main}");
    assert!(main.contains("[serve](http://a.test/x/b)") && !main.contains("Menu"), "{main}");
    let full = convert(&["markdown", "--full"], PAGE);
    assert!(full.contains("Menu"), "{full}");
    let explained = convert(&["markdown", "--explain"], PAGE);
    assert!(explained.contains("4 characters left out\nelement\t4\tMenu\n"), "{explained}");
}

#[test]
fn markdown_converts_json_lines() {
    let line =
        |id: u32, mode: &str| serde_json::json!({ "id": id, "html": PAGE, "url": "http://a.test/", "mode": mode });
    let input = format!("{}\n{}\n", line(1, "main"), line(2, "full"));
    let output = with_input(&["markdown", "--jsonl"], input.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    let replies = json_lines(&output);
    assert_eq!((&replies[0]["id"], &replies[1]["id"]), (&1.into(), &2.into()));
    assert!(replies[0]["out"].as_str().is_some_and(|text| !text.contains("Menu")));
    assert!(replies[1]["out"].as_str().is_some_and(|text| text.contains("Menu")));
    assert!(replies[0]["us"].is_u64());
}

#[test]
fn markdown_takes_the_options_of_the_library() {
    let page = "<title>T</title><div id=a>one <a href=/x>two</a> <img src=p alt=three></div><div id=b>four</div><div id=c>five</div>";
    assert_eq!(convert(&["markdown", "--include", "#b", "--include", "#c"], page), "four\n\nfive\n");
    let rest = ["markdown", "--full", "--exclude", "#b,#c", "--links", "text", "--images", "alt", "--front-matter"];
    assert_eq!(convert(&rest, page), "---\ntitle: \"T\"\n---\n\none two three\n");
    let output = with_input(&["markdown", "--include", "div["], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("div["), "{}", stderr(&output));
}

#[test]
fn markdown_reads_the_encoding_that_the_page_names() {
    let page = b"<!doctype html><meta charset=\"iso-8859-1\"><h1>Cr\xe8me br\xfbl\xe9e</h1>";
    assert_eq!(convert(&["markdown", "--full"], page), "# Crème brûlée\n");
    let content = b"<meta http-equiv=content-type content='text/html; charset=windows-1251'><p>\xcc\xe8\xf0</p>";
    assert_eq!(convert(&["markdown", "--full"], content), "Мир\n");
    assert_eq!(convert(&["markdown", "--full"], b"\xff\xfe<\0p\0>\0a\0b\0"), "ab\n");
    assert_eq!(convert(&["markdown", "--full"], "\u{feff}<meta charset=iso-8859-1><p>Crème"), "Crème\n");
    assert_eq!(
        convert(&["markdown", "--full"], b"<p>one bad \xff byte, cr\xc3\xa8me br\xc3\xbbl\xc3\xa9e</p>"),
        "one bad \u{fffd} byte, crème brûlée\n"
    );
    assert_eq!(convert(&["markdown", "--full"], b"<p>no name, cr\xe8me</p>"), "no name, crème\n");
}

#[test]
fn markdown_tells_which_json_line_is_wrong_and_goes_on() {
    let lines = [
        &br#"{"id": 1, "html": "<p>one"}"#[..],
        br"{oops",
        br#"{"id": 2, "html": 5}"#,
        br#"{"id": 3}"#,
        br#"{"id": 3, "html": "<p>three"} and more"#,
        b"\xff",
        br#"{"id": 4, "html": "<p>four", "mode": "some"}"#,
        br#"{"id": 5, "html": "<p><a href=b>five</a>", "url": "no url", "mode": "full"}"#,
    ];
    let output = with_input(&["markdown", "--jsonl"], &lines.join(&b'\n'));
    assert_eq!(output.status.code(), Some(1));
    let replies = json_lines(&output);
    assert_eq!(replies.len(), lines.len());
    assert_eq!(replies[0]["out"], "one\n");
    let wrong = [
        (1, "line 2: key must be a string at column 2"),
        (2, "line 3: html: invalid type: integer `5`, expected a string"),
        (3, "line 4: missing field `html`"),
        (4, "line 5: trailing characters at column"),
        (5, "line 6: not UTF-8"),
        (6, "line 7: mode: unknown variant `some`, expected `main` or `full`"),
    ];
    for (at, expected) in wrong {
        let error = replies[at]["error"].as_str().expect("an error");
        assert!(error.starts_with(expected) && replies[at]["id"].is_null(), "{error}");
    }
    assert_eq!(replies[7]["out"], "[five](b)\n");
    assert!(replies[7]["warning"].as_str().is_some_and(|warning| warning.starts_with("url: ")), "{}", replies[7]);
}

#[test]
fn a_signal_ends_a_scrape_and_leaves_nothing() {
    with_site(|site| {
        let sandbox = Sandbox::new("signal");
        let mut child = sandbox.browsr(&["scrape", &site.url("hang")]).spawn().expect("the program");
        // By then it listens to signals.
        wait_for("the directory of the browser", Duration::from_secs(20), || !sandbox.left().is_empty());
        signal(&child, "TERM");
        let status = wait(&mut child, Duration::from_secs(10));
        assert_eq!(status.code(), Some(128 + 15));
        assert!(sandbox.processes().is_empty() && sandbox.left().is_empty(), "{:?}", sandbox.left());
    });
}

#[test]
fn a_browser_that_is_none_leaves_nothing() {
    for program in ["/bin/cat", "/bin/true"] {
        let sandbox = Sandbox::new("no-browser");
        let output =
            sandbox.browsr(&["scrape", "http://127.0.0.1:9/", "--chrome", program]).output().expect("the program");
        assert_eq!(output.status.code(), Some(1));
        assert!(sandbox.processes().is_empty() && sandbox.left().is_empty(), "{program}: {:?}", sandbox.left());
    }
}

#[test]
fn scrape_prints_markdown_and_leaves_nothing() {
    with_site(|site| {
        let sandbox = Sandbox::new("scrape");
        let output = sandbox.browsr(&["scrape", &site.url("article")]).output().expect("the program");
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stdout(&output);
        assert!(text.starts_with("# How bread rises\n"), "{text}");
        assert!(sandbox.processes().is_empty() && sandbox.left().is_empty(), "{:?}", sandbox.left());
    });
}

#[test]
fn scrape_writes_screenshots_and_json() {
    with_site(|site| {
        let sandbox = Sandbox::new("formats");
        let file = sandbox.path().join("page.png");
        let url = site.url("article");
        let arguments = ["scrape", &url, "--format", "json", "--full", "--screenshot", &file.to_string_lossy()];
        let output = sandbox.browsr(&arguments).output().expect("the program");
        assert!(output.status.success(), "{}", stderr(&output));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json["metadata"]["statusCode"], 200);
        assert!(json["markdown"].as_str().is_some_and(|text| text.contains("Imprint")));
        assert!(std::fs::read(&file).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG")));
    });
}

#[test]
fn failures_name_what_is_wrong() {
    let sandbox = Sandbox::new("failures");
    let refused = Site::refused_url().expect("a free port");
    for (arguments, words) in [
        (&["scrape", "http://"][..], "url is no valid URL"),
        (&["scrape", "file:///etc/hostname"][..], "may not be visited"),
        (&["scrape", &refused][..], "ERR_CONNECTION_REFUSED"),
        (&["scrape", "http://a.test/", "--chrome", "/no/such/browser"][..], "/no/such/browser"),
        (&["serve", "--listen", "127.0.0.1:0", "--chrome", "/no/such/browser"][..], "no browser at /no/such/browser"),
        (&["scrape", "http://a.test/", "--format", "pdf"][..], "pdf"),
        (&["nonsense"][..], "nonsense"),
    ] {
        let output = sandbox.browsr(arguments).output().expect("the program");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(sandbox.processes().is_empty() && sandbox.left().is_empty(), "{:?}", sandbox.left());
}

#[test]
fn logs_and_errors_hold_no_secret() {
    with_site(|site| {
        let sandbox = Sandbox::new("secrets");
        let url =
            format!("{}?token=s3cret-query", site.url("status/404").replace("http://", "http://user:s3cret-word@"));
        let output = sandbox.browsr(&["scrape", &url]).env("RUST_LOG", "trace").output().expect("the program");
        assert!(stderr(&output).contains("session closed"), "nothing was logged: {}", stderr(&output));
        assert!(!stderr(&output).contains("s3cret"), "a secret is in the log");
    });
}

#[test]
fn doctor_finds_this_machine_fit() {
    let sandbox = Sandbox::new("doctor");
    let output = sandbox.browsr(&["doctor"]).output().expect("the program");
    let text = stdout(&output);
    assert!(output.status.success(), "{text}{}", stderr(&output));
    for part in ["browser", "sandbox", "fonts", "test page"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn doctor_says_how_to_fix_a_missing_browser() {
    let sandbox = Sandbox::new("doctor-missing");
    let output = sandbox.browsr(&["doctor", "--chrome", "/no/such/browser"]).output().expect("the program");
    assert!(!output.status.success());
    let text = stdout(&output);
    assert!(text.contains("/no/such/browser") && text.contains("fix"), "{text}");
}

#[test]
fn the_login_example_prints_the_page_behind_the_login() {
    with_site(|site| {
        let tests = std::env::current_exe().expect("this program");
        let example = tests.parent().and_then(|deps| deps.parent()).expect("the target folder");
        let output = std::process::Command::new(example.join("examples/login_and_scrape"))
            .arg(site.url(""))
            .output()
            .expect("the example, which `cargo build --examples` builds");
        assert!(stdout(&output).contains("Welcome back, **ada**"), "{}{}", stdout(&output), stderr(&output));
    });
}
