//! Labels that stand beside a text in many languages: credits, invitations, references.

use std::sync::LazyLock;

/// The longest text that is taken for a label.
pub(super) const LONGEST: u32 = 150;

/// A heading with more words than this says something of its own.
const LONGEST_HEADING: usize = 2;

/// Beginnings of labels, lower case, one a line. A text that begins so and is short is not part of
/// an article.
const BEGINNINGS: &str = include_str!("cues.txt");

/// Beginnings of headings below which nothing belongs to the text, written in the same way. They are
/// labels too.
const SECTIONS: &str = include_str!("sections.txt");

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    /// Itself, and what is no text below it.
    Label,
    /// A section, if it is a heading.
    Section,
}

/// All cues in order, so that those with the same first character stand together.
static SORTED: LazyLock<Vec<(&str, Cue)>> = LazyLock::new(|| {
    let read =
        |file: &'static str, cue| file.lines().filter(|line| !line.starts_with('#')).map(move |line| (line, cue));
    let mut cues: Vec<_> = read(BEGINNINGS, Cue::Label).chain(read(SECTIONS, Cue::Section)).collect();
    cues.sort_unstable_by_key(|&(cue, _)| cue);
    cues
});

/// What a heading is, if it is a label and little more: "Comments" is one, "Comments in YAML" is not.
pub(super) fn find_heading(heading: &str) -> Option<Cue> {
    find(heading).filter(|&cue| cue == Cue::Section || heading.split_whitespace().count() <= LONGEST_HEADING)
}

/// What a text begins like, if it is a label.
pub(super) fn find(text: &str) -> Option<Cue> {
    let text = text.trim_start_matches(|first: char| {
        first.is_whitespace() || matches!(first, '(' | '[' | '>' | '»' | '→' | '►' | '|' | '-' | '–' | '…' | '.' | '•')
    });
    let first = text.chars().next()?.to_lowercase().next()?;
    let from = SORTED.partition_point(|(cue, _)| cue.chars().next() < Some(first));
    let to = SORTED.partition_point(|(cue, _)| cue.chars().next() <= Some(first));
    if from == to {
        return None;
    }
    let end = text.char_indices().nth(32).map_or(text.len(), |(at, _)| at);
    let start = text[..end].to_lowercase().replace('\u{2019}', "'");
    let begins = |cue: &str| match cue.strip_suffix('$') {
        Some(cue) => start.strip_prefix(cue).is_some_and(|rest| !rest.contains(char::is_alphanumeric)),
        None => start.strip_prefix(cue).is_some_and(|rest| {
            let bounded = !cue.ends_with(char::is_alphanumeric);
            bounded || !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-')
        }),
    };
    // What says more says it better.
    let found = SORTED[from..to].iter().filter(|(cue, _)| begins(cue)).max_by_key(|(cue, _)| cue.len());
    found.map(|&(_, cue)| cue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cue_is_found_as_what_it_is() {
        for &(cue, kind) in SORTED.iter() {
            let text = cue.trim_end_matches('$');
            assert_eq!(find(text), Some(kind), "{text}");
        }
    }

    #[test]
    fn labels_are_known_by_their_first_words() {
        assert_eq!(find("Read more: the other story"), Some(Cue::Label));
        assert_eq!(find(" (Foto: A. Person)"), Some(Cue::Label));
        assert_eq!(find("À lire aussi"), Some(Cue::Section));
        assert_eq!(find("Similar items"), Some(Cue::Section));
        assert_eq!(find("Recommended for you"), Some(Cue::Section));
        assert_eq!(find("Up next:"), Some(Cue::Section));
        assert_eq!(find("Up next, the second step"), None);
        assert_eq!(find("Readers more often than not"), None);
        assert_eq!(find("Printing presses were slow."), None);
        assert_eq!(find(""), None);
    }
}
