//! What single elements become, one kind a test.

use browsr_core::markdown::{Options, convert};

fn full(html: &str) -> String {
    let base = url::Url::parse("https://example.com/guide/").expect("the address is written for this test");
    convert(html, &Options::new().with_only_main_content(false).with_base_url(base)).text
}

#[test]
fn line_numbers_are_no_code() {
    let plain = "```\nopen\n  shut\n```\n";
    for numbered in [
        "<pre><i>1</i>open\n<i>2</i>  shut\n</pre>",
        "<pre><b>7</b> open\n<b>8</b>   shut</pre>",
        "<pre><code><em>1\n</em><em>2\n</em></code><code>open\n  shut\n</code></pre>",
        "<pre><table><tr><td>1<td>open<tr><td>2<td>  shut</table></pre>",
        "<pre><table><tr><td><pre>1\n2\n</pre><td><pre>open\n  shut\n</pre></table></pre>",
        "<table><tr><td><pre>1\n2</pre><td><pre>open\n  shut</pre></table>",
        "<table><tr><td>1<td><pre>open</pre><tr><td>2<td><pre>  shut</pre></table>",
        "<table><tr><td data-line-number=1><td>open<tr><td data-line-number=2><td>  shut</table>",
        "<div>1<br>2</div><pre>open\n  shut</pre>",
        "<ol><li>1<li>2</ol><pre>open\n  shut</pre>",
        "<pre><span class=gutter>14 18</span><br>open\n  shut</pre>",
    ] {
        assert_eq!(full(numbered), plain, "{numbered}");
    }
}

#[test]
fn numbers_that_are_code_or_data_stay() {
    assert_eq!(full("<pre><code class='line-numbers'>x = 1</code></pre>"), "```\nx = 1\n```\n");
    assert_eq!(full("<pre class=gutter><i>1\n2\n3</i></pre>"), "```\n1\n2\n3\n```\n");
    assert_eq!(full("<pre>count\n<i>1</i>\n<i>2</i></pre>"), "```\ncount\n1\n2\n```\n");
    assert_eq!(full("<pre><i class=hljs-number>1</i> a\n<i class=hljs-number>2</i> b</pre>"), "```\n1 a\n2 b\n```\n");
    let table = "<table><tr><td>1<td>Oak<tr><td>2<td>Elm</table>";
    assert_eq!(full(table), "| 1 | Oak |\n| --- | --- |\n| 2 | Elm |\n");
}

#[test]
fn code_has_its_language_and_nothing_of_what_stands_around_it() {
    let hexo =
        "<figure class='highlight ruby'><table><tr><td><pre>1\n2</pre><td><pre>puts\nexit</pre></table></figure>";
    assert_eq!(full(hexo), "```ruby\nputs\nexit\n```\n");
    assert_eq!(full("<pre lang=toml>a = 1<button>Copy</button></pre>"), "```toml\na = 1\n```\n");
    let drawing = "<pre><svg><style>.n{fill:red}</style><script>draw()</script><text>Node</text></svg></pre>";
    assert_eq!(full(drawing), "```\nNode\n```\n");
    let cell = "<table><tr><th>a<th>b<tr><td>x<td><pre>if y:\n\n  z | w</pre></table>";
    assert_eq!(full(cell), "| a | b |\n| --- | --- |\n| x | `if y:`<br>`  z \\| w` |\n");
    assert_eq!(full("<p><code>a</code><code>`b</code> <code>c</code>"), "``a`b`` `c`\n");
}

#[test]
fn blocks_in_a_heading_are_lines_of_its_text() {
    assert_eq!(full("<h2><div>Salt</div><p>and pepper</h2><p>x"), "## Salt and pepper\n\nx\n");
    assert_eq!(full("<h1><a href=/x><div><span>Salt</span></div></a></h1>"), "# [Salt](https://example.com/x)\n");
    assert_eq!(full("<h3>Salt<div>is mined</div><ul><li>here</ul>"), "### Salt\n\nis mined\n\n- here\n");
}

#[test]
fn tables_are_written_as_browsers_show_them() {
    let moved = "<table><tfoot><tr><td>Sum<td>3<tbody><tr><td>a<td>1<thead><tr><th>Key<th>Count<caption>Keys</table>";
    assert_eq!(full(moved), "Keys\n\n| Key | Count |\n| --- | --- |\n| a | 1 |\n| Sum | 3 |\n");
    let wide = "<table><tr><th>a<th>b<tr><td colspan='100%'>c<tr><td rowspan=90>d<td>e<tfoot><tr><td>f<td>g</table>";
    assert_eq!(full(wide), "| a | b |\n| --- | --- |\n| c |  |\n| d | e |\n| f | g |\n");
    let below = "<table><tr><th>a<th>b<tr><td rowspan=0>c<td>d<tr><td>e</table>";
    assert_eq!(full(below), "| a | b |\n| --- | --- |\n| c | d |\n|  | e |\n");
    let nested = "<table><tr><th>a<th>b<tr><td>c<td><table><tr><td>d<td>e<tr><td>f<td>g</table></table>";
    assert_eq!(full(nested), "| a | b |\n| --- | --- |\n| c | d e<br>f g |\n");
    let layout = "<table><tr><td>Menu<td><table><tr><th>a<th>b<tr><td>c<td>d</table></table>";
    assert_eq!(full(layout), "Menu\n\n| a | b |\n| --- | --- |\n| c | d |\n");
}

#[test]
fn a_formula_is_written_once_as_tex_where_there_is_any() {
    for (formula, expected) in [
        (
            "<mjx-container jax=CHTML><mjx-math data-latex='u=v'><mjx-mi data-latex=u></mjx-mi></mjx-math></mjx-container>",
            "$u=v$",
        ),
        (
            "<mjx-container><svg><path></svg><mjx-assistive-mml><math><mi>u</mi><mo>+</mo><mi>w</mi></math></mjx-assistive-mml></mjx-container>",
            "u+w",
        ),
        (
            "<mjx-container><svg><g><g data-latex=u></g><g data-latex=v></g></g></svg><mjx-assistive-mml><math><mi>u</mi><mi>v</mi></math></mjx-assistive-mml></mjx-container>",
            "uv",
        ),
        ("<mjx-container aria-label='u plus v'><svg data-mml-node=math></svg></mjx-container>", "u plus v"),
        (
            "<span class=MathJax_Preview></span><span class=MathJax>uv</span><script type='math/tex'>u_v</script>",
            "$u_v$",
        ),
        ("<span class=MathJax><span>uv</span></span>", "uv"),
        (
            "<span class=katex><span class=katex-mathml><math><mi>u</mi><annotation encoding='application/x-tex'>u^1</annotation></math></span><span class=katex-html>u1</span></span>",
            "$u^1$",
        ),
        ("<span class=katex><span class=katex-html>u1</span></span>", "u1"),
        (
            "<span class=mwe-math-element><math alttext='{\\displaystyle u_{2}}'><mi>u</mi></math><img class=mwe-math-fallback-image-inline src=/u.svg alt='{\\displaystyle u_{2}}'></span>",
            "$u_{2}$",
        ),
        ("<img class=mwe-math-fallback-image-inline src=/u.svg alt='{\\displaystyle u_{3}}'>", "$u_{3}$"),
        ("<span data-math='\\sqrt{u}'>&radic;u</span>", "$\\sqrt{u}$"),
        ("<i><span class=ztext-math data-tex='u/v'></span></i>", "*$u/v$*"),
        ("<span class='math inline'>\\(u&lt;v\\)</span>", "$u<v$"),
    ] {
        let page = format!("<p>From {formula} on</p>");
        assert_eq!(full(&page), format!("From {expected} on\n"), "{formula}");
    }
    let display = "<span class=katex-display><span class=katex><math><mi>u</mi><annotation encoding=TeX>u</annotation></math></span></span>";
    assert_eq!(full(&format!("<p>a{display}b")), "a\n\n$$\nu\n$$\n\nb\n");
    let question = format!("<div data-math=1><p>{}</p></div>", "What is one and one? ".repeat(9));
    assert!(full(&question).starts_with("What is one"));
}

#[test]
fn readings_stand_in_parentheses() {
    assert_eq!(full("<ruby>明日<rp>【</rp><rt>あした</rt><rp>】</rp></ruby>は"), "明日【あした】は\n");
    assert_eq!(full("<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby><ruby>x<rt></rt></ruby>"), "東(とう)京(きょう)x\n");
}

#[test]
fn an_image_has_its_real_address_or_none() {
    for (image, expected) in [
        ("<img alt=m data-lazy=/m.jpg>", "![m](https://example.com/m.jpg)"),
        (
            "<img alt=m src='data:image/png;base64,AA' data-any-name=m.webp?w=9>",
            "![m](https://example.com/guide/m.webp?w=9)",
        ),
        ("<img alt=m src=/spinner.gif data-srcset='/s.jpg 300w, /m.jpg 900w'>", "![m](https://example.com/m.jpg)"),
        ("<img alt=m class=b-lazy src=/small/m.jpg data-src=/m.jpg>", "![m](https://example.com/m.jpg)"),
        (
            "<picture><source srcset='/m.avif 1x, /m2.avif 2x'><img alt=m src='data:,'></picture>",
            "![m](https://example.com/m2.avif)",
        ),
        ("<img alt=m src=about:blank> <noscript><img src=/m.png></noscript>", "![m](https://example.com/m.png)"),
        ("<img alt=m src=/m.jpg data-src=/other.jpg>", "![m](https://example.com/m.jpg)"),
        ("<img alt=m src=/m-placeholder.png>", "![m](https://example.com/m-placeholder.png)"),
        ("<img alt=m src='#'>", "m"),
        ("<img alt=m src>", "m"),
        ("<img alt=m>", "m"),
        ("n<img src=''>", "n"),
    ] {
        assert_eq!(full(image), format!("{expected}\n"), "{image}");
    }
}

#[test]
fn emphasis_is_what_is_drawn() {
    for (html, expected) in [
        ("<b style='font-weight:normal'><span style='font-weight:700'>a</span> b</b>", "**a** b"),
        ("<strong>a <span style='font-weight: 400'>b</span></strong>", "**a** b"),
        ("<em style='font-style:normal'>a</em> <span style='font-style: italic !important'>b</span>", "a *b*"),
        ("<h2><span style='font-weight:bold'>a</span></h2>", "## a"),
        ("<b>a</b><strong>b</strong> <b>c </b><b>d</b>", "**ab** **c d**"),
        ("<b>a<i>b</i></b><i>c</i>", "**a*b***_c_"),
        ("<b>a <b>b</b> c</b> <em>d <em>e</em> f</em>", "**a b c** *d _e_ f*"),
        ("x<b>“a”</b>y 中<b>文。</b>字", "x“**a**”y 中**文**。字"),
        ("<b>1. a</b>", "**1. a**"),
        ("<b><i>a</i></b><i>b</i>", "***a**b*"),
    ] {
        assert_eq!(full(html), format!("{expected}\n"), "{html}");
    }
}
