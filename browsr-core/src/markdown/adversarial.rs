//! Hostile pages: the work grows with the page and not faster, and no text is lost.

use super::{Options, builder, convert, work};

/// Ordinary pages take about one step for every two bytes.
const STEPS_PER_BYTE: u64 = 10;

/// What every page ends with, to see that the end is still reached.
const END: &str = "deep text";

/// A page made of `count` pieces.
type Page = (&'static str, fn(usize) -> String);

const PAGES: &[Page] = &[
    ("nested div", |count| "<div>".repeat(count) + END),
    ("nested blockquote", |count| "<blockquote>".repeat(count) + END),
    ("nested list", |count| "<ul><li>".repeat(count) + END),
    ("nested ordered list", |count| "<ol><li>".repeat(count) + END),
    ("nested tables", |count| "<table><tr><td>".repeat(count) + END),
    ("long table", |count| format!("<table>{}</table>{END}", "<tr><td>a</td><td>b</td></tr>".repeat(count))),
    ("wide spans", |count| format!("<table>{}</table>{END}", "<tr><td colspan=1000 rowspan=1000>a<td>b".repeat(count))),
    ("unclosed emphasis", |count| "<p><b><i>text ".repeat(count) + END),
    ("unclosed span", |count| "<span>".repeat(count) + END),
    ("unclosed fonts", |count| {
        (b'A'..=b'Z')
            .flat_map(|name| {
                ["<font face=", char::from(name).to_string().as_str(), ">"].concat().chars().collect::<Vec<_>>()
            })
            .collect::<String>()
            + &"<p>x".repeat(count)
            + END
    }),
    ("links only", |count| "<a>".repeat(count) + END),
    ("links with addresses", |count| "<a href=x>y</a> ".repeat(count) + END),
    ("attributes", |count| format!("<p {}>{END}", "a=b ".repeat(count))),
    ("stray quotes", |count| format!("<p {}>{END}", "= \"".repeat(count * 2))),
    ("brackets", |count| "<".repeat(count) + " " + END),
    ("comment", |count| format!("<!--{}-->{END}", "x-".repeat(count))),
    ("white space", |count| " ".repeat(count) + END),
    ("line feeds", |count| format!("<pre>{}{END}</pre>", "\n".repeat(count))),
    ("line breaks", |count| "x<br>".repeat(count) + END),
    ("references", |count| "&amp;".repeat(count) + END),
    ("ampersands", |count| "&a".repeat(count) + " " + END),
    ("special characters", |count| "*_[a](b)`".repeat(count) + " " + END),
    ("plain text", |count| "word ".repeat(count) + END),
    ("content in tables", |count| format!("<table>{}</table>{END}", "<div>x</div><tr><td>y".repeat(count))),
    ("end tags without start", |count| "<x-a>".repeat(400) + &"</y>".repeat(count) + END),
    ("blocks in a button", |count| {
        "<p><button>".to_owned() + &"<span>".repeat(450) + &"<div></div>".repeat(count) + "</button>" + END
    }),
    ("nested bylines", |count| "<div class=byline>".repeat(400) + &"word ".repeat(count) + END),
    ("headings", |count| "<h2>x</h2>".repeat(count) + END),
    ("scripts in comments", |count| "<script><!--<script>".repeat(count) + "--></script></script>" + END),
    ("nested emphasis", |count| "<em><b>".repeat(200) + &"x ".repeat(count) + END),
    ("short emphasis", |count| "<b>a</b>".repeat(count) + END),
    ("sections", |count| "<section>one, two, three and a few more words. ".repeat(count) + END),
    ("footnotes", |count| "<sup><a href=#x>1</a></sup>".repeat(count) + &"<li id=x>y".repeat(count) + END),
    ("nested marks of footnotes", |count| "<sup><a href=#x>".repeat(200) + &"<i></i>".repeat(count) + END),
    ("definitions", |count| format!("<dl>{}</dl>{END}", "<dt>x<dd>y".repeat(count))),
];

#[test]
fn work_is_linear_and_no_text_is_lost() {
    for (name, page) in PAGES {
        for main in [false, true] {
            let options = Options::new().with_only_main_content(main);
            let run = |count| {
                let html = page(count);
                let (markdown, steps) = work::count(|| convert(&html, &options));
                assert!(
                    steps <= STEPS_PER_BYTE * (html.len() as u64 + 1000),
                    "{name}: {steps} steps for {} bytes",
                    html.len()
                );
                assert!(
                    markdown.text.len() <= 40 * (html.len() + 100),
                    "{name}: output of {} bytes",
                    markdown.text.len()
                );
                assert!(main || markdown.text.contains(END) || *name == "scripts in comments", "{name}: text was lost");
                steps
            };
            let (some, twice) = (run(3000), run(6000));
            assert!(twice <= some * 5 / 2 + 1000, "{name}: {some} steps became {twice} on twice the page");
        }
    }
}

/// Steps for each element, text or tag of a page: what a page costs is in its pieces, not in its bytes.
fn steps_per_piece(html: &str, main: bool) -> u64 {
    let pieces = builder::parse(html).nodes.len().max(html.matches('<').count()) as u64;
    let (_, steps) = work::count(|| convert(html, &Options::new().with_only_main_content(main)));
    steps / (pieces + 100)
}

#[test]
fn a_piece_of_a_hostile_page_costs_no_more_than_one_of_an_article() {
    let paragraph = "<p>A <em>plain</em> sentence, and <a href=/x>a link</a>, in a paragraph of some length.</p>";
    let menu = "<ul class=menu><li><a href=/a>One</a><li><a href=/b>Two</a></ul>";
    let article = format!("<nav>{menu}</nav><article><h1>Title</h1>{}</article>", paragraph.repeat(300));
    for main in [false, true] {
        let ordinary = steps_per_piece(&article, main);
        for (name, page) in PAGES {
            let hostile = steps_per_piece(&page(1000), main);
            // A few questions look around a piece, never further than a set number of nodes.
            assert!(hostile <= 2 * ordinary + 60, "{name}: {hostile} steps a piece, {ordinary} in an article");
        }
    }
}

#[test]
fn a_page_that_is_cut_anywhere_is_still_read() {
    let page = "<!DOCTYPE html><html><head><title>T &amp; U</title><script>if (a < b) {}</script></head>\
                <body class='x'><table><tr><td colspan=2>é</td></tr></table><!-- c --><p>a &copy; b<svg><path d=''/></svg>\
                <ul><li><a href=\"/x?a=1&amp;b=2\" title='t'>l</a></ul><pre>\n x</pre><![CDATA[y]]></body></html>";
    for (end, _) in page.char_indices() {
        for main in [false, true] {
            convert(&page[..end], &Options::new().with_only_main_content(main));
            convert(&page[end..], &Options::new().with_only_main_content(main));
        }
    }
}
