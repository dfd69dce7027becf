//! Nodes to Markdown: one walk over the arena into one string.
//!
//! Read [`Emitter`] first; this file decides what each element means. `writer` keeps lines,
//! prefixes and gaps, `inline` text, `marks` emphasis, and the other files one element family each.

mod code;
mod escape;
mod footnote;
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
pub(super) use escape::forms_reference;
use footnote::Footnotes;
pub(super) use footnote::notes;
use link::References;
use list::List;
use marks::{Mark, Style};
use table::Table;
use writer::{Block, Context};

/// Writes the selected part of a document.
pub(super) fn emit(document: &Document<'_>, selection: &Selection, resolver: &Resolver, options: &Options) -> String {
    let mut emitter = Emitter::new(document, selection, resolver, options);
    for &root in &selection.roots {
        emitter.walk(root);
    }
    emitter.finish()
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
    Table(Option<Table>),
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
    /// Empty headings, items and quotes are written as such.
    keep_empty: bool,
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
    /// None of the above needs attention: plain text can be copied to the output.
    flowing: bool,
    marks: Vec<Mark>,
    list: Option<List>,
    table: Option<Table>,
    /// Where the open table cell begins in the output.
    cell: Option<usize>,
    references: References,
    footnotes: Footnotes,
    /// How many footnotes are open.
    in_footnote: u32,
    has_formulas: bool,
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
            out: String::with_capacity(document.source.len() / 6),
            prefix: String::new(),
            context: Context::new(),
            in_block: false,
            upcoming: Block::Paragraph,
            line_start: false,
            after_break: false,
            pending_space: false,
            pending_breaks: 0,
            flowing: false,
            marks: Vec::new(),
            list: None,
            table: None,
            cell: None,
            references: References::default(),
            footnotes: Footnotes::find(document, selection),
            in_footnote: 0,
            has_formulas: math::has_formulas(document),
            open: Vec::new(),
        }
    }

    fn walk(&mut self, root: NodeId) {
        let end = self.document.end(root);
        let mut at = root;
        loop {
            while self.open.last().is_some_and(|&(end, _)| end <= at) {
                if let Some((id, close)) = self.open.pop() {
                    self.close(id, close);
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
            if tag.is(kind::BLOCK) {
                self.end_block();
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
        if tag.is(kind::BLOCK) {
            return self.block(id, tag);
        }
        if matches!(tag, Tag::Sup | Tag::A)
            && let Some(number) = self.footnotes.number(id)
        {
            return self.footnote_mark(number);
        }
        match tag {
            Tag::Em | Tag::I => self.mark(id, Style::Emphasis),
            Tag::Strong | Tag::B => self.mark(id, Style::Strong),
            Tag::Del | Tag::S | Tag::Strike => self.mark(id, Style::Strikethrough),
            Tag::Sup => self.mark(id, Style::Html("sup")),
            Tag::Sub => self.mark(id, Style::Html("sub")),
            Tag::A => self.link(id),
            Tag::Code | Tag::Tt | Tag::Samp | Tag::Kbd => self.code_span(id),
            Tag::Img => self.image(id),
            Tag::Br => self.line_break(),
            Tag::Input => self.checkbox(id),
            Tag::Q => {
                self.write("\u{201c}");
                self.push(id, Close::Text("\u{201d}"))
            }
            Tag::Math => self.math(id),
            // They are drawn with edges, which keep the words beside them apart.
            Tag::Button | Tag::Select | Tag::Textarea => {
                self.space();
                self.push(id, Close::Space)
            }
            Tag::Span | Tag::Unknown if self.has_formulas && self.is_drawn_formula(id) => Walk::Past,
            Tag::Svg | Tag::Video | Tag::Audio | Tag::Canvas => Walk::Past,
            _ => Walk::Into,
        }
    }

    fn block(&mut self, id: NodeId, tag: Tag) -> Walk {
        self.end_block();
        if self.cell.is_some() {
            return match tag {
                Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext => self.code_span(id),
                Tag::Hr => Walk::Past,
                _ => self.push(id, Close::Block),
            };
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
                    self.push(id, Close::Heading(level))
                }
                None => self.push(id, Close::Block),
            },
        }
    }

    fn close(&mut self, end: NodeId, close: Close) {
        match close {
            Close::Block => self.end_block(),
            Close::Heading(level) => self.close_heading(level),
            Close::Mark => self.close_mark(end),
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
        self.mark(id, Style::Strong)
    }
}
