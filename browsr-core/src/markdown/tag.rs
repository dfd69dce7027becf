//! Element names as one byte, with the properties that the HTML rules ask for.
//!
//! Read [`Tag`] first. Names are looked up in a hash table that is built at compile time.

/// Properties of an element kind, as bits.
pub(super) mod kind {
    /// Starts and ends a line of its own when rendered.
    pub(in crate::markdown) const BLOCK: u16 = 1;
    /// Has no content and no end tag.
    pub(in crate::markdown) const VOID: u16 = 1 << 1;
    /// "Special" in the HTML parsing rules: stops the search for a matching start tag.
    pub(in crate::markdown) const SPECIAL: u16 = 1 << 2;
    /// Ends the default scope of the HTML parsing rules.
    pub(in crate::markdown) const SCOPE: u16 = 1 << 3;
    /// Is re-opened when it was closed too early by an ancestor.
    pub(in crate::markdown) const FORMATTING: u16 = 1 << 4;
    /// Its start tag closes an open paragraph.
    pub(in crate::markdown) const CLOSES_P: u16 = 1 << 5;
    /// Its content is text up to its end tag.
    pub(in crate::markdown) const RAW: u16 = 1 << 6;
    /// Never shown to a reader.
    pub(in crate::markdown) const UNSEEN: u16 = 1 << 7;
    /// May stand in `<head>`.
    pub(in crate::markdown) const HEAD: u16 = 1 << 8;
    /// Its end tag may be left out before another end tag.
    pub(in crate::markdown) const IMPLIED_END: u16 = 1 << 9;
    /// `h1` to `h6`.
    pub(in crate::markdown) const HEADING: u16 = 1 << 10;
    /// Its start tag leaves SVG and `MathML` content.
    pub(in crate::markdown) const BREAKOUT: u16 = 1 << 11;
    /// A child of a table that is not a cell: content put here moves before the table.
    pub(in crate::markdown) const TABLE_PART: u16 = 1 << 12;
    /// Passive text container of `MathML`, in which HTML may stand.
    pub(in crate::markdown) const MATH: u16 = 1 << 13;
}
use kind::{
    BLOCK, BREAKOUT, CLOSES_P, FORMATTING, HEAD, HEADING, IMPLIED_END, MATH, RAW, SCOPE, SPECIAL, TABLE_PART, UNSEEN,
    VOID,
};

/// A block container that closes paragraphs.
const FLOW: u16 = BLOCK | SPECIAL | CLOSES_P;

macro_rules! tags {
    ($($variant:ident $name:literal $kind:expr;)*) => {
        /// An element kind, or [`Tag::Text`] for a run of text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(super) enum Tag { Text, Unknown, $($variant),* }

        impl Tag {
            /// How many kinds there are.
            pub(super) const COUNT: usize = Self::NAMES.len();
            const ALL: &'static [Self] = &[Self::Text, Self::Unknown, $(Self::$variant),*];
            const NAMES: &'static [&'static str] = &["", "", $($name),*];
            const KINDS: &'static [u16] = &[0, 0, $($kind),*];
        }
    };
}

tags! {
    Html "html" SPECIAL | SCOPE | BLOCK;
    Head "head" SPECIAL | UNSEEN | BREAKOUT;
    Body "body" SPECIAL | BLOCK | BREAKOUT;
    Base "base" SPECIAL | VOID | HEAD | UNSEEN;
    Link "link" SPECIAL | VOID | HEAD | UNSEEN;
    Meta "meta" SPECIAL | VOID | HEAD | UNSEEN | BREAKOUT;
    Title "title" SPECIAL | RAW | HEAD | UNSEEN;
    Style "style" SPECIAL | RAW | HEAD | UNSEEN;
    Script "script" SPECIAL | RAW | HEAD | UNSEEN;
    Noscript "noscript" SPECIAL | SCOPE | HEAD | UNSEEN;
    Template "template" SPECIAL | SCOPE | HEAD | UNSEEN;
    Noframes "noframes" SPECIAL | RAW | HEAD | UNSEEN;
    Iframe "iframe" SPECIAL | RAW | UNSEEN;
    Noembed "noembed" SPECIAL | RAW | UNSEEN;
    Xmp "xmp" FLOW | RAW;
    Plaintext "plaintext" FLOW | RAW;
    Textarea "textarea" SPECIAL | RAW;
    Address "address" FLOW;
    Article "article" FLOW;
    Aside "aside" FLOW;
    Blockquote "blockquote" FLOW | BREAKOUT;
    Center "center" FLOW | BREAKOUT;
    Details "details" FLOW;
    Dialog "dialog" FLOW;
    Dir "dir" FLOW;
    Div "div" FLOW | BREAKOUT;
    Dl "dl" FLOW | BREAKOUT;
    Dt "dt" BLOCK | SPECIAL | IMPLIED_END | BREAKOUT;
    Dd "dd" BLOCK | SPECIAL | IMPLIED_END | BREAKOUT;
    Fieldset "fieldset" FLOW;
    Figcaption "figcaption" FLOW;
    Figure "figure" FLOW;
    Footer "footer" FLOW;
    Form "form" FLOW;
    H1 "h1" FLOW | HEADING | BREAKOUT;
    H2 "h2" FLOW | HEADING | BREAKOUT;
    H3 "h3" FLOW | HEADING | BREAKOUT;
    H4 "h4" FLOW | HEADING | BREAKOUT;
    H5 "h5" FLOW | HEADING | BREAKOUT;
    H6 "h6" FLOW | HEADING | BREAKOUT;
    Header "header" FLOW;
    Hgroup "hgroup" FLOW;
    Hr "hr" BLOCK | SPECIAL | VOID | CLOSES_P | BREAKOUT;
    Li "li" BLOCK | SPECIAL | IMPLIED_END | BREAKOUT;
    Listing "listing" FLOW | BREAKOUT;
    Main "main" FLOW;
    Menu "menu" FLOW | BREAKOUT;
    Nav "nav" FLOW;
    Ol "ol" FLOW | BREAKOUT;
    P "p" FLOW | IMPLIED_END | BREAKOUT;
    Pre "pre" FLOW | BREAKOUT;
    Search "search" FLOW;
    Section "section" FLOW;
    Summary "summary" FLOW;
    Ul "ul" FLOW | BREAKOUT;
    Legend "legend" BLOCK;
    Table "table" FLOW | SCOPE | BREAKOUT | TABLE_PART;
    Caption "caption" BLOCK | SPECIAL | SCOPE;
    Colgroup "colgroup" SPECIAL | UNSEEN;
    Col "col" SPECIAL | VOID | UNSEEN;
    Thead "thead" BLOCK | SPECIAL | TABLE_PART;
    Tbody "tbody" BLOCK | SPECIAL | TABLE_PART;
    Tfoot "tfoot" BLOCK | SPECIAL | TABLE_PART;
    Tr "tr" BLOCK | SPECIAL | TABLE_PART;
    Td "td" BLOCK | SPECIAL | SCOPE;
    Th "th" BLOCK | SPECIAL | SCOPE;
    A "a" FORMATTING;
    B "b" FORMATTING | BREAKOUT;
    Big "big" FORMATTING | BREAKOUT;
    Code "code" FORMATTING | BREAKOUT;
    Em "em" FORMATTING | BREAKOUT;
    Font "font" FORMATTING;
    I "i" FORMATTING | BREAKOUT;
    Nobr "nobr" FORMATTING | BREAKOUT;
    S "s" FORMATTING | BREAKOUT;
    Small "small" FORMATTING | BREAKOUT;
    Strike "strike" FORMATTING | BREAKOUT;
    Strong "strong" FORMATTING | BREAKOUT;
    Tt "tt" FORMATTING | BREAKOUT;
    U "u" FORMATTING | BREAKOUT;
    Abbr "abbr" 0;
    Audio "audio" 0;
    Bdi "bdi" 0;
    Bdo "bdo" 0;
    Cite "cite" 0;
    Data "data" 0;
    Del "del" 0;
    Dfn "dfn" 0;
    Ins "ins" 0;
    Kbd "kbd" 0;
    Label "label" 0;
    Mark "mark" 0;
    Meter "meter" 0;
    Object "object" SPECIAL | SCOPE;
    Applet "applet" SPECIAL | SCOPE;
    Marquee "marquee" SPECIAL | SCOPE;
    Output "output" 0;
    Picture "picture" 0;
    Progress "progress" 0;
    Q "q" 0;
    Rb "rb" IMPLIED_END;
    Rp "rp" IMPLIED_END;
    Rt "rt" IMPLIED_END;
    Rtc "rtc" IMPLIED_END;
    Ruby "ruby" BREAKOUT;
    Samp "samp" 0;
    Slot "slot" 0;
    Span "span" BREAKOUT;
    Sub "sub" BREAKOUT;
    Sup "sup" BREAKOUT;
    Time "time" 0;
    Var "var" BREAKOUT;
    Video "video" 0;
    Canvas "canvas" 0;
    Map "map" 0;
    Area "area" SPECIAL | VOID | UNSEEN;
    Br "br" SPECIAL | VOID | BREAKOUT;
    Embed "embed" SPECIAL | VOID | UNSEEN | BREAKOUT;
    Img "img" SPECIAL | VOID | BREAKOUT;
    Input "input" SPECIAL | VOID;
    Param "param" SPECIAL | VOID | UNSEEN;
    Source "source" SPECIAL | VOID | UNSEEN;
    Track "track" SPECIAL | VOID | UNSEEN;
    Wbr "wbr" SPECIAL | VOID;
    Button "button" SPECIAL;
    Select "select" SPECIAL;
    Option "option" BLOCK | IMPLIED_END;
    Optgroup "optgroup" BLOCK | IMPLIED_END;
    Datalist "datalist" UNSEEN;
    Svg "svg" 0;
    Math "math" 0;
    Annotation "annotation" UNSEEN;
    AnnotationXml "annotation-xml" UNSEEN;
    Semantics "semantics" 0;
    Mi "mi" MATH;
    Mn "mn" MATH;
    Mo "mo" MATH;
    Ms "ms" MATH;
    Mtext "mtext" MATH;
}

const TABLE_SIZE: usize = 512;

/// Tag numbers by name hash, open addressing; 0 is an empty place.
const TABLE: [u8; TABLE_SIZE] = {
    let mut table = [0u8; TABLE_SIZE];
    let mut index = 2;
    while index < Tag::COUNT {
        let name = Tag::NAMES[index].as_bytes();
        let mut hash = NameHash::new();
        let mut at = 0;
        while at < name.len() {
            hash = hash.push(name[at]);
            at += 1;
        }
        let mut place = hash.place();
        while table[place] != 0 {
            place = (place + 1) % TABLE_SIZE;
        }
        #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 256 tags")]
        let number = index as u8;
        table[place] = number;
        index += 1;
    }
    table
};

/// The running hash of a tag name, letter case folded.
#[derive(Clone, Copy)]
pub(super) struct NameHash(u32);

impl NameHash {
    pub(super) const fn new() -> Self {
        Self(0)
    }

    pub(super) const fn push(self, byte: u8) -> Self {
        Self(self.0.wrapping_mul(37).wrapping_add((byte | 0x20) as u32))
    }

    const fn place(self) -> usize {
        ((self.0 ^ (self.0 >> 9)) as usize) % TABLE_SIZE
    }

    /// Finds the tag with the name that was hashed.
    #[inline]
    pub(super) fn tag(self, name: &[u8]) -> Tag {
        let mut place = self.place();
        loop {
            let number = usize::from(TABLE[place]);
            if number == 0 {
                return if name.eq_ignore_ascii_case(b"image") { Tag::Img } else { Tag::Unknown };
            }
            if Tag::NAMES[number].as_bytes().eq_ignore_ascii_case(name) {
                return Tag::ALL[number];
            }
            place = (place + 1) % TABLE_SIZE;
        }
    }
}

impl Tag {
    /// Finds a tag by its name.
    pub(super) fn from_name(name: &str) -> Self {
        name.bytes().fold(NameHash::new(), NameHash::push).tag(name.as_bytes())
    }

    /// The lower-case element name; empty for text and unknown elements.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Whether any of the given [`kind`] bits holds.
    #[inline]
    pub(super) fn is(self, kinds: u16) -> bool {
        Self::KINDS[self as usize] & kinds != 0
    }

    /// The heading level, 1 to 6.
    pub(super) fn heading_level(self) -> Option<usize> {
        self.is(HEADING).then(|| 1 + self as usize - Self::H1 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_own_tag_in_any_letter_case() {
        for &tag in &Tag::ALL[2..] {
            assert_eq!(Tag::from_name(tag.name()), tag);
            assert_eq!(Tag::from_name(&tag.name().to_uppercase()), tag);
        }
        assert_eq!(Tag::from_name("image"), Tag::Img);
        assert_eq!(Tag::from_name("my-element"), Tag::Unknown);
    }
}
