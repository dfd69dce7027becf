//! Labels that stand beside a text in many languages: credits, invitations, references.

use std::sync::LazyLock;

/// The longest text that is taken for a label.
pub(super) const LONGEST: u32 = 150;

/// Beginnings of labels, lower case, one a line. A text that begins so and is short is not part of
/// an article.
const BEGINNINGS: &str = include_str!("cues.txt");

/// The same in order, so that those with the same first character stand together.
static SORTED: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut cues: Vec<&str> = BEGINNINGS.lines().filter(|line| !line.starts_with('#')).collect();
    cues.sort_unstable();
    cues
});

/// Whether a text begins like a label.
pub(super) fn is_label(text: &str) -> bool {
    let text = text.trim_start_matches(|first: char| {
        first.is_whitespace() || matches!(first, '(' | '[' | '>' | '»' | '→' | '►' | '|' | '-' | '–' | '…' | '.' | '•')
    });
    let Some(first) = text.chars().next().and_then(|first| first.to_lowercase().next()) else {
        return false;
    };
    let from = SORTED.partition_point(|cue| cue.chars().next() < Some(first));
    let to = SORTED.partition_point(|cue| cue.chars().next() <= Some(first));
    if from == to {
        return false;
    }
    let end = text.char_indices().nth(32).map_or(text.len(), |(at, _)| at);
    let start = text[..end].to_lowercase().replace('\u{2019}', "'");
    SORTED[from..to].iter().any(|cue| {
        start.strip_prefix(cue).is_some_and(|rest| {
            let bounded = !cue.ends_with(char::is_alphanumeric);
            bounded || !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_by_their_first_words() {
        assert!(is_label("Read more: the other story"));
        assert!(is_label(" (Foto: A. Person)"));
        assert!(is_label("À lire aussi"));
        assert!(!is_label("Readers more often than not"));
        assert!(!is_label("Printing presses were slow."));
        assert!(!is_label(""));
    }
}
