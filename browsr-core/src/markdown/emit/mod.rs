//! Nodes to Markdown: one walk over the arena into one string.
//!
//! Read [`Emitter`] first; this file decides what each element means. `writer` keeps lines,
//! prefixes and gaps, `inline` text, `marks` and `emphasis` emphasis, and the other files one element family each.

mod code;
mod delimiters;
mod emphasis;
mod escape;
mod footnote;
mod gutter;
mod image;
mod inline;
mod link;
mod list;
mod marks;
mod math;
mod table;
mod writer;

use super::{
    attribute::is_space,
    document::{Document, NodeId, flag},
    links::Resolver,
    options::{HeadingStyle, ImageStyle, LinkStyle, Options},
    selection::Selection,
    tag::{Tag, kind},
    work,
};
use emphasis::{Key, Kind, LineEscape, Piece};
pub(super) use escape::forms_reference;
use footnote::Footnotes;
pub(super) use footnote::notes;
use link::References;
use list::List;
use marks::{Mark, Style};
use table::Table;
use writer::{Block, Context};

/// A heading with more nodes, or more bytes of text, has more inside than its text.
const LARGEST_HEADING: NodeId = 200;
const LONGEST_HEADING: usize = 400;

/// Writes the selected part of a document.
pub(super) fn emit(document: &Document<'_>, selection: &Selection, resolver: &Resolver, options: &Options) -> String {
    let mut emitter = Emitter::new(document, selection, resolver, options);
    for &root in &selection.roots {
        emitter.walk(root);
    }
    emitter.finish()
}

/// Whether there is anything to read in what is selected.
fn has_text(document: &Document<'_>, selection: &Selection) -> bool {
    selection.roots.iter().any(|&root| {
        let mut at = root;
        while at < document.end(root) {
            work::step();
            let node = document.node(at);
            match node.tag {
                Tag::Text if !node.has(flag::BLANK) => return true,
                tag if tag.is(kind::UNSEEN) || selection.drops(at) => at = node.end,
                _ => at += 1,
            }
        }
        false
    })
}

/// What an element did when it was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    Into,
    Past,
}

/// What remains to be done where an element ends.
#[derive(Debug)]
enum Close {
    Block,
    Heading(usize),
    Mark,
    Text(&'static str),
    Space,
    Quote(Context),
    Item(list::OpenItem),
    List(Option<List>),
    Definition(Context),
    Footnote(Context),
    Table(Option<Box<Table>>),
    Row,
    Cell(usize),
}

/// The state of one conversion.
#[derive(Debug)]
struct Emitter<'d, 'a> {
    document: &'d Document<'a>,
    selection: &'d Selection,
    resolver: &'d Resolver,
    links: LinkStyle,
    images: ImageStyle,
    heading_style: HeadingStyle,
    remove_base64_images: bool,
    /// Empty items, quotes and blocks of code are written as such.
    keep_empty: bool,
    /// Empty headings and links are written as such: there is nothing else on the page.
    only_empty: bool,
    out: String,
    /// What every line of the open containers begins with.
    prefix: String,
    context: Context,
    /// A line is being written.
    in_block: bool,
    /// What the next block will be when its first text comes.
    upcoming: Block,
    line_start: bool,
    /// The paragraph goes on in a new line, where marks of blocks can mean more.
    after_break: bool,
    pending_space: bool,
    pending_breaks: u32,
    /// The emphasis of the space or break that is pending.
    space_keys: Vec<Key>,
    /// None of the above needs attention: plain text can be copied to the output.
    flowing: bool,
    marks: Vec<Mark>,
    /// What the block that is being written is made of, from its first emphasis on.
    pieces: Vec<Piece>,
    line_escapes: Vec<LineEscape>,
    /// Something is being written that is one piece.
    in_atom: bool,
    /// The code span written last.
    code: Option<code::CodeSpan>,
    list: Option<List>,
    table: Option<Box<Table>>,
    /// A part of a table is written out of its turn.
    in_moved_part: bool,
    /// All text up to the end of the open heading is text of the heading.
    in_heading: bool,
    has_code: bool,
    /// Where the open table cell begins in the output.
    cell: Option<usize>,
    references: References,
    footnotes: Footnotes,
    /// How many footnotes are open.
    in_footnote: u32,
    has_formulas: bool,
    /// How many nodes may still be looked at for formulas, where elements that seem to hold one are nested.
    formula_budget: NodeId,
    open: Vec<(NodeId, Close)>,
}

impl<'d, 'a> Emitter<'d, 'a> {
    fn new(document: &'d Document<'a>, selection: &'d Selection, resolver: &'d Resolver, options: &Options) -> Self {
        Self {
            document,
            selection,
            resolver,
            links: options.links,
            images: options.images,
            heading_style: options.heading_style,
            remove_base64_images: options.remove_base64_images,
            keep_empty: !options.only_main_content,
            only_empty: !options.only_main_content && !has_text(document, selection),
            out: String::with_capacity(document.source.len() / 6),
            prefix: String::new(),
            context: Context::new(),
            in_block: false,
            upcoming: Block::Paragraph,
            line_start: false,
            after_break: false,
            pending_space: false,
            pending_breaks: 0,
            space_keys: Vec::new(),
            flowing: false,
            marks: Vec::new(),
            pieces: Vec::new(),
            line_escapes: Vec::new(),
            in_atom: false,
            code: None,
            list: None,
            table: None,
            in_moved_part: false,
            in_heading: false,
            has_code: document.has_code,
            cell: None,
            references: References::default(),
            footnotes: Footnotes::find(document, selection),
            in_footnote: 0,
            has_formulas: math::has_formulas(document),
            formula_budget: document.len().saturating_mul(4),
            open: Vec::new(),
        }
    }

    fn walk(&mut self, root: NodeId) {
        self.walk_inside(root, 0);
    }

    /// Writes an element while the first `outer` of the open ones stay open.
    fn walk_inside(&mut self, root: NodeId, outer: usize) {
        let end = self.document.end(root);
        let mut at = root;
        loop {
            while self.open.len() > outer && self.open.last().is_some_and(|&(end, _)| end <= at) {
                if let Some((_, close)) = self.open.pop() {
                    self.close(close);
                }
            }
            if at >= end {
                return;
            }
            work::step();
            let node = self.document.node(at);
            if self.selection.drops(at) {
                at = node.end;
            } else if node.tag == Tag::Text {
                self.text(at);
                at += 1;
            } else if self.element(at) == Walk::Past {
                at = node.end;
            } else {
                at += 1;
            }
        }
    }

    fn finish(mut self) -> String {
        self.end_block();
        self.write_references();
        self.out.truncate(self.out.trim_end().len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    fn push(&mut self, id: NodeId, close: Close) -> Walk {
        self.push_until(self.document.end(id), close)
    }

    /// Like [`Self::push`], for what ends elsewhere than its element.
    fn push_until(&mut self, end: NodeId, close: Close) -> Walk {
        self.open.push((end, close));
        Walk::Into
    }

    /// Opens an element.
    fn element(&mut self, id: NodeId) -> Walk {
        let node = *self.document.node(id);
        let tag = node.tag;
        if node.has(flag::FLATTENED) {
            if tag.is(kind::BLOCK) && !self.in_heading {
                self.end_block();
            } else if tag.is(kind::BLOCK) {
                self.space();
            }
            return Walk::Into;
        }
        if tag == Tag::Script {
            return self.tex_script(id);
        }
        if tag.is(kind::UNSEEN) {
            let shadow = tag == Tag::Template && self.document.attribute(id, "shadowrootmode").is_some();
            return if shadow { Walk::Into } else { Walk::Past };
        }
        if self.has_formulas
            && let Some(walk) = self.formula_element(id)
        {
            return walk;
        }
        if tag.is(kind::BLOCK) {
            return self.block(id, tag);
        }
        if matches!(tag, Tag::Sup | Tag::A)
            && let Some(number) = self.footnotes.number(id)
        {
            return self.footnote_mark(number);
        }
        match tag {
            Tag::Em | Tag::I => self.emphasis(id, Kind::Emphasis),
            Tag::Strong | Tag::B => self.emphasis(id, Kind::Strong),
            Tag::Del | Tag::S | Tag::Strike => self.emphasis(id, Kind::Strikethrough),
            Tag::Sup => self.emphasis(id, Kind::Html("sup")),
            Tag::Sub => self.emphasis(id, Kind::Html("sub")),
            Tag::A => self.link(id),
            Tag::Code | Tag::Tt | Tag::Samp | Tag::Kbd => self.code_span(id),
            Tag::Img => self.image(id),
            Tag::Br => self.line_break(),
            Tag::Input => self.checkbox(id),
            Tag::Q => {
                self.write("\u{201c}");
                self.push(id, Close::Text("\u{201d}"))
            }
            // They are drawn with edges, which keep the words beside them apart.
            Tag::Button | Tag::Select | Tag::Textarea => self.push_apart(id),
            Tag::Rt => self.reading(id),
            Tag::Svg | Tag::Video | Tag::Audio | Tag::Canvas => Walk::Past,
            Tag::Span | Tag::Font | Tag::U => self.styled(id),
            _ => Walk::Into,
        }
    }

    fn block(&mut self, id: NodeId, tag: Tag) -> Walk {
        if self.in_heading {
            return match tag {
                Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext => self.code_span(id),
                _ => self.push_apart(id),
            };
        }
        if self.cell.is_some() {
            return match tag {
                Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext => self.code_in_cell(id),
                // The cells of a row of an inner table stay in one line.
                Tag::Td | Tag::Th => self.push_apart(id),
                Tag::Hr => Walk::Past,
                _ => {
                    self.end_block();
                    self.push(id, Close::Block)
                }
            };
        }
        self.end_block();
        if self.has_code && self.is_gutter(id) || self.is_moved(id) {
            return Walk::Past;
        }
        match tag {
            Tag::Ul | Tag::Ol | Tag::Menu | Tag::Dir => self.open_list(id, tag),
            Tag::Li => self.open_item(id),
            Tag::Blockquote => self.open_quote(id),
            Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext => self.code_block(id),
            Tag::Hr => self.rule(),
            Tag::Table => self.open_table(id),
            Tag::Tr if self.table.is_some() => self.open_row(id),
            Tag::Td | Tag::Th if self.table.is_some() => self.open_cell(id),
            Tag::Dt | Tag::Summary => self.mark_block(id),
            Tag::Dd => self.open_definition(id),
            _ => match tag.heading_level() {
                Some(level) => {
                    self.upcoming = Block::Heading(level);
                    self.in_heading = self.has_only_text(id);
                    self.push(id, Close::Heading(level))
                }
                None => self.push(id, Close::Block),
            },
        }
    }

    /// The reading of a word stands in parentheses, unless the page writes its own.
    fn reading(&mut self, id: NodeId) -> Walk {
        let document = self.document;
        let before = if document.node(id - 1).has(flag::BLANK) { id - 2 } else { id - 1 };
        let has_own = document.tag(document.parent(before)) == Tag::Rp;
        if has_own || document.inner_text_up_to(id, 1).is_empty() {
            return Walk::Into;
        }
        self.write("(");
        self.push(id, Close::Text(")"))
    }

    /// Opens an element whose text is kept apart from that beside it on the same line.
    fn push_apart(&mut self, id: NodeId) -> Walk {
        self.space();
        self.push(id, Close::Space)
    }

    /// Whether the blocks inside of a heading are but lines of its text. A heading that was never closed has the page inside.
    fn has_only_text(&self, id: NodeId) -> bool {
        let document = self.document;
        let is_more = |node: NodeId| {
            matches!(
                document.tag(node),
                Tag::Pre | Tag::Table | Tag::Ul | Tag::Ol | Tag::Dl | Tag::Blockquote | Tag::Hr
            ) || document.tag(node).is(kind::HEADING)
        };
        document.end(id) - id <= LARGEST_HEADING
            && document.descendants(id).any(|node| document.tag(node).is(kind::BLOCK))
            && !document.descendants(id).any(is_more)
            && document.inner_text_up_to(id, LONGEST_HEADING).len() < LONGEST_HEADING
    }

    fn close(&mut self, close: Close) {
        match close {
            Close::Block => self.end_block(),
            Close::Heading(level) => self.close_heading(level),
            Close::Mark => self.close_mark(),
            Close::Text(text) => self.write(text),
            Close::Space => self.space(),
            Close::Quote(outer) => self.close_quote(outer),
            Close::Item(item) => self.close_item(&item),
            Close::List(outer) => self.close_list(outer),
            Close::Definition(outer) => self.close_definition(outer),
            Close::Footnote(outer) => self.close_footnote(outer),
            Close::Table(outer) => self.close_table(outer),
            Close::Row => self.close_row(),
            Close::Cell(extra) => self.close_cell(extra),
        }
    }

    fn rule(&mut self) -> Walk {
        // Dashes after a dash, or right below a paragraph, would mean something else.
        let after_dash = self.context.fresh && (self.out.ends_with("- ") || self.out.is_empty());
        let rule = if self.context.tight || after_dash { "***" } else { "---" };
        self.begin_block(Block::Rule);
        self.out.push_str(rule);
        self.end_block();
        Walk::Past
    }

    fn checkbox(&mut self, id: NodeId) -> Walk {
        let is_checkbox = self.document.attribute(id, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox"));
        let first_in_item = self.context.fresh && self.list.is_some() && !self.in_block;
        if is_checkbox && first_in_item && self.cell.is_none() {
            let checked = self.document.attribute(id, "checked").is_some();
            self.begin_block(Block::Paragraph);
            self.out.push_str(if checked { "[x]" } else { "[ ]" });
            self.line_start = false;
            self.flowing = false;
            self.pending_space = true;
        } else {
            self.space();
        }
        Walk::Past
    }

    fn mark_block(&mut self, id: NodeId) -> Walk {
        self.push(id, Close::Block);
        self.mark(id, Style::Emphasis(Kind::Strong))
    }
}
