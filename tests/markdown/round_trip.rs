//! Markdown to HTML by another crate, back by ours, and to HTML again: the same both times.

use browsr_core::markdown::{Options, convert};
use pulldown_cmark::{Options as Extensions, Parser, html};

/// GitHub's extensions that every page may use.
pub(crate) fn extensions() -> Extensions {
    Extensions::ENABLE_TABLES | Extensions::ENABLE_STRIKETHROUGH | Extensions::ENABLE_TASKLISTS
}

fn render(markdown: &str) -> String {
    let mut rendered = String::new();
    html::push_html(&mut rendered, Parser::new_ext(markdown, extensions()));
    rendered
}

/// White space between words counts as one space outside of code.
fn collapsed(html: &str) -> String {
    let mut parts = html.split("<pre>");
    let mut all = parts.next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        let (code, rest) = part.split_once("</pre>").unwrap_or((part, ""));
        let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
        all.extend(["<pre>", code, "</pre>", &rest]);
    }
    all.replace("> <", "><").replace(" <li>", "<li>").replace("<li> ", "<li>").replace(" </li>", "</li>")
}

fn check(markdown: &str) {
    let once = render(markdown);
    let ours = convert(&once, &Options::new().with_only_main_content(false)).text;
    assert_eq!(collapsed(&render(&ours)), collapsed(&once), "\n--- source\n{markdown}\n--- ours\n{ours}");
}

#[test]
fn blocks_survive() {
    for markdown in [
        "# One #\n\nTwo\n---\n\n### Three \\#\n",
        "para\nsame para\n\nnext  \nbroken\\\ntwice\n",
        "> quote\n>\n> > nested\n>\n> - list\n\n> other quote\n",
        "***\n\n- a\n\n***\n\n* ---\n",
        "```rust\nfn main() {}\n\n\n```\n\n~~~\n```\n~~~\n\n    indented\n\n\n    code\n",
        "- a\n  ```\n  b\n\n\n  ```\n- c\n",
        "- a\n  > b\n  ```\n  c\n  ```\n- d\n",
        "text\n\n1. x\n\n   y\n\n2. z\n",
    ] {
        check(markdown);
    }
}

#[test]
fn what_is_empty_survives_only_alone() {
    check("##\n\n#\n");
    check("[](x)\n");
    let full = |html: &str| convert(html, &Options::new().with_only_main_content(false)).text;
    assert_eq!(full("<h2></h2><p>One<h3><a id=x></a></h3>two <a href=/x></a>three"), "One\n\ntwo three\n");
}

#[test]
fn lists_survive() {
    for markdown in [
        "- a\n- b\n  - c\n    1. d\n    2. e\n- f\n",
        "- a\n\n- b\n\n  c\n",
        "- a\n\n* b\n\n+ c\n",
        "1. a\n2. b\n\n1) c\n",
        "0. zero\n1. one\n",
        "17. a\n18. b\n",
        "- - nested\n- 1. x\n",
        "-\n- b\n",
        "- [ ] open\n- [x] done\n- plain [ ] text\n",
        "- \\[ ] not a task\n",
        "- # heading\n- > quote\n",
    ] {
        check(markdown);
    }
}

#[test]
fn emphasis_survives() {
    for markdown in [
        "*a* **b** ***c*** ~~d~~ in*si*de **a**b\n",
        "*a *b* c* **a **b** c** *a **b** c* **a *b* c**\n",
        "*a***b** and *ab*\n",
        "**a `code*` [link](x) *em***\n",
        "\\*not\\* \\_em\\_ snake_case_name 2 * 3 * 4 a_ _b\n",
        "*(a)* \"*b*\", **c**.\n",
    ] {
        check(markdown);
    }
}

#[test]
fn links_and_images_survive() {
    for markdown in [
        "[a](/u \"t\\\"q\") [b](<x y>) [c](a(b)c) [d](<a(b>) [e]()\n",
        "![a \\[b\\]](u \"t\") [![i](s)](l) !\\[no](x) \\![no](y)\n",
        "<https://example.com/a_b*c> <me@example.com>\n",
        "[a\\]b](x) \\[a](x) [*a*](x)y [`c`](x)\n",
        "[not]: a definition\n\n\\[note]: /kept\n",
        "a [link](/x?a=1&copy=2&amp;lt;) b\n",
    ] {
        check(markdown);
    }
}

#[test]
fn code_and_special_characters_survive() {
    for markdown in [
        "`a` `` ` `` ``` `` ``` ` a ` `  ` `\\`\n",
        "\\`no\\` a\\\\b \\<b> &amp;amp; &copy; & a&b; 1 < 2 > 0\n",
        "1\\. no\n\n1986\\. A year. 2) x\n\n\\- no\n\n\\+ no\n\n\\# no\n\n\\> no\n\na  \n\\- no\n\nb  \n\\===\n",
        "~~a~~ \\~b\\~\n",
        "nbsp&nbsp;here &#8203;\n",
    ] {
        check(markdown);
    }
}

#[test]
fn tables_survive() {
    for markdown in [
        "| a | b | c |\n|---|:-:|--:|\n| 1 | `x \\| y` | **z** |\n| \\| | | [l](u) |\n",
        "| only |\n|---|\n",
        "| a | b |\n|---|---|\n| 1 |\n\ntext\n",
    ] {
        check(markdown);
    }
}
