//! Speed of our Markdown engine beside published ones, interleaved in one process.
//!
//! `browsr-markdown-peers PATH...` where each path is an HTML file, a folder of them, or a file of
//! JSON lines with a member `html`. Reports the median of nine rounds in megabytes of HTML per
//! second. The process runs on one thread; every converter sees the pages in the same order.
//! html2md can need gigabytes for one page, so it is only shown pages of at most 200 kB whose
//! elements are not nested deeper than a bound.

use std::{env, fs, hint::black_box, path::Path, time::Instant};

use browsr_core::markdown::{Options, convert};
use html5ever::{ParseOpts, parse_document, tendril::TendrilSink};
use markup5ever_rcdom::RcDom;

const ROUNDS: usize = 9;

type Converter = (&'static str, Box<dyn Fn(&str) -> usize>);

fn main() {
    let mut pages = Vec::new();
    for path in env::args().skip(1) {
        collect(Path::new(&path), &mut pages);
    }
    assert!(!pages.is_empty(), "name HTML files, folders of them, or JSON lines");
    let all: usize = pages.iter().map(String::len).sum();
    println!("{} pages, {:.1} MB, median of {ROUNDS} rounds", pages.len(), all as f64 / 1e6);
    report(&pages, &converters());
    let small: Vec<String> = pages.into_iter().filter(|page| is_harmless(page)).collect();
    println!("{} pages that html2md survives", small.len());
    report(&small, &[("browsr full", full()), ("html2md", Box::new(|html: &str| gpl_html2md::parse_html(html).len()))]);
}

fn full() -> Box<dyn Fn(&str) -> usize> {
    let options = Options::new().with_only_main_content(false);
    Box::new(move |html| convert(html, &options).text.len())
}

fn converters() -> Vec<Converter> {
    let main = Options::new();
    let htmd = htmd::HtmlToMarkdown::builder().skip_tags(vec!["script", "style", "head", "noscript"]).build();
    vec![
        ("browsr full", full()),
        ("browsr main", Box::new(move |html| convert(html, &main).text.len())),
        ("mdream", Box::new(|html| mdream::html_to_markdown(html, mdream::HtmlToMarkdownOptions::default()).len())),
        ("htmd", Box::new(move |html| htmd.convert(html).map_or(0, |text| text.len()))),
        ("fast_html2md", Box::new(|html| html2md_fast(html))),
        ("html-to-markdown", Box::new(|html| {
            html_to_markdown_rs::convert(html, None).map_or(0, |page| page.content.map_or(0, |text| text.len()))
        })),
        ("dom_smoothie", Box::new(|html| {
            dom_smoothie::Readability::new(html, None, None).and_then(|mut page| page.parse()).map_or(0, |article| article.content.len())
        })),
        ("floor: memcpy", Box::new(|html| black_box(html.to_owned()).len())),
        ("floor: tl parse", Box::new(|html| {
            tl::parse(html, tl::ParserOptions::default()).map_or(0, |page| page.nodes().len())
        })),
        ("floor: html5ever", Box::new(|html| {
            let page = parse_document(RcDom::default(), ParseOpts::default()).one(html);
            page.document.children.borrow().len()
        })),
    ]
}

fn html2md_fast(html: &str) -> usize {
    fast_rewriter::rewrite_html(html, false).len()
}

fn report(pages: &[String], converters: &[Converter]) {
    let bytes: usize = pages.iter().map(String::len).sum();
    let mut times = vec![Vec::new(); converters.len()];
    let mut written = vec![0; converters.len()];
    for _ in 0..ROUNDS {
        let mut round = vec![0.0; converters.len()];
        written.fill(0);
        for page in pages {
            for (at, (_, run)) in converters.iter().enumerate() {
                let start = Instant::now();
                written[at] += black_box(run(black_box(page)));
                round[at] += start.elapsed().as_secs_f64();
            }
        }
        for (all, one) in times.iter_mut().zip(round) {
            all.push(one);
        }
    }
    for (at, (name, _)) in converters.iter().enumerate() {
        times[at].sort_by(f64::total_cmp);
        let speed = |seconds: f64| bytes as f64 / 1e6 / seconds;
        let (fast, median, slow) = (times[at][0], times[at][ROUNDS / 2], times[at][ROUNDS - 1]);
        println!("{name:<16} {:>7.0} MB/s ({:.0}-{:.0}), output {:.1} MB", speed(median), speed(slow), speed(fast), written[at] as f64 / 1e6);
    }
}

fn is_harmless(page: &str) -> bool {
    page.len() < 200_000 && page.matches("<table").count() < 20 && page.matches("<li").count() < 500
}

fn collect(path: &Path, pages: &mut Vec<String>) {
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            collect(&entry, pages);
        }
        return;
    }
    let Ok(text) = fs::read_to_string(path) else { return };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => pages.push(text),
        Some("jsonl") => {
            for line in text.lines() {
                let page: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
                pages.extend(page["html"].as_str().map(str::to_owned));
            }
        }
        _ => {}
    }
}
