//! Throughput of the Markdown engine in bytes of HTML per second, on pages of our own.
//! No browser, no network. Figures are in `benches/README.md`.

#![expect(missing_docs, reason = "criterion's macros make undocumented items")]

use std::{fmt::Write as _, hint::black_box, time::Duration};

use browsr_core::markdown::{Options, convert, main_content, metadata};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Pages by name: the fixtures as they are, and larger ones made from them.
fn pages() -> Vec<(&'static str, String)> {
    let article = include_str!("../tests/markdown/pages/article.html");
    let reference = include_str!("../tests/markdown/pages/reference.html");
    let legacy = include_str!("../tests/markdown/pages/legacy.html");
    let mut menu = String::new();
    for item in 0..400 {
        let _ = writeln!(
            menu,
            "<li class=\"menu-item menu-item-{item}\"><a class=\"link\" href=\"/section/{item}\">\
             <svg viewBox=\"0 0 8 8\"><path d=\"M0 0h8v8z\"/></svg><span>Item {item}</span></a></li>"
        );
    }
    let script =
        format!("<script>{}</script>", "var x = function (a) { return a < 3 ? '<b>' : \"x\"; };\n".repeat(1200));
    let paragraphs = "<p>The lamp, <em>built</em> in 1911, is one of the <a href=\"/last\">last of its kind</a>; it needs care &amp; oil.</p>\n".repeat(60);
    let heavy = article
        .replace("<main>", &format!("{script}<ul id=\"menu\">{menu}</ul><main>"))
        .replace("</article>", &format!("{paragraphs}</article>"));
    vec![
        ("small", article.to_owned()),
        ("reference", reference.to_owned()),
        ("legacy", legacy.to_owned()),
        ("heavy", heavy),
        ("nested", "<div>".repeat(20_000) + "deep"),
        ("table", format!("<table>{}</table>", "<tr><td>a</td><td>b</td></tr>\n".repeat(5_000))),
        ("special", "<p>".to_owned() + &"*_[a](b)` ".repeat(10_000)),
    ]
}

fn markdown(criterion: &mut Criterion) {
    let full = Options::new().with_only_main_content(false);
    let main = Options::new();
    let nothing = Options::new().with_include(["browsr-none"]);
    for (name, html) in pages() {
        let mut group = criterion.benchmark_group(format!("markdown/{name}"));
        group.throughput(Throughput::Bytes(html.len() as u64));
        group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500)).sample_size(20);
        // Nothing is selected, so that only parsing, metadata and one selector remain.
        group.bench_function("parse", |bencher| bencher.iter(|| convert(black_box(&html), &nothing)));
        group.bench_function("metadata", |bencher| bencher.iter(|| metadata(black_box(&html), None)));
        group.bench_function("main_content", |bencher| bencher.iter(|| main_content(black_box(&html), &main)));
        group.bench_function("full", |bencher| bencher.iter(|| convert(black_box(&html), &full)));
        group.bench_function("main", |bencher| bencher.iter(|| convert(black_box(&html), &main)));
        group.finish();
    }
}

criterion_group!(benches, markdown);
criterion_main!(benches);
