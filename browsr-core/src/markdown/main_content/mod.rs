//! Finds the main content: a choice over one arena, made with masks.
//!
//! Read [`select`] first. `facts` gathers what is known about every node. Two readings of the
//! page compete: `article`, the element whose paragraphs outweigh all others, and `frame`, the
//! page without what surrounds its content. How much of the long text the article covers, and
//! what the page says about itself, decides. `rules` says which elements are left out of either, and
//! what must confirm it; `tidy` does the same for single runs of text.

mod article;
mod facts;
mod frame;
mod labels;
mod lead;
mod names;
mod notes;
mod product;
mod rules;
mod score;
mod tidy;

use self::{
    article::Article,
    facts::{Fact, number, ratio, role},
    frame::Frame,
    rules::Reading,
};
use super::{
    document::{Document, NodeId, ROOT},
    metadata::kind,
    selection::{Reason, Selection},
    tag::{Tag, kind as element},
};

/// A run of text as long as this is more than a label or a teaser.
const LONG: u32 = 80;

/// With less long text than this an article must cover the page in all its text.
const MUCH: u32 = 500;

/// Where the page says that it is an article, an element around the one that was found is taken instead
/// only if it adds this share of its text.
const WORTH_MORE: f32 = 0.6;

/// A page with everything that is known about it before the choice.
#[derive(Debug)]
struct Page<'d, 'a> {
    document: &'d Document<'a>,
    facts: Vec<Fact>,
    /// How many characters of each element could be seen.
    sizes: Vec<u32>,
    /// Where the text begins by its markup: the first `<main>`, `<article>` or `<h1>`.
    title: Option<NodeId>,
    /// See [`kind`].
    kinds: u32,
}

impl Page<'_, '_> {
    fn is(&self, kinds: u32) -> bool {
        self.kinds & kinds != 0
    }

    /// Whether the page says or shows that it is an article: then blocks of links in it are teasers.
    fn is_article(&self) -> bool {
        self.is(kind::ARTICLE | kind::ARTICLE_HINT | kind::ARTICLE_TRACE)
    }

    /// Whether the beginning of the text stands inside of an element.
    fn holds_title(&self, id: NodeId) -> bool {
        self.title.is_some_and(|title| id < title && title < self.document.end(id))
    }

    /// The share of the page's text that an element holds.
    fn share(&self, id: NodeId) -> f32 {
        ratio(self.sizes[id as usize], self.sizes[ROOT as usize])
    }
}

/// Chooses the main content. The number says how sure the choice is, 0 to 1.
pub(super) fn select(document: &Document<'_>, kinds: u32) -> (Selection, f32) {
    let mut facts = facts::gather(document);
    score::mark_prose(document, &mut facts);
    let mut sizes = vec![0; facts.len()];
    facts::sum(document, &facts, |id, totals| {
        sizes[id as usize] = totals.chars;
        false
    });
    let begins = |id: NodeId| match document.tag(id) {
        Tag::Text => false,
        Tag::H1 => true,
        _ => facts[id as usize].is(role::MAIN | role::ARTICLE),
    };
    let title = (ROOT..document.len()).find(|&id| begins(id));
    let page = Page { document, facts, sizes, title, kinds };
    let article = article::find(&page);
    let frame = frame::find(&page, &article);
    let Decision { mut selection, confidence, tidiness } = decide(&page, article, &frame);
    tidy::tidy(&page, &mut selection, tidiness);
    // The notes of shops are terms of sale.
    if !page.is(kind::PRODUCT) {
        notes::keep(document, &mut selection);
    }
    if is_empty(document, &page.facts, &selection) {
        return (Selection::whole(), 0.0);
    }
    give_reasons(document, &frame, &mut selection);
    (selection, confidence)
}

/// Notes why what stands outside of the roots is no part of the text, as far as that is known.
fn give_reasons(document: &Document<'_>, frame: &Frame, selection: &mut Selection) {
    let mut from = ROOT;
    for root in selection.roots.iter().copied().chain([document.len()]) {
        for id in from..root {
            let at = id as usize;
            if selection.dropped[at] == Reason::Kept && document.end(id) <= root {
                let named = frame.dropped[at] == Reason::Kept && frame.muted[at];
                selection.dropped[at] = if named { Reason::Name } else { frame.dropped[at] };
            }
        }
        from = if root < document.len() { document.end(root) } else { root };
    }
}

/// What is taken, and how thoroughly it is tidied.
struct Decision {
    selection: Selection,
    confidence: f32,
    tidiness: tidy::Level,
}

fn decide(page: &Page<'_, '_>, mut article: Article, frame: &Frame) -> Decision {
    if page.is(kind::PRODUCT) && !page.is(kind::ARTICLE) {
        if page.is(kind::LISTING) && article.chars > 0 {
            // A list of products: what is written about them all.
            return Decision { selection: article.selection, confidence: 0.5, tidiness: tidy::Level::All };
        }
        if let Some(selection) = product::find(page, frame) {
            return Decision { selection, confidence: 0.7, tidiness: tidy::Level::Edges };
        }
    }
    let long = frame.long_of_article;
    let long_covered = ratio(long, frame.long);
    let covered = ratio(article.chars, frame.totals.chars);
    // The less the page says that it is an article, the more of it the article must cover.
    let (least_long, least) = if page.is(kind::ARTICLE | kind::ARTICLE_HINT) {
        (0.2, 0.1)
    } else if page.is(kind::ARTICLE_TRACE) {
        (0.5, 0.5)
    } else {
        (0.8, 0.5)
    };
    let links = number(frame.totals.links);
    let mostly_links =
        !page.is(kind::ARTICLE) && links > number(long) * if page.is(kind::ARTICLE_HINT) { 1.5 } else { 1.0 };
    if frame.long * 4 < long && long > MUCH {
        // What surrounds the content by its names surrounds all of it here: the names mislead.
        return Decision { selection: article.selection, confidence: 0.5, tidiness: tidy::Level::All };
    }
    let list = page.is(kind::LISTING) && !page.is(kind::ARTICLE);
    if list || long_covered < least_long || mostly_links || long < MUCH && covered < least {
        let selection = Selection { roots: vec![frame.root], dropped: frame.dropped.clone() };
        let confidence = 0.3 + 0.3 * ratio(frame.long, 2 * MUCH).min(1.0);
        return Decision { selection, confidence, tidiness: tidy::Level::Edges };
    }
    let evidence = if page.is(kind::ARTICLE | kind::ARTICLE_HINT) { 0.05 } else { 0.0 };
    let confidence = (0.5 + 0.45 * long_covered).min(0.95) + evidence;
    if let Some(wider) = widen(page, &article, frame) {
        article.selection =
            Selection { roots: vec![wider], dropped: rules::apply(page, &[wider], &[], Reading::strict(page)) };
    }
    lead::add(page, &mut article, frame);
    Decision { selection: article.selection, confidence, tidiness: tidy::Level::All }
}

/// Finds an element around the article that adds text and little else: the article was only a part of a
/// longer one. Where the page says that it is an article, that must be much text.
fn widen(page: &Page<'_, '_>, article: &Article, frame: &Frame) -> Option<NodeId> {
    let document = page.document;
    let roots = &article.selection.roots;
    let (&first, &last) = (roots.first()?, roots.last()?);
    let around = around(document, first);
    let balance = Balance::measure(page, &frame.aside, places(document, &around, first, last));
    let (mut text, mut clutter) = balance.between(first, document.end(last));
    let is_article = page.is_article();
    let least = if is_article { WORTH_MORE * text.max(200.0) } else { 0.0 };
    let mut best = None;
    for around in around {
        let (more_text, more_clutter) = balance.between(around, document.end(around));
        let gain = (more_text - text) - (more_clutter - clutter);
        if gain > least && (document.end(last) <= document.end(around)) {
            best = Some(around);
            (text, clutter) = (more_text, more_clutter);
        }
    }
    best
}

/// The elements around a node, the root left out, innermost first.
fn around(document: &Document<'_>, id: NodeId) -> Vec<NodeId> {
    let parents = std::iter::successors(Some(document.parent(id)), |&id| Some(document.parent(id)));
    parents.take_while(|&id| id != ROOT).collect()
}

/// Where the stretches that are compared begin and end, in document order.
fn places(document: &Document<'_>, around: &[NodeId], first: NodeId, last: NodeId) -> Vec<NodeId> {
    let mut places = vec![first, document.end(last)];
    places.extend(around.iter().flat_map(|&id| [id, document.end(id)]));
    places.sort_unstable();
    places.dedup();
    places
}

/// Long text and everything else before some places of a page.
struct Balance {
    places: Vec<NodeId>,
    sums: Vec<(f32, f32)>,
}

impl Balance {
    fn measure(page: &Page<'_, '_>, dropped: &[Reason], places: Vec<NodeId>) -> Self {
        let mut sums = Vec::with_capacity(places.len());
        let (mut text, mut clutter) = (0.0, 0.0);
        let article = page.is_article();
        score::runs(
            page.document,
            &page.facts,
            |id| dropped[id as usize] != Reason::Kept,
            |run| {
                while places.get(sums.len()).is_some_and(|&place| place <= run.last) {
                    sums.push((text, clutter));
                }
                let linked = run.links * 2 >= run.chars;
                let prose = page.facts[run.first as usize].is_prose();
                if prose || !linked && (run.fixed || !article && page.document.tag(run.block).is(element::HEADING)) {
                    text += number(run.chars);
                } else if linked || article {
                    clutter += number(run.chars);
                }
            },
        );
        sums.resize(places.len(), (text, clutter));
        Self { places, sums }
    }

    fn between(&self, from: NodeId, to: NodeId) -> (f32, f32) {
        let before = |place| self.places.binary_search(&place).map_or((0.0, 0.0), |at| self.sums[at]);
        let (from, to) = (before(from), before(to));
        (to.0 - from.0, to.1 - from.1)
    }
}

/// Whether one of the roots, which are in document order, lies in the subtree of `id`.
fn holds_root(document: &Document<'_>, roots: &[NodeId], id: NodeId) -> bool {
    roots.get(roots.partition_point(|&root| root < id)).is_some_and(|&root| root < document.end(id))
}

/// Whether a node lies in the subtree of one of the roots, which are in document order.
fn is_inside(document: &Document<'_>, roots: &[NodeId], id: NodeId) -> bool {
    let after = roots.partition_point(|&root| root <= id);
    after > 0 && id < document.end(roots[after - 1])
}

fn is_empty(document: &Document<'_>, facts: &[Fact], selection: &Selection) -> bool {
    selection.roots.iter().all(|&root| !shows_something(document, facts, selection, root))
}

/// Whether there is more than a character, or a picture, in what is kept of an element.
fn shows_something(document: &Document<'_>, facts: &[Fact], selection: &Selection, root: NodeId) -> bool {
    let mut chars = 0;
    let mut at = root;
    while at < document.end(root) {
        let tag = document.tag(at);
        let gone = tag.is(element::UNSEEN) || at != root && selection.drops(at);
        if tag == Tag::Text && !gone {
            chars += facts[at as usize].chars();
        }
        if chars > 1 || tag == Tag::Img && !gone {
            return true;
        }
        at = if gone { document.end(at) } else { at + 1 };
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::markdown::{Options, convert};

    fn main_content(page: &str) -> String {
        convert(page, &Options::new()).text
    }

    #[test]
    fn what_was_never_closed_does_not_take_the_article_along() {
        let banner = "<div><p>We would like to store biscuits on your device, if you do not mind too much.</p></div>";
        let text =
            "<p>A sentence of the article, which is long enough to count as one, and then some more.</p>".repeat(20);
        for open in ["<nav><ul><li>Home</ul>", "<aside>", "<div role=dialog aria-modal=true>", "<footer>"] {
            let page = format!("<body>{banner}{open}<article><h1>Title</h1>{text}</article>");
            assert!(main_content(&page).contains("A sentence of the article"), "{open}");
        }
    }

    #[test]
    fn a_section_goes_with_its_heading_only_if_it_is_links() {
        let text =
            "<p>A sentence of the guide, which is long enough to count as one, and then some more.</p>".repeat(6);
        let page = |inside: &str, after: &str| {
            main_content(&format!("<article><h1>Guide</h1>{text}{inside}{text}{after}</article>"))
        };
        for boxed in [true, false] {
            let section = |heading: &str, body: &str| {
                let plain = format!("<h2>{heading}</h2>{body}");
                if boxed { format!("<section>{plain}</section>") } else { plain }
            };
            let prose = |heading: &str| section(heading, "<p>It says it here, and it says it at length.</p>");
            let links = |heading: &str| section(heading, &format!("<ul><li><a href=/x>More of {heading}</a></ul>"));
            for heading in ["Similar items", "Categories", "Comments", "Log in to your server", "Cookies"] {
                for found in [page(&prose(heading), ""), page("", &prose(heading))] {
                    assert!(found.contains(heading) && found.contains("says it here"), "{heading}: {found}");
                    assert_eq!(found.matches("A sentence of the guide").count(), 12);
                }
            }
            for heading in ["Similar items", "Related articles", "You may also like"] {
                for found in [page(&links(heading), ""), page("", &links(heading))] {
                    assert!(!found.contains(heading), "{heading}: {found}");
                    assert_eq!(found.matches("A sentence of the guide").count(), 12);
                }
            }
            for heading in ["Comments", "See also", "References"] {
                assert!(page(&links(heading), "").contains(&format!("More of {heading}")), "{heading}");
            }
        }
    }

    #[test]
    fn what_a_script_puts_into_its_place_is_text_and_what_is_hidden_is_none() {
        let text =
            "<p>A sentence of the article, which is long enough to count as one, and then some more.</p>".repeat(6);
        let note =
            "<p hidden>Nobody sees this sentence, and so nobody should read it here, however long it may be.</p>";
        let page =
            |id: &str| format!("<body><h1>Title</h1><p>Loading.</p><div hidden id={id}>{text}{note}{text}</div>");
        let streamed = convert(&page("S:0"), &Options::new());
        assert!(streamed.text.contains("A sentence of the article"));
        assert!(!streamed.text.contains("Nobody sees"));
        assert!(streamed.confidence > 0.9, "{}", streamed.confidence);
        let hidden = convert(&page("x"), &Options::new());
        assert!(hidden.confidence < 0.9, "{}", hidden.confidence);
    }

    #[test]
    fn a_button_in_a_heading_stays_if_it_is_the_heading() {
        let text =
            "<p>A sentence of the article, which is long enough to count as one, and then some more.</p>".repeat(6);
        let page =
            |heading: &str| main_content(&format!("<article><h1>Title</h1>{text}<h2>{heading}</h2>{text}</article>"));
        assert!(page("<button>How to install</button>").contains("## How to install\n"));
        assert!(page("How to install <button>Copy link</button>").contains("## How to install\n"));
    }

    #[test]
    fn a_lead_is_long_and_says_something_of_its_own() {
        let text =
            "<p>A sentence of the article, which is long enough to count as one, and then some more.</p>".repeat(20);
        let page = |lead: &str| {
            format!("<body><div><h1>Title</h1>{lead}</div><main><div class=story-content>{text}</div></main>")
        };
        let lead = "It begins with a summary, and the summary goes on for a while, ".repeat(3) + "until it ends.";
        assert!(main_content(&page(&format!("<p>{lead}</p>"))).contains("until it ends."));
        assert!(!main_content(&page(&format!("<p><a href=/other>{lead}</a></p>"))).contains("until it ends."));
        assert!(!main_content(&page(&format!("<nav>{lead}</nav>"))).contains("until it ends."));
        assert!(!main_content(&page(&format!("<div style='display:none'>{lead}</div>"))).contains("until it ends."));
        let with_button = main_content(&page(&format!("<div>{lead}<button>Tell others</button></div>")));
        assert!(with_button.contains("until it ends.") && !with_button.contains("Tell others"), "{with_button}");
    }
}
