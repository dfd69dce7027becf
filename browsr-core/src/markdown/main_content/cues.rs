//! Labels that stand beside a text in many languages: credits, invitations, references.

/// The longest text that is taken for a label.
pub(super) const LONGEST: u32 = 150;

/// Beginnings of labels, lower case, one a line. A text that begins so and is short is not part of
/// an article.
const BEGINNINGS: &str = include_str!("cues.txt");

/// Whether a text begins like a label.
pub(super) fn is_label(text: &str) -> bool {
    let text = text.trim_start_matches(|first: char| {
        first.is_whitespace() || matches!(first, '(' | '[' | '>' | '»' | '→' | '►' | '|' | '-' | '–' | '…' | '.' | '•')
    });
    let mut start = text.char_indices().map(|(at, _)| at);
    let end = start.nth(32).unwrap_or(text.len());
    let start = text[..end].to_lowercase().replace('\u{2019}', "'");
    BEGINNINGS.lines().filter(|line| !line.starts_with('#')).any(|cue| {
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
