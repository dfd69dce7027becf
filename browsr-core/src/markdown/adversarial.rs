//! Hostile pages: the work grows with the page and not faster, stays near that of an ordinary page
//! of the same size, and no text is lost.

use super::{Options, builder, convert, document::Node, work};

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
    ("nested lists of lists", |count| "<ul><li><ul><li>x".repeat(count) + END),
    ("line breaks only", |count| "<br>".repeat(count) + END),
    ("paragraphs", |count| "<p>x".repeat(count) + END),
    ("ids before a heading", |count| {
        format!("<div {}><h2>{}</h2>", "id=a-menu ".repeat(count), "<i></i>".repeat(count)) + END
    }),
    ("code in a box", |count| format!("<div {}>", "a=b ".repeat(count)) + &"<pre>x y z</pre>".repeat(count) + END),
    ("buttons", |count| format!("<div {}>", "a=b ".repeat(count)) + &"<button>x y z".repeat(count) + END),
    ("leads", |count| {
        let lead = format!("<p>{}end.", "some words of it ".repeat(9));
        let text = format!("<p>{}end.", "some words, more, ".repeat(9));
        format!("<div><h1>Title</h1>{}</div><main>{}</main>", lead.repeat(count / 20), text.repeat(count / 10)) + END
    }),
    ("labels beside blocks", |count| {
        format!(
            "<article>{}",
            "<div>Share this<p>Words of a text, and more of it, until it is one of some length.</p></div>"
                .repeat(count / 10)
        ) + END
    }),
    ("notes without marks", |count| {
        "<p>x<sup><a href=#n0>1</a></sup>".to_owned()
            + &"<section class=footnotes><ol><li id=n0>note</ol></section>".repeat(count / 10)
            + END
    }),
    ("reopened emphasis", |count| "<p><b>x".repeat(count) + END),
    ("items", |count| format!("<ul>{}</ul>{END}", "<li>x</li>".repeat(count))),
    ("items never closed", |count| "<li>x".repeat(count) + END),
    ("one long row", |count| format!("<table><tr>{}</table>{END}", "<td>1".repeat(count))),
    ("empty rows", |count| format!("<table>{}</table>{END}", "<tr><td>".repeat(count))),
    ("rules", |count| "<hr>".repeat(count) + END),
    ("pictures", |count| "<img>".repeat(count) + END),
    ("fields", |count| "<input>".repeat(count) + END),
    ("choices", |count| format!("<select>{}</select>{END}", "<option>a".repeat(count))),
    ("empty elements", |count| "<div></div><span></span><p></p>".repeat(count) + END),
    ("named and empty", |count| "<a id=x></a>".repeat(count) + END),
    ("unknown elements", |count| "<x>y</x>".repeat(count) + END),
    ("code spans", |count| "<code>a</code>".repeat(count) + END),
    ("drawings", |count| format!("<svg>{}</svg>{END}", "<g>".repeat(count))),
    ("metadata", |count| "<meta>".repeat(count) + END),
    ("scripts", |count| "<script></script>".repeat(count) + END),
    ("end tags only", |count| "</p></div></y>".repeat(count) + END),
    ("unclosed emphasis around words", |count| "<p><b><i>text text text text text text text ".repeat(count) + END),
    ("short paragraphs", |count| "<div>aaaaaaa,".repeat(count) + END),
    ("short rows", |count| format!("<table>{}</table>{END}", "<tr><td>aaaaaaaaaaaaaaaaaa".repeat(count))),
    ("definitions", |count| format!("<dl>{}</dl>{END}", "<dt>x<dd>y".repeat(count))),
    ("rows in items", |count| "<li>a<tr></li></table><li>b</li>".repeat(count) + END),
    ("emphasis side by side", |count| "<b>some words</b><i>more words</i>".repeat(count / 10) + END),
    ("emphasis that cannot be", |count| "a<b>(some words)</b>b<i>-more words-</i>".repeat(count / 10) + END),
    ("numbers beside code", |count| "<div>1<br>2</div><pre>some\nlines</pre>".repeat(count / 10) + END),
    ("numbers in code", |count| format!("<pre>{}</pre>", "<i>1</i> words\n<b>2</b> words\n".repeat(count / 10)) + END),
    ("nested formulas", |count| "<span class=katex>".repeat(400) + &"some words<i></i>".repeat(count / 10) + END),
    ("places of late content", |count| {
        "<p>".to_owned()
            + &"<!--$?--><template id='B:0'></template>words<!--/$--><div id='S:0'>words</div>".repeat(count / 20)
            + "<script>$RC(\"B:0\",\"S:0\")</script>"
            + END
    }),
    ("cells in items", |count| "<li>a<td>b</li><dd>".repeat(count) + END),
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
                    markdown.text.len() <= 40 * (html.len() + 100),
                    "{name}: output of {} bytes",
                    markdown.text.len()
                );
                assert!(main || markdown.text.contains(END) || *name == "scripts in comments", "{name}: text was lost");
                steps
            };
            let (some, twice) = (run(30_000), run(60_000));
            assert!(twice <= some * 5 / 2 + 1000, "{name}: {some} steps became {twice} on twice the page");
        }
    }
}

/// A plain article: paragraphs with a link and a word in emphasis.
fn article() -> String {
    let paragraph = "<p>A <em>plain</em> sentence, and <a href=/x>a link</a>, in a paragraph of some length.</p>";
    let menu = "<ul class=menu><li><a href=/a>One</a><li><a href=/b>Two</a></ul>";
    format!("<nav>{menu}</nav><article><h1>Title</h1>{}</article>", paragraph.repeat(3000))
}

/// Steps for every thousand bytes of a page.
fn steps_per_kilobyte(html: &str, main: bool) -> u64 {
    let (_, steps) = work::count(|| convert(html, &Options::new().with_only_main_content(main)));
    steps * 1000 / html.len() as u64
}

#[test]
fn a_byte_of_a_hostile_page_costs_at_most_thirty_times_one_of_an_article() {
    for main in [false, true] {
        let ordinary = steps_per_kilobyte(&article(), main);
        for (name, page) in PAGES {
            let hostile = steps_per_kilobyte(&page(60_000), main);
            assert!(hostile <= 30 * ordinary, "{name}: {hostile} steps a kilobyte, {ordinary} in an article");
        }
    }
}

#[test]
fn the_tree_of_a_hostile_page_takes_at_most_fifteen_times_that_of_an_article() {
    let per_byte = |html: &str| builder::parse(html).nodes.capacity() * size_of::<Node>() / (html.len() / 1000);
    let ordinary = per_byte(&article());
    for (name, page) in PAGES {
        let hostile = per_byte(&page(60_000));
        assert!(hostile <= 15 * ordinary, "{name}: {hostile} bytes a kilobyte, {ordinary} in an article");
    }
}

#[test]
fn a_form_that_ends_twice_is_closed_once() {
    let page = "<form><b><p><span></b></form></span></form>";
    assert_eq!(convert(&(page.to_owned() + END), &Options::new()).text.trim(), END);
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
