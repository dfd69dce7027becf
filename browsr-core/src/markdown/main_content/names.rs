//! What class names and ids hint at.
//!
//! Names are read as whole words, split at separators, digits and changes of case: `shareholders`
//! says nothing about sharing. A name is never more than a hint; `rules` has what must confirm it.

/// What a name hints at, as bits.
pub(super) mod says {
    /// Likely holds the text.
    pub(in crate::markdown) const POSITIVE: u32 = 1;
    /// Likely holds something else.
    pub(in crate::markdown) const NEGATIVE: u32 = 1 << 1;
    /// Menus, bread crumbs, paging.
    pub(in crate::markdown) const NAVIGATION: u32 = 1 << 2;
    /// Buttons to share, like or follow.
    pub(in crate::markdown) const SHARE: u32 = 1 << 3;
    /// Links to other texts.
    pub(in crate::markdown) const RELATED: u32 = 1 << 4;
    /// Advertising.
    pub(in crate::markdown) const AD: u32 = 1 << 5;
    /// Cookie banners, newsletter boxes, paywalls, pop-ups, carts.
    pub(in crate::markdown) const OVERLAY: u32 = 1 << 6;
    /// Readers' comments.
    pub(in crate::markdown) const COMMENTS: u32 = 1 << 7;
    /// Who, when, tags: the lines around a text.
    pub(in crate::markdown) const META: u32 = 1 << 8;
    /// The end of the page.
    pub(in crate::markdown) const FOOTER: u32 = 1 << 9;
    /// The top of the page.
    pub(in crate::markdown) const HEADER: u32 = 1 << 10;
    /// A column beside the text.
    pub(in crate::markdown) const SIDEBAR: u32 = 1 << 11;
    /// What buyers think.
    pub(in crate::markdown) const REVIEWS: u32 = 1 << 12;
    /// What a product is.
    pub(in crate::markdown) const DESCRIPTION: u32 = 1 << 13;
    /// Everything that hints at the surroundings of a text.
    pub(in crate::markdown) const SURROUNDINGS: u32 =
        NAVIGATION | SHARE | RELATED | AD | OVERLAY | COMMENTS | META | FOOTER | SIDEBAR;
}
use says::{
    AD, COMMENTS, DESCRIPTION, FOOTER, HEADER, META, NAVIGATION, NEGATIVE, OVERLAY, POSITIVE, RELATED, REVIEWS, SHARE,
    SIDEBAR,
};

/// The name of a thing, and of something about it: together they are a description.
const PRODUCT: u32 = 1 << 14;
const ABOUT: u32 = 1 << 15;

/// No word of the list is longer.
const LONGEST: usize = 16;

/// What one word hints at, in lower case.
fn word(word: &[u8]) -> u32 {
    match word {
        b"article" | b"articlebody" | b"blog" | b"body" | b"bodytext" | b"content" | b"entry" | b"main"
        | b"maincontent" | b"page" | b"post" | b"postbody" | b"postcontent" | b"story" | b"storybody" | b"text" => {
            POSITIVE
        }
        b"breadcrumb" | b"breadcrumbs" | b"menu" | b"menus" | b"nav" | b"navbar" | b"navbox" | b"navfooter"
        | b"navheader" | b"navigate" | b"navigation" | b"pager" | b"pagination" | b"submenu" => NAVIGATION | NEGATIVE,
        b"share" | b"shares" | b"sharing" | b"social" | b"socials" => SHARE | NEGATIVE,
        b"recommendation" | b"recommendations" | b"recommended" | b"related" | b"similar" | b"teaser" | b"teasers"
        | b"trending" | b"upsell" => RELATED | NEGATIVE,
        b"ad" | b"ads" | b"advert" | b"advertisement" | b"advertising" | b"banner" | b"promo" | b"promos"
        | b"promotion" | b"sponsor" | b"sponsored" | b"sponsors" => AD | NEGATIVE,
        b"cart" | b"consent" | b"cookie" | b"cookies" | b"gdpr" | b"lightbox" | b"minicart" | b"modal"
        | b"newsletter" | b"paywall" | b"popup" | b"signup" | b"subscribe" | b"subscription" | b"wishlist" => {
            OVERLAY | NEGATIVE
        }
        b"comment" | b"commentlist" | b"comments" | b"disqus" | b"replies" | b"respond" => COMMENTS | NEGATIVE,
        b"author" | b"authors" | b"bio" | b"byline" | b"dateline" | b"disclaimer" | b"meta" | b"tags" => {
            META | NEGATIVE
        }
        b"colophon" | b"copyright" | b"foot" | b"footer" => FOOTER | NEGATIVE,
        b"header" | b"masthead" => HEADER,
        b"sidebar" | b"sidebars" | b"sphinxsidebar" => SIDEBAR | NEGATIVE,
        b"rating" | b"ratings" | b"review" | b"reviews" => REVIEWS,
        b"description" | b"ingredients" | b"specification" | b"specifications" | b"specs" => DESCRIPTION,
        b"product" | b"productdetails" | b"productinfo" => PRODUCT,
        b"about" | b"detail" | b"details" | b"info" | b"overview" | b"summary" => ABOUT,
        b"contact" | b"hidden" | b"media" | b"scroll" | b"shopping" | b"widget" | b"widgets" => NEGATIVE,
        _ => 0,
    }
}

/// What a class or id attribute hints at.
pub(super) fn read(value: &str) -> u32 {
    let bytes = value.as_bytes();
    let (mut found, mut length) = (0, 0);
    let mut buffer = [0; LONGEST];
    for (at, &byte) in bytes.iter().enumerate() {
        let letter = byte.is_ascii_alphabetic() || !byte.is_ascii();
        let upper = byte.is_ascii_uppercase();
        let after_lower = at > 0 && bytes[at - 1].is_ascii_lowercase();
        // The last capital of several belongs to the word that follows, as in `HTMLMenu`.
        let before_lower =
            at > 0 && bytes[at - 1].is_ascii_uppercase() && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        if !letter || upper && (after_lower || before_lower) {
            found |= buffer.get(..length).map_or(0, word);
            length = 0;
        }
        if letter {
            if let Some(place) = buffer.get_mut(length) {
                *place = byte.to_ascii_lowercase();
            }
            length += 1;
        }
    }
    found |= buffer.get(..length).map_or(0, word);
    let described = found & (PRODUCT | ABOUT) == PRODUCT | ABOUT;
    found & !(PRODUCT | ABOUT) | if described { DESCRIPTION } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_whole_words_in_any_spelling() {
        for name in ["Sidebar-right", "leftSidebar", "x SIDEBAR_2 y", "HTMLSidebar", "sidebar"] {
            assert_ne!(read(name) & SIDEBAR, 0, "{name}");
        }
        for name in ["shareholders", "striptags", "comfortable", "shadow", "badge", "adsorption", "héader", "", "zebra"]
        {
            assert_eq!(read(name), 0, "{name}");
        }
    }
}
