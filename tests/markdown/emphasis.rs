//! Nests of inline elements: the text is the same when the Markdown is rendered, with the same emphasis or less.

use browsr_core::markdown::{Options, convert};
use proptest::prelude::*;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::round_trip::extensions;

/// How a character is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Look {
    strong: bool,
    emphasis: bool,
    struck: bool,
}

/// An inline element or text.
#[derive(Clone, Debug)]
enum Inline {
    Text(&'static str),
    Element(&'static str, Vec<Self>),
}

/// Start tag, end tag.
const ELEMENTS: &[(&str, &str)] = &[
    ("<b>", "</b>"),
    ("<strong>", "</strong>"),
    ("<i>", "</i>"),
    ("<em>", "</em>"),
    ("<del>", "</del>"),
    ("<span style='font-weight: 700'>", "</span>"),
    ("<span style='font-weight: normal'>", "</span>"),
    ("<b style='font-weight:normal'>", "</b>"),
    ("<span style='font-style:italic;color:red'>", "</span>"),
    ("<span>", "</span>"),
    ("<a href=/x>", "</a>"),
    ("<sup>", "</sup>"),
];

const TEXTS: &[&str] = &[
    "word",
    "a",
    "two words",
    " ",
    " ",
    "x ",
    " y",
    ".",
    ", ",
    "!",
    "(",
    ")",
    "\"q\"",
    "日本",
    "。",
    "（",
    "🎉",
    "…",
    "\u{a0}",
    "*",
    "_",
    "~",
    "**",
    "1. ",
    "- ",
    "# ",
    "é",
    "’",
    "<br>",
    "<code>c</code>",
    "[",
    "]",
    "!",
    "<img src=/i alt=i>",
    "\\",
];

fn inline() -> impl Strategy<Value = Vec<Inline>> {
    let text = prop::sample::select(TEXTS).prop_map(Inline::Text);
    let tree = text.prop_recursive(4, 24, 5, |inner| {
        let names: Vec<&str> = ELEMENTS.iter().map(|&(start, _)| start).collect();
        (prop::sample::select(names), prop::collection::vec(inner, 0..5))
            .prop_map(|(name, content)| Inline::Element(name, content))
    });
    prop::collection::vec(tree, 1..7)
}

/// Writes a nest as HTML, and every character with its look. A link in a link would end the outer one.
fn write(nest: &[Inline], look: Look, in_link: bool, html: &mut String, shown: &mut Vec<(char, Look)>) {
    for part in nest {
        match part {
            Inline::Text(text) => {
                html.push_str(text);
                let text = match *text {
                    "<br>" => " ",
                    "<code>c</code>" => "c",
                    "<img src=/i alt=i>" => "i",
                    other => other,
                };
                shown.extend(text.chars().map(|character| (character, look)));
            }
            Inline::Element(start, content) => {
                if in_link && start.starts_with("<a") {
                    write(content, look, true, html, shown);
                    continue;
                }
                let mut inside = look;
                match *start {
                    start if start.contains("normal") => inside.strong = false,
                    "<b>" | "<strong>" => inside.strong = true,
                    "<i>" | "<em>" => inside.emphasis = true,
                    "<del>" => inside.struck = true,
                    start if start.contains("700") => inside.strong = true,
                    start if start.contains("italic") => inside.emphasis = true,
                    _ => {}
                }
                let end = ELEMENTS.iter().find(|(other, _)| other == start).map_or("", |&(_, end)| end);
                html.push_str(start);
                write(content, inside, in_link || start.starts_with("<a"), html, shown);
                html.push_str(end);
            }
        }
    }
}

/// The characters that a renderer shows, with their looks; white space is left out.
fn rendered(markdown: &str) -> Vec<(char, Look)> {
    let (mut shown, mut depth) = (Vec::new(), [0u32; 3]);
    for event in Parser::new_ext(markdown, extensions()) {
        match event {
            Event::Start(Tag::Strong) => depth[0] += 1,
            Event::End(TagEnd::Strong) => depth[0] -= 1,
            Event::Start(Tag::Emphasis) => depth[1] += 1,
            Event::End(TagEnd::Emphasis) => depth[1] -= 1,
            Event::Start(Tag::Strikethrough) => depth[2] += 1,
            Event::End(TagEnd::Strikethrough) => depth[2] -= 1,
            Event::Text(text) | Event::Code(text) => {
                let look = Look { strong: depth[0] > 0, emphasis: depth[1] > 0, struck: depth[2] > 0 };
                shown.extend(text.chars().map(|character| (character, look)));
            }
            _ => {}
        }
    }
    shown.retain(|(character, _)| !character.is_whitespace());
    shown
}

fn markdown(html: &str) -> String {
    convert(html, &Options::new().with_only_main_content(false)).text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_nest_keeps_its_text_and_gains_no_emphasis(nest in inline(), block in 0..3usize) {
        let (mut html, mut shown) = (String::new(), Vec::new());
        write(&nest, Look::default(), false, &mut html, &mut shown);
        shown.retain(|(character, _)| !character.is_whitespace());
        let (start, end) = [("<p>", "</p>"), ("<ul><li>", "</ul>"), ("<table><tr><th>h<tr><td>", "</table>")][block];
        let markdown = markdown(&format!("{start}{html}{end}"));
        let mut found = rendered(&markdown);
        if block == 2 {
            found.remove(0);
        }
        let text = |shown: &[(char, Look)]| shown.iter().map(|&(character, _)| character).collect::<String>();
        prop_assert_eq!(text(&found), text(&shown), "\n{}\n{}", html, markdown);
        for (&(character, found), &(_, meant)) in found.iter().zip(&shown) {
            let gained = found.strong && !meant.strong || found.emphasis && !meant.emphasis || found.struck && !meant.struck;
            prop_assert!(!gained, "{}: {:?} is shown as {:?}\n{}\n{}", character, meant, found, html, markdown);
        }
    }

    #[test]
    fn emphasis_of_whole_words_is_kept(
        words in prop::collection::vec((prop::sample::select(vec!["one", "two", "日本", "x."]), 0..8usize), 1..9),
    ) {
        let (mut html, mut shown) = (String::new(), Vec::new());
        for (word, look) in words {
            let look = Look { strong: look & 1 > 0, emphasis: look & 2 > 0, struck: look & 4 > 0 };
            let tags = [(look.emphasis, "i"), (look.struck, "s"), (look.strong, "b")];
            let tags: Vec<&str> = tags.iter().filter(|(on, _)| *on).map(|&(_, tag)| tag).collect();
            html.extend(tags.iter().flat_map(|tag| ["<", tag, ">"]));
            html.push_str(word);
            html.extend(tags.iter().rev().flat_map(|tag| ["</", tag, ">"]));
            html.push(' ');
            shown.extend(word.chars().map(|character| (character, look)));
        }
        let markdown = markdown(&format!("<p>{html}</p>"));
        prop_assert_eq!(rendered(&markdown), shown, "\n{}\n{}", html, markdown);
    }
}
