//! Whatever comes in: no panic, bounded output, tidy ends.

use browsr_core::markdown::{LinkStyle, Options, convert, main_content};
use proptest::prelude::*;

/// Pieces that pages are made of, right and wrong.
fn markup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<div class='x'>",
        "</div>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<a href='/x y' title='\"'>",
        "</a>",
        "<ul>",
        "</ul>",
        "<li>",
        "<ol start=7>",
        "</ol>",
        "<table>",
        "<tr>",
        "<td rowspan=3>",
        "<th align=right>",
        "</table>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<blockquote>",
        "</blockquote>",
        "<h2>",
        "</h2>",
        "<br>",
        "<hr>",
        "<img src=a alt='*b*'>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mi>",
        "<script>",
        "</script>",
        "<select>",
        "<option>",
        "<template>",
        "</template>",
        "<!--",
        "-->",
        "&amp;",
        "&#8203;",
        "&nbsp;",
        "*",
        "_",
        "`",
        "~~",
        "[",
        "](",
        "|",
        "#",
        "1. ",
        "- ",
        "> ",
        "\\",
        "!",
        "\n",
        " ",
        "word",
        "a.",
        "é",
        "日本",
        "\u{a0}",
        "<",
        "</",
        "\0",
        "\r\n",
        "<dl><dt>",
        "<dd>",
        "<noscript>",
        "</noscript>",
        "<p hidden>",
        "<article>",
        "<nav>",
        "</nav>",
        "<font color=red>",
        "<sup>",
        "<input type=checkbox checked>",
    ]);
    prop::collection::vec(pieces, 0..80).prop_map(|pieces| pieces.concat())
}

fn check(html: &str) {
    for main in [false, true] {
        for links in [LinkStyle::Inline, LinkStyle::Reference] {
            let text = convert(html, &Options::new().with_only_main_content(main).with_links(links)).text;
            assert!(text.is_empty() || text.ends_with('\n') && !text.ends_with("\n\n"), "{text:?}");
            assert!(text.len() <= 60 * (html.len() + 20), "{} bytes from {}", text.len(), html.len());
        }
        main_content(html, &Options::new().with_only_main_content(main));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_converts(html in ".{0,400}") {
        check(&html);
    }

    #[test]
    fn any_markup_converts(html in markup()) {
        check(&html);
    }

    #[test]
    fn plain_text_keeps_its_words(words in prop::collection::vec("[a-z*_#>.!`~-]{1,8}", 1..30)) {
        let html = format!("<p>{}</p>", words.join(" ").replace('&', "&amp;").replace('<', "&lt;"));
        let markdown = convert(&html, &Options::new().with_only_main_content(false)).text;
        let mut rendered = String::new();
        for event in pulldown_cmark::Parser::new_ext(&markdown, super::round_trip::extensions()) {
            if let pulldown_cmark::Event::Text(text) = event {
                rendered.push_str(&text);
            } else if let pulldown_cmark::Event::SoftBreak = event {
                rendered.push(' ');
            }
        }
        prop_assert_eq!(rendered, words.join(" "));
    }
}
