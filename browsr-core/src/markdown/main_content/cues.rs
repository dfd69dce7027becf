//! Labels that stand beside a text in many languages: credits, invitations, references.

/// The longest text that is taken for a label.
pub(super) const LONGEST: u32 = 130;

/// Beginnings of labels, lower case. A text that begins so and is short is not part of an article.
const BEGINNINGS: &[&str] = &[
    // Picture credits and sources.
    "photo:", "photos:", "photo by", "photo credit", "photograph by", "foto:", "fotos:", "foto von", "bild:", "bilder:", "bildquelle",
    "bildnachweis", "image:", "image credit", "image copyright", "image source", "credit:", "credits:", "crédito:", "crédit", "quelle:",
    "quellenangabe", "source:", "sources:", "fuente:", "fonte:", "źródło:", "picture:", "titelbild", "getty images",
    // Other texts.
    "auch interessant", "auch lesenswert", "lesen sie auch", "lies auch", "siehe auch", "mehr zum thema", "mehr themen", "mehr dazu",
    "mehr lesen", "weitere artikel", "weitere beiträge", "weitere themen", "weitere informationen", "weitere infos", "weiterführende",
    "weiterführender", "zum weiterlesen", "schon gelesen", "das könnte", "ähnliche artikel", "ähnliche beiträge", "verwandte", "passend dazu", "passend zum thema",
    "read more", "read also", "read next", "also read", "also on", "related:", "related articles", "related stories", "related posts", "related topics",
    "related content", "related news", "related links", "see also", "more on this", "more from", "more stories", "you may also", "you might also", "recommended", "keep reading",
    "continue reading", "up next", "don't miss", "click here", "what to read next", "most read", "most popular", "trending",
    "czytaj też", "czytaj także", "czytaj również", "czytaj więcej", "zobacz też", "zobacz także", "zobacz również", "polecamy", "przeczytaj",
    "à lire aussi", "a lire aussi", "lire aussi", "lire la suite", "voir aussi", "à voir aussi", "articles les plus lus", "sur le même sujet",
    "leia também", "leia mais", "veja também", "saiba mais", "lea también", "lee también", "lea más", "leer más", "ver también", "puedes ver", "te puede interesar",
    "le puede interesar", "le recomendamos", "además", "noticias relacionadas", "leggi anche", "lees ook", "читайте также",
    // Sharing and following.
    "share this", "share on", "share:", "share the", "share article", "share via", "teilen", "artikel teilen", "den artikel", "beitrag teilen", "jetzt teilen", "sharen", "compartir", "comparte",
    "partager", "condividi", "udostępnij", "podziel się", "follow us", "follow me", "folgen sie uns", "folge uns", "síguenos", "suivez-nous", "like this story", "like us", "tweet this", "pin it",
    "möchten sie den artikel", "merken", "drucken", "print", "drukuj", "pdf herunterladen", "print article", "order reprints", "text size", "get the latest",
    // Subscriptions and shops.
    "subscribe", "sign up", "newsletter", "never miss", "jetzt abonnieren", "zum newsletter", "abonnieren", "suscríbete", "s'abonner", "download the app", "download our app", "get our app",
    "for the latest stories", "get the app", "unterstütze", "support us", "become a member", "to view the full story", "already a subscriber", "order now", "start your free trial",
    // Tags, dates and state.
    "tags:", "tags", "tagged", "topics:", "schlagworte", "schlagwörter", "stichworte", "themen:", "filed under", "posted in", "posted on", "posted by", "published on", "published:", "first published", "last modified", "last updated", "updated:", "updated on", "this entry was posted",
    "aktualisiert", "zuletzt aktualisiert", "veröffentlicht am", "erstellt am", "stand:", "opublikowano", "publicado", "publié le", "mis à jour", "kategorie:", "kategorien", "category:", "categories", "categoria",
    "permalink", "permalien", "bookmark the", "min read", "lesezeit", "reading time",
    // Advertising and rights.
    "advertisement", "advert", "anzeige", "werbung", "*werbung", "publicidad", "publicité", "reklama", "sponsored", "promoted", "©", "copyright", "all rights reserved", "alle rechte",
    "für links auf dieser seite", "this article contains affiliate", "(affiliate", "affiliate",
    // Answers.
    "leave a comment", "leave a reply", "post a comment", "post comment", "comments", "no comments", "kommentare", "kommentar schreiben", "noch keine", "comentarios", "commentaires", "komentarze",
    "submit a letter", "submit your letter", "we want to hear", "have a tip", "ansprechpartner", "pressekontakt", "kontakt:", "contact:", "über den autor", "über die autorin", "about the author", "zum autor", "sobre el autor",
    "to top", "back to top", "nach oben", "zurück zur", "zurück", "table of contents", "inhaltsverzeichnis", "in this article", "vergrößern",
];

/// Whether a text begins like a label.
pub(super) fn is_label(text: &str) -> bool {
    let text = text.trim_start_matches(|first: char| first.is_whitespace() || matches!(first, '(' | '[' | '>' | '»' | '→' | '►' | '|' | '-' | '–' | '…' | '.' | '•'));
    let mut start = text.char_indices().map(|(at, _)| at);
    let end = start.nth(32).unwrap_or(text.len());
    let start = text[..end].to_lowercase().replace('\u{2019}', "'");
    BEGINNINGS.iter().any(|cue| {
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
