//! Compares the parser with html5ever: the same text in the same order.

use std::{env, fs, path::Path};

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::Value;

use super::{
    builder::parse,
    document::ROOT,
    tag::{Tag, kind},
};

/// The visible text by html5ever, without white space.
fn expected(html: &str) -> String {
    let tree_builder = TreeBuilderOpts { scripting_enabled: true, ..Default::default() };
    let dom = parse_document(RcDom::default(), ParseOpts { tree_builder, ..Default::default() }).one(html);
    let mut text = String::new();
    let mut open: Vec<Handle> = vec![std::rc::Rc::clone(&dom.document)];
    while let Some(node) = open.pop() {
        match &node.data {
            NodeData::Text { contents } => push_words(&mut text, &contents.borrow()),
            NodeData::Element { name, .. } if skipped(&name.local) => continue,
            _ => {}
        }
        open.extend(node.children.borrow().iter().rev().cloned());
    }
    text
}

/// The visible text by our parser, without white space.
fn ours(html: &str) -> String {
    let document = parse(html);
    let mut text = String::new();
    let mut at = ROOT;
    while at < document.len() {
        let node = document.node(at);
        if node.tag == Tag::Text {
            push_words(&mut text, &document.text(at));
        } else if skipped(&document.name(at).to_ascii_lowercase()) {
            at = node.end;
            continue;
        }
        at += 1;
    }
    text
}

fn skipped(name: &str) -> bool {
    Tag::from_name(name).is(kind::RAW) && name != "textarea"
        || matches!(name, "noscript" | "svg" | "template" | "frameset")
}

fn push_words(text: &mut String, words: &str) {
    text.extend(
        words.chars().filter(|character| !character.is_whitespace() && !matches!(character, '\0' | '\u{fffd}')),
    );
}

#[test]
fn text_and_its_order_are_those_of_html5ever() {
    for html in [
        "<p>a<p>b</p>c</p>d",
        "<table>x<tr>y<td>1<td>2<b>z</table>w",
        "<table><tr><td>1</td>a<p>b</p></tr>c</table>d",
        "<b>1<p>2</b>3</p>4",
        "<a href=1>x<a href=2>y</a>z",
        "<ul><li>1<ul><li>2</ul><li>3</ul>",
        "<select><option>1<option>2<p>3</select>4",
        "<svg><title>t</title><desc><p>x</p></desc></svg><p>y",
        "<math><mi>x</mi><annotation-xml encoding='text/html'><p>y</p></annotation-xml></math>z",
        "<template><p>hidden</template>seen",
        "<script><!-- <script> </script> --></script>after",
        "<textarea>\n<b>raw</b> &amp;</textarea>x",
        "a<![CDATA[b]]>c<!-- d --!>e<!>f",
        "<table><td><table>inner<td>x</table>y</table>z",
        "<table><caption>c<p>d<tr><td>e</table>f",
        "<h1>a<h2>b</h3>c",
        "<button>a<button>b</button>c",
        "<dl><dt>a<dd>b<dt>c</dl>d",
        "<form><div></form>a</div>b<form>c</form>",
        "<p><table><tr><td>a</table>b",
        "<ruby>a<rt>b<rp>c</ruby>d",
        "text before <html><head><title>t</title></head><body>x</body></html>y",
    ] {
        assert_eq!(ours(html), expected(html), "{html}");
    }
}

/// Runs over the pages of a folder that is not part of the repository.
#[test]
fn text_is_that_of_html5ever_on_the_development_pages() {
    let Some(folder) = env::var_os("BROWSR_SCORE_DATA") else {
        #[expect(clippy::print_stderr, reason = "a skipped check must not look like a passed one")]
        {
            eprintln!("SKIPPED: BROWSR_SCORE_DATA names no folder with development pages (*.jsonl)");
        }
        return;
    };
    let (mut pages, mut different) = (0, Vec::new());
    for entry in fs::read_dir(Path::new(&folder)).expect("BROWSR_SCORE_DATA is a readable folder").flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(entry.path()).expect("the pages are readable UTF-8").lines() {
            let page: Value = serde_json::from_str(line).expect("every line is a JSON object");
            let html = page["html"].as_str().unwrap_or_default();
            pages += 1;
            if ours(html) != expected(html) {
                different.push(page["id"].to_string());
            }
        }
    }
    assert!(pages > 0, "BROWSR_SCORE_DATA holds no pages");
    assert!(different.len() * 1000 <= pages, "{} of {pages} pages differ: {different:?}", different.len());
}
