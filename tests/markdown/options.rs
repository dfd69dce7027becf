//! What each option changes.

use browsr_core::markdown::{HeadingStyle, ImageStyle, LinkStyle, Options, convert, metadata};
use url::Url;

fn full() -> Options {
    Options::new().with_only_main_content(false)
}

fn text(html: &str, options: &Options) -> String {
    convert(html, options).text
}

fn base(address: &str) -> Url {
    Url::parse(address).expect("the address is written for this test")
}

#[test]
fn links_become_absolute_by_the_address_of_the_page_and_its_base() {
    let options = full().with_base_url(base("https://example.com/a/b.html?q"));
    let page =
        "<a href='../c?x=1&amp;utm_source=y'>1</a> <a href='/d'>2</a> <a href='#e'>3</a> <a href='//o.net/f'>4</a>";
    let expected =
        "[1](https://example.com/c?x=1&utm_source=y) [2](https://example.com/d) [3](#e) [4](https://o.net/f)\n";
    assert_eq!(text(page, &options), expected);
    let with_base = format!("<base href='/other/'><a href='x'>1</a>{page}");
    assert!(text(&with_base, &options).starts_with("[1](https://example.com/other/x)"));
}

#[test]
fn links_can_be_references_or_plain_text() {
    let page = "<p><a href='/a'>one</a>, <a href='/b' title='B'>two</a>, <a href='/a'>three</a>";
    let references = text(page, &full().with_links(LinkStyle::Reference));
    assert_eq!(references, "[one][1], [two][2], [three][1]\n\n[1]: /a\n[2]: /b \"B\"\n");
    assert_eq!(text(page, &full().with_links(LinkStyle::Text)), "one, two, three\n");
}

#[test]
fn images_can_be_described_or_dropped() {
    let page = "<p>see <img src=a.png alt='a cat'> here";
    assert_eq!(text(page, &full()), "see ![a cat](a.png) here\n");
    assert_eq!(text(page, &full().with_images(ImageStyle::Alt)), "see a cat here\n");
    assert_eq!(text(page, &full().with_images(ImageStyle::Drop)), "see here\n");
}

#[test]
fn image_data_is_removed_unless_it_is_wanted() {
    let page = "<p>x <img src='data:image/png;base64,AAAA' alt='dot'> <img src='data:image/png;base64,AAAA' data-src='/b.png' alt=b>";
    assert_eq!(text(page, &full()), "x ![dot]() ![b](/b.png)\n");
    assert!(text(page, &full().with_remove_base64_images(false)).contains("data:image/png;base64,AAAA"));
}

#[test]
fn headings_can_be_underlined() {
    let page = "<h1>One</h1><h2>Two</h2><h3>Three</h3>";
    assert_eq!(text(page, &full().with_heading_style(HeadingStyle::Setext)), "One\n===\n\nTwo\n---\n\n### Three\n");
}

#[test]
fn selectors_choose_and_leave_out() {
    let page = "<div class=a><p>1<p class=no>2</div><div class=b><p>3</div>";
    assert_eq!(text(page, &Options::new().with_include([".a"]).with_exclude([".no"])), "1\n");
    assert_eq!(text(page, &full().with_exclude(["div.a"])), "3\n");
    assert_eq!(text(page, &Options::new().with_include([".nothing"])), "");
    let error = Options::new().with_exclude(["p", "p:hover"]).validate().expect_err("hover is not supported");
    assert_eq!(error.selector, "p:hover");
}

#[test]
fn front_matter_holds_the_metadata() {
    let page = "<html lang=en><title>A \"quoted\" title</title><p>Text";
    let expected = "---\ntitle: \"A \\\"quoted\\\" title\"\nlanguage: \"en\"\n---\n\nText\n";
    assert_eq!(text(page, &full().with_front_matter(true)), expected);
}

#[test]
fn metadata_prefers_what_is_said_most_precisely() {
    let page = r#"<html lang="de"><head><title>Bread | The Oven</title>
        <meta property="og:site_name" content="The Oven"><meta name="description" content="How to bake.">
        <meta property="og:image" content="/loaf.jpg"><link rel="canonical" href="/bread">
        <script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","headline":"Bread &amp; Butter",
        "author":[{"name":"Ada"},{"name":"Ben"}],"datePublished":"2024-05-01"}]}</script></head><body><p>x"#;
    let found = metadata(page, Some(&base("https://oven.example/x")));
    assert_eq!(found.title.as_deref(), Some("Bread & Butter"));
    assert_eq!(found.byline.as_deref(), Some("Ada, Ben"));
    assert_eq!(found.published.as_deref(), Some("2024-05-01"));
    assert_eq!(found.site_name.as_deref(), Some("The Oven"));
    assert_eq!(found.language.as_deref(), Some("de"));
    assert_eq!(found.description.as_deref(), Some("How to bake."));
    assert_eq!(found.canonical.as_deref(), Some("https://oven.example/bread"));
    assert_eq!(found.image.as_deref(), Some("https://oven.example/loaf.jpg"));
    let plain =
        metadata("<title>Bread | The Oven</title><p class=byline>By Ada<time datetime='2024-05-01'>May</time>", None);
    assert_eq!((plain.title.as_deref(), plain.published.as_deref()), (Some("Bread | The Oven"), Some("2024-05-01")));
}

#[test]
fn a_page_without_main_content_is_not_lost() {
    let converted = convert("<nav>Only a <a href=/x>menu</a></nav>", &Options::new());
    assert!(converted.text.contains("menu"));
    assert!(converted.confidence < 0.5, "{}", converted.confidence);
    assert_eq!(convert("", &Options::new()).text, "");
}

#[test]
fn a_byte_order_mark_is_no_text() {
    assert_eq!(text("\u{feff}<h1>Soup</h1>", &full()), "# Soup\n");
    assert_eq!(metadata("\u{feff}<title>Soup</title>", None).title.as_deref(), Some("Soup"));
}
