//! Labels that stand beside a text in many languages: a run of text that says this and no more.
//!
//! Only a whole run is a label, and only where no list, table or code holds it. A heading here does not
//! take its section along unless `tidy` finds that the section is links, or stands after the text.

use std::{collections::HashSet, ops::RangeInclusive, sync::LazyLock};

/// No label is shorter or longer.
pub(super) const LENGTHS: RangeInclusive<u32> = 4..=60;
const LONGEST: usize = *LENGTHS.end() as usize;

/// Runs that go wherever they stand alone. The run is the block; nothing else need confirm it.
const LABELS: &str = "advertisement|advertising|anzeige|werbung|publicidad|publicité|reklama|sponsored|sponsored content|read more|continue reading|\
load more|show more|weiterlesen|mehr lesen|mehr anzeigen|leer más|lire la suite|leia mais|share|share this|share this article|share this post|\
share on facebook|share on twitter|share via email|teilen|artikel teilen|compartir|partager|print|print this page|drucken|back to top|to top|nach oben|\
follow us|folgen sie uns|síguenos|suivez-nous|permalink|skip to content|skip to main content|explore further|weitere informationen|weiterführende links|zum weiterlesen|table of contents|inhaltsverzeichnis|in this article|on this page|\
ver también|voir aussi|zobacz też|zobacz także|zobacz również|saiba mais|veja também|was this helpful|was this page helpful|was this article helpful";

/// Beginnings of references to other texts. Links must be most of the run.
const REFERENCES: &str = "read more|read also|also read|related|recommended|more on this|lesen sie auch|lies auch|mehr zum thema|lire aussi|à lire aussi|\
lea también|leia também|leggi anche|lees ook|czytaj także|czytaj też|czytaj więcej|читайте также|\
more from|more on|more in|more news|more stories|more about|trending|latest|popular|most read|don't miss|up next|you may|you might|recommended|mehr von|mehr aus|mehr zu|\
weitere|weiterführende|passend|ähnliche|auch interessant|das könnte|das thema könnte|neueste|aktuelle|beliebte|schon gelesen|siehe auch|voir aussi|articles|\
à voir|lire|ver también|puedes ver|te puede|le puede|más sobre|más noticias|noticias|saiba mais|zobacz|przeczytaj|powiązane|polecamy";

/// Headings of what stands around texts. What is below must be links, or stand after the text.
const SECTIONS: &str = "related articles|related posts|related stories|related news|related content|related links|related topics|related products|related items|\
similar items|similar products|similar articles|similar posts|you may also like|you might also like|recommended for you|recommended reading|more from this author|\
more stories|more news|more articles|more like this|latest articles|latest news|latest posts|recent posts|popular posts|most popular|most read|trending|trending now|\
read next|up next|keep reading|what to read next|don't miss|leave a comment|leave a reply|post a comment|post navigation|about the author|\
customers also bought|customers also viewed|people also viewed|people also bought|people also ask|frequently bought together|recently viewed|\
share this|share this article|tags|categories|newsletter|follow us|auch interessant|das könnte sie auch interessieren|das könnte dich auch interessieren|\
ähnliche artikel|ähnliche beiträge|ähnliche produkte|neueste artikel|neueste beiträge|weitere artikel|weitere beiträge|mehr zum thema|zuletzt angesehen|\
verwandte artikel|verwandte beiträge|verwandte themen|schreibe einen kommentar|kommentar schreiben|über den autor|artículos relacionados|noticias relacionadas|\
productos relacionados|te puede interesar|deja un comentario|deja una respuesta|sobre el autor|articles similaires|à lire aussi|sur le même sujet|produits similaires|\
laisser un commentaire|articoli correlati|leggi anche|lascia un commento|leia também|gerelateerde artikelen|gerelateerde berichten|lees ook|powiązane artykuły|\
czytaj także|czytaj też|lesen sie auch|schon gelesen|mehr themen|weitere themen|explore further|\
das könnte sie interessieren|das thema könnte dich auch interessieren|más noticias|te recomendamos|\
articles les plus lus|lire également|polecamy|похожие статьи|похожие товары|похожие новости|читайте также";

static LABEL_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| LABELS.split('|').collect());
static SECTION_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| SECTIONS.split('|').collect());

/// Whether a run is one of the labels and no more.
pub(super) fn is_label(text: &str) -> bool {
    plain(text).is_some_and(|text| LABEL_SET.contains(text.as_str()) || SECTION_SET.contains(text.as_str()))
}

/// Whether a heading is one that stands above what surrounds texts.
pub(super) fn heads_surroundings(text: &str) -> bool {
    plain(text).is_some_and(|text| SECTION_SET.contains(text.as_str()))
}

/// Whether a run begins as references to other texts do.
pub(super) fn begins_reference(text: &str) -> bool {
    let start: String = text.trim_start_matches(is_mark).chars().take(LONGEST).collect::<String>().to_lowercase();
    REFERENCES
        .split('|')
        .any(|begin| start.strip_prefix(begin).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
}

/// A short text in lower case, without marks around it.
fn plain(text: &str) -> Option<String> {
    let text = text.trim_matches(is_mark);
    (text.len() <= 2 * LONGEST && !text.is_empty()).then(|| text.to_lowercase().replace('\u{2019}', "'"))
}

fn is_mark(character: char) -> bool {
    character.is_whitespace() || !character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_whole_run() {
        assert!(is_label(" Read more » ") && is_label("ADVERTISEMENT") && is_label("Share this:"));
        assert!(!is_label("Read more slowly") && !is_label("Share the dough") && !is_label(""));
        assert!(heads_surroundings("You may also like") && heads_surroundings("Don\u{2019}t miss"));
        assert!(!heads_surroundings("Related articles of the treaty"));
        assert!(begins_reference("Read also: the other story") && !begins_reference("Relatedness is a number"));
    }
}
