//! What class names and ids tell about an element.
//!
//! All patterns are searched at once by a small automaton, one step per byte, however many
//! patterns there are. Anything that is not a letter counts as a separator, and so do both ends.

use std::sync::LazyLock;

/// What a name says, as bits.
pub(super) mod says {
    /// Likely holds the text.
    pub(in crate::markdown) const POSITIVE: u32 = 1;
    /// Likely holds something else.
    pub(in crate::markdown) const NEGATIVE: u32 = 1 << 1;
    /// Hardly ever part of the text.
    pub(in crate::markdown) const UNLIKELY: u32 = 1 << 2;
    /// May hold the text although another word speaks against it.
    pub(in crate::markdown) const MAYBE: u32 = 1 << 3;
    /// Readers' comments.
    pub(in crate::markdown) const COMMENTS: u32 = 1 << 5;
    /// Buttons to share, like or follow.
    pub(in crate::markdown) const SHARE: u32 = 1 << 6;
    /// Links to other texts.
    pub(in crate::markdown) const RELATED: u32 = 1 << 7;
    /// Advertising.
    pub(in crate::markdown) const AD: u32 = 1 << 8;
    /// Cookie banners, newsletter boxes, paywalls, pop-ups.
    pub(in crate::markdown) const OVERLAY: u32 = 1 << 9;
    /// Menus, bread crumbs, paging.
    pub(in crate::markdown) const NAVIGATION: u32 = 1 << 10;
    /// Who, when, tags: the line below a title or text.
    pub(in crate::markdown) const META: u32 = 1 << 11;
    /// The end of the page.
    pub(in crate::markdown) const FOOTER: u32 = 1 << 12;
    /// The top of the page.
    pub(in crate::markdown) const HEADER: u32 = 1 << 13;
    /// A column beside the text.
    pub(in crate::markdown) const SIDEBAR: u32 = 1 << 14;
    /// What buyers think.
    pub(in crate::markdown) const REVIEWS: u32 = 1 << 15;
    /// What a product is.
    pub(in crate::markdown) const DESCRIPTION: u32 = 1 << 16;
    /// What a picture shows.
    pub(in crate::markdown) const CAPTION: u32 = 1 << 17;
    /// About the author, below a text.
    pub(in crate::markdown) const AUTHOR: u32 = 1 << 4;
}
use says::{
    AD, AUTHOR, CAPTION, COMMENTS, DESCRIPTION, FOOTER, HEADER, MAYBE, META, NAVIGATION, NEGATIVE, OVERLAY, POSITIVE,
    RELATED, REVIEWS, SHARE, SIDEBAR, UNLIKELY,
};

/// Patterns and what they say; a dash stands for any separator.
const PATTERNS: &[(&str, u32)] = &[
    ("article", POSITIVE | MAYBE),
    ("body", POSITIVE | MAYBE),
    ("content", POSITIVE | MAYBE),
    ("entry", POSITIVE),
    ("main", POSITIVE | MAYBE),
    ("page", POSITIVE),
    ("pagination", POSITIVE | UNLIKELY | NAVIGATION),
    ("post", POSITIVE),
    ("text", POSITIVE),
    ("blog", POSITIVE),
    ("story", POSITIVE),
    ("column", MAYBE),
    ("mathjax", MAYBE),
    ("shadow", MAYBE),
    ("banner", NEGATIVE | UNLIKELY),
    ("combx", NEGATIVE | UNLIKELY),
    ("comment", NEGATIVE | UNLIKELY | COMMENTS),
    ("disqus", UNLIKELY | COMMENTS),
    ("-respond-", COMMENTS),
    ("community", UNLIKELY),
    ("contact", NEGATIVE),
    ("footer", NEGATIVE | UNLIKELY | FOOTER),
    ("gdpr", NEGATIVE | UNLIKELY | OVERLAY),
    ("masthead", NEGATIVE | HEADER),
    ("media", NEGATIVE),
    ("meta", NEGATIVE),
    ("outbrain", NEGATIVE | RELATED),
    ("taboola", NEGATIVE | RELATED),
    ("promo", NEGATIVE),
    ("related", NEGATIVE | UNLIKELY | RELATED),
    ("recommend", RELATED),
    ("scroll", NEGATIVE),
    ("share", NEGATIVE | SHARE),
    ("sharing", SHARE),
    ("sharedaddy", SHARE),
    ("addtoany", SHARE),
    ("shoutbox", NEGATIVE | UNLIKELY),
    ("sidebar", NEGATIVE | UNLIKELY | SIDEBAR),
    ("skyscraper", NEGATIVE | UNLIKELY | AD),
    ("sponsor", NEGATIVE | UNLIKELY | AD),
    ("shopping", NEGATIVE),
    ("tags", NEGATIVE),
    ("widget", NEGATIVE),
    ("breadcrumb", UNLIKELY | NAVIGATION),
    ("extra", UNLIKELY),
    ("header", HEADER),
    ("legends", UNLIKELY),
    ("menu", UNLIKELY | NAVIGATION),
    ("remark", UNLIKELY),
    ("replies", UNLIKELY),
    ("rss", UNLIKELY),
    ("social", UNLIKELY | SHARE),
    ("supplemental", UNLIKELY),
    ("-ad-", UNLIKELY | AD),
    ("-ads-", AD),
    ("advert", AD),
    ("agegate", UNLIKELY | OVERLAY),
    ("pager", UNLIKELY | NAVIGATION),
    ("popup", UNLIKELY | OVERLAY),
    ("cookie", OVERLAY),
    ("consent", OVERLAY),
    ("newsletter", OVERLAY),
    ("subscribe", OVERLAY),
    ("signup", OVERLAY),
    ("paywall", OVERLAY),
    ("-nav-", NAVIGATION),
    ("navbar", NAVIGATION),
    ("navigation", NAVIGATION),
    ("byline", META),
    ("-author-", AUTHOR),
    ("-bio-", AUTHOR),
    ("authorbox", AUTHOR),
    ("-post-meta", META),
    ("-entry-meta", META),
    ("-hidden-", NEGATIVE),
    ("-hid-", NEGATIVE),
    ("-foot-", NEGATIVE),
    ("-footnote", NEGATIVE),
    ("similar", RELATED),
    ("upsell", RELATED),
    ("cross-sell", RELATED),
    ("crosssell", RELATED),
    ("also-like", RELATED),
    ("also-viewed", RELATED),
    ("recently-viewed", RELATED),
    ("recentlyviewed", RELATED),
    ("more-from", RELATED),
    ("read-next", RELATED),
    ("readnext", RELATED),
    ("up-next", RELATED),
    ("caption", CAPTION),
    ("photo-credit", CAPTION),
    ("image-credit", CAPTION),
    ("disclaimer", META),
    ("teaser-list", RELATED),
    ("teasers", RELATED),
    ("minicart", OVERLAY),
    ("mini-cart", OVERLAY),
    ("cart-drawer", OVERLAY),
    ("-modal-", OVERLAY),
    ("lightbox", OVERLAY),
    ("-cart-", OVERLAY),
    ("wishlist", OVERLAY),
    ("skip-link", OVERLAY),
    ("skip-to", OVERLAY),
    ("review", REVIEWS),
    ("rating", REVIEWS),
    ("yotpo", REVIEWS),
    ("okendo", REVIEWS),
    ("bazaarvoice", REVIEWS),
    ("description", DESCRIPTION),
    ("product-details", DESCRIPTION),
    ("product-detail-", DESCRIPTION),
    ("product-overview", DESCRIPTION),
    ("product-info", DESCRIPTION),
    ("product-summary", DESCRIPTION),
    ("product-content", DESCRIPTION),
    ("product-about", DESCRIPTION),
    ("productdetails", DESCRIPTION),
    ("productinfo", DESCRIPTION),
    ("specification", DESCRIPTION),
    ("specs", DESCRIPTION),
    ("ingredients", DESCRIPTION),
];

/// Letters, and one symbol for everything else.
const SYMBOLS: usize = 27;
const SEPARATOR: usize = 26;

/// All patterns as one automaton.
static AUTOMATON: LazyLock<Automaton> = LazyLock::new(|| Automaton::new(PATTERNS));

/// What a class or id attribute says.
pub(super) fn read(value: &str) -> u32 {
    AUTOMATON.read(value)
}

struct Automaton {
    next: Vec<[u16; SYMBOLS]>,
    says: Vec<u32>,
}

impl Automaton {
    fn new(patterns: &[(&str, u32)]) -> Self {
        let mut automaton = Self { next: vec![[0; SYMBOLS]], says: vec![0] };
        for &(pattern, says) in patterns {
            automaton.add(pattern, says);
        }
        automaton.link();
        automaton
    }

    fn add(&mut self, pattern: &str, says: u32) {
        let mut state = 0;
        for byte in pattern.bytes() {
            let symbol = symbol(byte);
            if self.next[state][symbol] == 0 {
                self.next[state][symbol] = u16::try_from(self.next.len()).expect("the pattern list is short");
                self.next.push([0; SYMBOLS]);
                self.says.push(0);
            }
            state = usize::from(self.next[state][symbol]);
        }
        self.says[state] |= says;
    }

    /// Lets every state go on where the longest suffix of it would.
    fn link(&mut self) {
        let mut fallback = vec![0usize; self.next.len()];
        let mut queue: Vec<usize> =
            self.next[0].iter().map(|&state| usize::from(state)).filter(|&state| state != 0).collect();
        let mut at = 0;
        while at < queue.len() {
            let state = queue[at];
            at += 1;
            self.says[state] |= self.says[fallback[state]];
            for symbol in 0..SYMBOLS {
                let through_fallback = self.next[fallback[state]][symbol];
                match usize::from(self.next[state][symbol]) {
                    0 => self.next[state][symbol] = through_fallback,
                    child => {
                        fallback[child] = usize::from(through_fallback);
                        queue.push(child);
                    }
                }
            }
        }
    }

    fn read(&self, value: &str) -> u32 {
        let mut state = usize::from(self.next[0][SEPARATOR]);
        let mut says = 0;
        for byte in value.bytes() {
            state = usize::from(self.next[state][symbol(byte)]);
            says |= self.says[state];
        }
        says | self.says[usize::from(self.next[state][SEPARATOR])]
    }
}

fn symbol(byte: u8) -> usize {
    if byte.is_ascii_alphabetic() { usize::from((byte | 0x20) - b'a') } else { SEPARATOR }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_spelling() {
        assert_ne!(read("Sidebar-right") & SIDEBAR, 0);
        assert_ne!(read("postContent") & POSITIVE, 0);
        assert_ne!(read("x post_content y") & POSITIVE, 0);
        assert_ne!(read("ad") & AD, 0);
        assert_eq!(read("shadow") & AD, 0);
        assert_ne!(read("col-ads") & AD, 0);
        assert_eq!(read("") | read("zebra"), 0);
    }
}
