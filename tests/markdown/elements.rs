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
