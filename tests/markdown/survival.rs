//! What people wrote stays in the main content: any sentence, at any place of the text, under any name.

use browsr_core::markdown::{Options, Reason, convert};
use proptest::{prelude::*, sample::select};

/// The text around the sentence that is looked for.
const TEXT: &[&str] = &[
    "The weir holds back enough water for two days of dry weather.",
    "A keeper walks the bank every morning and notes the height of the pool.",
    "When the level passes the second mark, the upper gate is raised by one notch.",
    "The lower gate stays shut until the boats in the basin are tied up.",
    "Leaves are raked from the grating before they can freeze to it.",
    "The wheel turns slowly in March, for the meltwater is heavy with silt.",
    "Two men can lift the beam, but four are needed to set it down again.",
    "The ledger lists each repair with the day, the cost and the name of the smith.",
    "Eels climb the stone ramp at night and are counted from the bridge.",
];

/// Ordinary sentences, some of which begin like the labels around texts.
const SENTENCES: &[&str] = &[
    "Share the rope between the two winches before you lift the beam.",
    "Subscribe to the bulletin of the river board to learn about the floods.",
    "Read more than one gauge, because the first one sticks in the cold.",
    "Print the plan of the gates and hang it beside the door.",
    "Comments in the ledger are written with a red pencil.",
    "Related gauges stand at the mill and below the bridge.",
    "Follow us along the bank to the place where the ice broke.",
    "Sign up for the night watch at the keeper's house.",
    "Advertisement boards were forbidden on the dam after the storm.",
    "Recommended only for keepers who have worked through a flood.",
    "Tags of brass are fixed to every chain.",
    "Next to the ramp a ladder leads down to the pool.",
    "Copyright on the old maps ended with the death of the surveyor.",
    "Sponsored races on the pool ended when the dam was raised.",
    "Photo plates of the first dam hang in the hall.",
    "See also the second drawing, which shows the gate from the side.",
    "Help is called with three strokes of the bell.",
    "Teilen Sie die Last auf beide Winden auf.",
    "Lire la jauge deux fois évite la plupart des erreurs.",
    "The pool was emptied twice and filled again within a week.",
];

/// Words that elements around a text are named with, and others that look like them.
const WORDS: &[&str] = &[
    "share",
    "sharing",
    "social",
    "related",
    "recommended",
    "similar",
    "teaser",
    "trending",
    "ad",
    "ads",
    "advert",
    "banner",
    "promo",
    "sponsor",
    "cookie",
    "cookies",
    "consent",
    "gdpr",
    "newsletter",
    "subscribe",
    "signup",
    "paywall",
    "popup",
    "modal",
    "cart",
    "comment",
    "comments",
    "disqus",
    "respond",
    "replies",
    "byline",
    "author",
    "bio",
    "meta",
    "tags",
    "disclaimer",
    "footer",
    "foot",
    "copyright",
    "header",
    "masthead",
    "sidebar",
    "widget",
    "menu",
    "nav",
    "navbar",
    "navigation",
    "breadcrumb",
    "pager",
    "pagination",
    "toc",
    "review",
    "rating",
    "caption",
    "footnote",
    "hidden",
    "media",
    "contact",
    "scroll",
    "extra",
    "remark",
    "legends",
    "tool",
    "overlay",
    "search",
    "shareholders",
    "striptags",
    "metaphysics",
    "adsorption",
    "footpath",
    "commentary",
    "menus",
    "authority",
];

/// What a name is made of beside such a word.
const AFFIXES: &[&str] = &["", "-recipe", "-of-the-day", "_box", " notes", "Format", "2", "s-and-more"];

fn name() -> impl Strategy<Value = String> {
    (select(WORDS), select(AFFIXES), any::<bool>()).prop_map(|(word, affix, first)| {
        if first || affix.is_empty() { format!("{word}{affix}") } else { format!("on-{word}{affix}") }
    })
}

/// A block with the sentence in it. The heading is one that also stands above what surrounds texts.
fn block(kind: usize, name: &str, heading: &str, sentence: &str) -> String {
    let others = ["A sheet of zinc", "Two long bolts", "A pot of tar"];
    match kind {
        0 => format!("<p>{sentence}</p>"),
        1 => format!("<div class='{name}'><p>{sentence}</p></div>"),
        2 => format!("<section id='{name}'><p>{sentence}</p></section>"),
        3 => format!("<div class='{name}'>{sentence}</div>"),
        4 => format!("<ul class='{name}'><li>{}<li>{sentence}<li>{}</ul>", others[0], others[1]),
        5 => format!("<ol><li>{}<li class='{name}'>{sentence}<li>{}</ol>", others[2], others[0]),
        6 => format!("<dl class='{name}'><dt>{heading}<dd>{sentence}<dt>Chain<dd>{}</dl>", others[1]),
        7 => format!("<table class='{name}'><tr><th>Part<th>Use<tr><td>{heading}<td>{sentence}</table>"),
        8 => format!("<section class='{name}'><h2>{heading}</h2><p>{sentence}</p></section>"),
        9 => format!("<h2 id='{name}'>{heading}</h2><p class='{name}'>{sentence}</p>"),
        10 => format!("<blockquote class='{name}'>{sentence}</blockquote>"),
        11 => format!("<div class='admonition {name}'><p>Note</p><p>{sentence}</p></div>"),
        12 => format!("<aside class='{name}'><p>{sentence}</p></aside>"),
        13 => format!("<p><a id='{name}'></a>{sentence}</p>"),
        14 => format!("<figure class='{name}'><img src=a.png alt=a><figcaption>{sentence}</figcaption></figure>"),
        15 => format!("<pre class='{name}'><code class='{name}'>{sentence}</code></pre>"),
        16 => format!("<p>{} <span class='{name}'>{sentence}</span> {}</p>", TEXT[0], TEXT[1]),
        _ => format!("<details class='{name}'><summary>{heading}</summary><p>{sentence}</p></details>"),
    }
}

const KINDS: usize = 18;

/// A page with blocks of text, and this one among them.
fn page(shape: usize, blocks: &[String]) -> String {
    let body = format!("<h1>The keeper of the weir</h1>{}", blocks.concat());
    let text = match shape {
        0 => format!("<main><article class=post>{body}</article></main>"),
        1 => format!("<div class=document><div class=body role=main>{body}</div></div>"),
        2 => format!("<div id=content>{body}</div>"),
        3 => body,
        _ => format!(
            "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\"}}</script><article>{body}</article>"
        ),
    };
    let menu = "<nav><ul><li><a href=/>Home</a><li><a href=/about>About us</a></ul></nav>";
    let share = "<div class=share><a href=https://a.test/>Share it</a></div>";
    let footer = "<footer><p>All rights reserved.</p><a href=/privacy>Privacy</a></footer>";
    format!("<body>{menu}{text}{share}{footer}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sentence_stays_at_any_place_under_any_name(
        sentence in select(SENTENCES),
        name in name(),
        heading in select(vec!["Comments", "Tags", "Share", "Related posts", "Newsletter", "About the author", "Parts"]),
        kind in 0..KINDS,
        shape in 0..5usize,
        at in 0..TEXT.len(),
    ) {
        let mut blocks: Vec<String> = TEXT.iter().map(|text| format!("<p>{text}</p>")).collect();
        blocks.insert(at, block(kind, &name, heading, sentence));
        let html = page(shape, &blocks);
        let found = convert(&html, &Options::new().with_explain(true));
        prop_assert!(found.text.contains(sentence), "{html}\n{}\n{:?}", found.text, found.explain);
        for text in TEXT {
            prop_assert!(found.text.contains(text), "{html}\n{}", found.text);
        }
        prop_assert!(!found.text.contains("About us") && !found.text.contains("Privacy"), "{html}\n{}", found.text);
        prop_assert!(found.explain.iter().all(|one| !one.warning), "{:?}", found.explain);
    }
}

#[test]
fn a_long_text_outside_of_the_main_content_is_a_warning() {
    let text = "<p>The weir holds back enough water for two days, and the keeper notes its height every morning.</p>";
    let other = "<p>This is another text of more than twenty words, which stands in a place of its own behind the \
                 article, and which nothing marks as belonging to the page.</p>";
    let html = format!(
        "<body><script type='application/ld+json'>{{\"@type\":\"NewsArticle\"}}</script>\
         <div><div><article><h1>Weir</h1>{}</article></div></div><div><div>{other}</div></div>",
        text.repeat(12)
    );
    let found = convert(&html, &Options::new().with_explain(true));
    assert!(!found.text.contains("another text"), "{}", found.text);
    let one = found.explain.iter().find(|one| one.text.starts_with("This is another")).expect("it is listed");
    assert!(one.warning && one.reason == Reason::Outside, "{one:?}");
}

#[test]
fn what_applications_show_stays() {
    let text = |body: &str| convert(&format!("<body><h1>Weir</h1>{body}"), &Options::new()).text;
    let grid = text(
        "<div class=ag-root role=treegrid><div class=ag-header role=rowgroup><div role=row>\
         <div class=ag-header-cell role=columnheader>Boat</div></div></div><div role=row>\
         <div role=rowheader class=ag-cell><a href=/a>Anna</a></div><div role=gridcell class=ag-cell>20</div></div></div>",
    );
    assert!(["Boat", "Anna", "20"].iter().all(|word| grid.contains(word)), "{grid}");
    let operation = text(
        "<div class=opblock><div class=opblock-summary><button aria-expanded=false class=opblock-summary-control>\
         <span>POST</span><div><span><a href=#/gate>/gate</a></span><div>Open a gate</div></div></button></div></div>",
    );
    assert!(["POST", "/gate", "Open a gate"].iter().all(|word| operation.contains(word)), "{operation}");
    let editor = text("<section aria-label=Query><textarea></textarea><pre class=line>query { gates }</pre></section>");
    assert!(editor.contains("query { gates }"), "{editor}");
    let broken = text("<div role=alert><h2>The chart is missing</h2><p>There are no values.</p></div>");
    assert!(broken.contains("The chart is missing") && broken.contains("There are no values."), "{broken}");
    let copied = text("<div aria-live=polite>Gate opened</div><p>Gate opened</p>");
    assert_eq!(copied.matches("Gate opened").count(), 1, "{copied}");
    assert!(text("<div aria-live=polite>Gate opened</div>").contains("Gate opened"));
}

#[test]
fn steps_that_come_again_stay_and_a_caption_comes_once() {
    let steps = "<ol><li>Close the lower gate and wait until the pool stands still.\
                 <li>Read the gauge twice and note the lower of the two values.</ol>";
    let caption = "<figure><img src=a.png alt=a><figcaption>The keeper reads the gauge beside the mill in winter.</figcaption></figure>";
    let text: String = TEXT.iter().flat_map(|text| ["<p>", text, "</p>"]).collect();
    let html = format!(
        "<article><h1>Weir</h1>{text}<h2>Wood</h2>{steps}<h2>Steel</h2>{steps}<p>Both gates are painted in May.</p>{caption}{caption}</article>"
    );
    let found = convert(&html, &Options::new()).text;
    assert_eq!(found.matches("Read the gauge twice").count(), 2, "{found}");
    assert_eq!(found.matches("The keeper reads the gauge").count(), 1, "{found}");
}

#[test]
fn tables_of_data_stay_whatever_is_in_their_cells() {
    let around = "<p>The register of the weir lists every boat that was ever moored in the basin.</p>".repeat(8);
    for table in [
        "<table><caption>Boats</caption><tr><td><a href=/a>Anna</a></table>",
        "<table><tr><th>Boat<th>Notes<tr><td><a href=/a>Anna</a><td><a href=/n>note</a></table>",
        "<table class=related><thead><tr><td>Boat<tbody><tr><td><a href=/a>Anna</a></table>",
        "<table><tr><td><a href=/a>Anna</a><td><a href=/x>20</a><tr><td><a href=/b>Berta</a><td><a href=/y>14</a></table>",
    ] {
        for html in [format!("<article>{around}{table}{around}</article>"), format!("<main>{around}{table}</main>")] {
            assert!(convert(&html, &Options::new()).text.contains("[Anna](/a)"), "{html}");
        }
    }
}
