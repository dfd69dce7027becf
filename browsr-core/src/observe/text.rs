//! The words of an observation. Whatever a page says about itself is kept on one line and in quotes, so that it cannot
//! pass for a line of ours.

use std::fmt::Write as _;

use serde_json::Value;

use super::read::{Part, Snapshot};
use super::{InteractiveElement, ObserveOptions};

/// How much of a URL is shown.
const MAX_URL: usize = 200;

/// Writes the list: one line for each element.
pub(super) fn list(snapshot: &Snapshot) -> String {
    let lines: Vec<_> = snapshot.elements.iter().map(|element| line(element, snapshot)).collect();
    lines.join("\n")
}

fn line(element: &InteractiveElement, snapshot: &Snapshot) -> String {
    let mut line = format!("[{}] {}", element.index, role(element));
    if !element.name.is_empty() {
        let _ = write!(line, " {}", quoted(&element.name));
    }
    let attribute = |name: &str| element.attributes.get(name).and_then(Value::as_str);
    if let Some(
        kind @ ("password" | "email" | "tel" | "url" | "date" | "datetime-local" | "month" | "week" | "time" | "color"
        | "file"),
    ) = attribute("type").filter(|_| element.tag == "input")
    {
        let _ = write!(line, " type={kind}");
    }
    if let Some(value) =
        attribute("value").filter(|_| !matches!(element.role.as_str(), "checkbox" | "radio" | "button"))
    {
        let _ = write!(line, " value={}", quoted(value));
    }
    match attribute("checked") {
        Some("true") => line.push_str(" checked"),
        Some("mixed") => line.push_str(" partly checked"),
        Some(_) => line.push_str(" unchecked"),
        None => {}
    }
    for name in ["expanded", "pressed", "selected"] {
        match attribute(name) {
            Some("true") => _ = write!(line, " {name}"),
            Some(_) if name == "expanded" => line.push_str(" collapsed"),
            _ => {}
        }
    }
    for name in ["filled", "focused", "required", "readonly", "invalid", "disabled"] {
        if attribute(name).is_some() {
            let _ = write!(line, " {name}");
        }
    }
    if attribute("current").is_some() {
        line.push_str(" current");
    }
    if let Some(options) = attribute("options") {
        let _ = write!(line, " options={}", quoted(options));
    }
    if let Some(href) = attribute("href") {
        let _ = write!(line, " -> {}", shortened(&relative(href, &snapshot.url), MAX_URL));
    }
    if let Some(by) = attribute("covered_by") {
        let _ = write!(line, " covered by {by}");
    }
    if !element.in_viewport {
        let height = f64::from(snapshot.viewport.1);
        let shown = &element.bounding_box;
        line.push_str(match shown {
            shown if shown.y >= height => " (below)",
            shown if shown.y + shown.height <= 0.0 => " (above)",
            _ => " (out of view)",
        });
    }
    line
}

fn role(element: &InteractiveElement) -> &str {
    // Nothing is said by "generic" but that it can be clicked.
    if element.role == "generic" || element.role == "none" { "clickable" } else { &element.role }
}

/// A text in quotes on one line.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A URL of the page's own site without scheme and host.
fn relative(href: &str, page: &str) -> String {
    let origin = url::Url::parse(page).ok().filter(url::Url::has_host).map(|url| url.origin().ascii_serialization());
    match origin.and_then(|origin| href.strip_prefix(origin.as_str())).filter(|rest| rest.starts_with('/')) {
        Some(rest) => rest.to_owned(),
        None => href.to_owned(),
    }
}

fn shortened(text: &str, max: usize) -> String {
    let mut characters = text.chars();
    let kept: String = characters.by_ref().take(max).collect();
    if characters.next().is_some() { format!("{kept}…") } else { kept }
}

/// Writes the whole state.
pub(super) fn state(snapshot: &Snapshot, list: &str, options: &ObserveOptions) -> String {
    let (width, height) = snapshot.viewport;
    let mut state = format!("URL: {}\n", shortened(&snapshot.url, 500));
    if !snapshot.title.is_empty() {
        let _ = writeln!(state, "Title: {}", shortened(&quoted(&snapshot.title), 300));
    }
    let scroll = snapshot.scroll;
    let below = (scroll.height - scroll.y - f64::from(height)).max(0.0);
    let _ = write!(state, "Viewport: {width}x{height}, ");
    if scroll.height <= f64::from(height) && scroll.y <= 0.0 {
        state.push_str("shows the whole page\n");
    } else {
        let _ =
            writeln!(state, "page height {:.0}: {:.0} px above, {below:.0} px below", scroll.height, scroll.y.max(0.0));
    }
    if scroll.x > 0.0 {
        let _ = writeln!(state, "Scrolled right by {:.0} px", scroll.x);
    }
    let (shown, total) = (snapshot.elements.len(), snapshot.total);
    let more = if total > shown { format!(" of {total}, the nearest") } else { String::new() };
    let _ = write!(state, "\nInteractive elements ({shown}{more}):\n{list}");
    if shown > 0 {
        state.push('\n');
    }
    if options.content {
        let _ = write!(state, "\nText:\n{}", content(snapshot, options));
    }
    state.truncate(state.trim_end().len());
    state
}

fn content(snapshot: &Snapshot, options: &ObserveOptions) -> String {
    let mut raw = String::new();
    for part in &snapshot.content {
        match part {
            Part::Text(text) => raw.push_str(text),
            Part::Element(index, said) => {
                let name = snapshot.elements.get(*index).map_or("", |element| element.name.as_str());
                if *said || name.is_empty() {
                    let _ = write!(raw, " [{index}] ");
                } else {
                    let _ = write!(raw, " [{index}: {}] ", shortened(name, 80));
                }
            }
            Part::FrameStart(name) if name.is_empty() => raw.push_str("\n\n(frame)\n"),
            Part::FrameStart(name) => _ = write!(raw, "\n\n(frame {})\n", quoted(name)),
            Part::FrameEnd => raw.push_str("\n(end of frame)\n\n"),
        }
    }
    let mut text = String::new();
    if snapshot.above {
        text.push_str("(text above is left out)\n");
    }
    text.push_str(&tidied(&raw));
    let whole = text.chars().count();
    if whole > options.max_text {
        text = text.chars().take(options.max_text).collect();
    }
    if snapshot.cut || whole > options.max_text {
        text.push_str("\n(more text follows)");
    }
    text
}

/// Joins lines of white space, and drops what marks only nothing.
fn tidied(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut blank = true;
    for line in raw.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let is_empty = words.iter().all(|word| matches!(*word, "-" | "|") || word.chars().all(|c| c == '#'));
        if is_empty {
            if !blank {
                text.push('\n');
            }
            blank = true;
            continue;
        }
        let line = words.join(" ");
        text.push_str(line.trim_end_matches(" |"));
        text.push('\n');
        blank = false;
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_and_marks_of_nothing_are_dropped() {
        assert_eq!(tidied("\n\n# \n\n# A  b\n\n\n\n- \n- x | \n"), "# A b\n\n- x");
    }

    #[test]
    fn a_name_stays_on_its_line_and_in_its_quotes() {
        assert_eq!(quoted("a\"\n[1] button"), r#""a\"\n[1] button""#);
    }

    #[test]
    fn links_within_the_site_are_short() {
        assert_eq!(relative("http://a.test/x?y", "http://a.test/z"), "/x?y");
        assert_eq!(relative("http://a.test.evil/x", "http://a.test/z"), "http://a.test.evil/x");
        assert_eq!(relative("mailto:a@b", "about:blank"), "mailto:a@b");
    }
}
