//! Crowded pages: written tag by tag, straight from the source.
//!
//! Read [`Stream`] first. Such a page has a tag for every few bytes, and a tree of it would be many
//! times its size. All of its text is kept, in the lines, headings, items and rows that it stands in,
//! and the addresses of
//! links; nesting and emphasis are not.

use std::borrow::Cow;

use super::{
    Emitter,
    marks::Mark,
    writer::{Block, Context},
};
use crate::markdown::{
    attribute::{self, is_space},
    crowd::{Piece, Pieces},
    document::ROOT,
    links::{is_script, write_destination},
    options::{ImageStyle, LinkStyle},
    tag::{Tag, kind},
    tokenizer::StartTag,
};

/// More columns than this are not announced by the ruler of a table.
const MAX_RULER: usize = 1000;

const BULLET: Block = Block::List { marker: '-', interrupts: true };

/// The state of one page.
#[derive(Debug)]
pub(super) struct Stream<'e, 'd, 'a> {
    emitter: &'e mut Emitter<'d, 'a>,
    heading: Option<usize>,
    link: Option<Link<'a>>,
    item: Option<Item>,
    row: Option<Row>,
    /// Rows written of the open table.
    rows: usize,
}

/// An open link.
#[derive(Debug)]
struct Link<'a> {
    href: Cow<'a, str>,
    /// It has text, so its bracket was written.
    has_text: bool,
}

/// An open item of a list, or a definition.
#[derive(Debug)]
struct Item {
    /// What it is for what follows it.
    block: Block,
    outer: Context,
    /// Where it begins in the output, to take it back if it stays empty.
    start: usize,
}

/// An open row of a table.
#[derive(Debug)]
struct Row {
    columns: usize,
    outer: Context,
    start: usize,
    has_text: bool,
}

impl<'e, 'd, 'a> Stream<'e, 'd, 'a> {
    pub(super) fn new(emitter: &'e mut Emitter<'d, 'a>) -> Self {
        emitter.keep_empty = false;
        Self { emitter, heading: None, link: None, item: None, row: None, rows: 0 }
    }

    /// Writes the page.
    pub(super) fn run(mut self) {
        Pieces::new(self.emitter.document.source).each(&mut |piece| match piece {
            Piece::Text { text, raw } => self.text(text, raw),
            Piece::Start(tag) => self.start(tag),
            Piece::End(tag) => self.end(tag),
        });
        self.end_table();
        self.close_item();
    }

    fn text(&mut self, text: &str, raw: bool) {
        let blank = text.bytes().all(is_space);
        if blank && !self.emitter.in_block {
            return;
        }
        // Text beside the cells of a table stands outside of it.
        if !blank && self.emitter.cell.is_none() && (self.rows > 0 || self.row.is_some()) {
            self.end_table();
        }
        if !blank && self.begin_link() {
            // White space stands outside of the brackets.
            self.emitter.write_text(&text[..text.len() - text.trim_ascii_start().len()], raw);
            self.emitter.write("[");
            self.emitter.marks.push(Mark::inside_brackets(ROOT));
            return self.emitter.write_text(text.trim_ascii_start(), raw);
        }
        self.emitter.write_text(text, raw);
    }

    /// Whether the text that comes is the first of a link.
    fn begin_link(&mut self) -> bool {
        self.link.as_mut().is_some_and(|link| !std::mem::replace(&mut link.has_text, true))
    }

    fn start(&mut self, tag: StartTag) {
        match tag.tag {
            Tag::Br => {
                self.emitter.line_break();
            }
            Tag::Hr => {
                self.end_line();
                if self.emitter.cell.is_none() {
                    self.emitter.rule();
                }
            }
            Tag::Img => self.image(tag),
            Tag::A => self.open_link(tag),
            Tag::Li => self.open_item(BULLET, "- "),
            Tag::Dd => self.open_item(Block::Paragraph, ": "),
            Tag::Dt => {
                self.end_line();
                self.close_item();
            }
            Tag::Table => self.end_table(),
            Tag::Tr => self.open_row(),
            Tag::Td | Tag::Th => self.open_cell(),
            other if other.is(kind::BLOCK) => {
                self.end_line();
                if let Some(level) = other.heading_level() {
                    self.emitter.upcoming = Block::Heading(level);
                    self.heading = Some(level);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: Tag) {
        match tag {
            Tag::Br => {
                self.emitter.line_break();
            }
            Tag::A => self.close_link(),
            Tag::Li | Tag::Dd | Tag::Ul | Tag::Ol | Tag::Dl => {
                self.end_line();
                self.close_item();
            }
            Tag::Td | Tag::Th => self.close_cell(),
            Tag::Tr => self.close_row(),
            Tag::Table => self.end_table(),
            other if other.is(kind::BLOCK) => self.end_line(),
            _ => {}
        }
    }

    /// Of a picture only its description is shown.
    fn image(&mut self, tag: StartTag) {
        let attributes = &self.emitter.document.source[tag.name_end..tag.end];
        if self.emitter.images != ImageStyle::Drop
            && let Some(description) = attribute::find(attributes, "alt")
        {
            self.text(&description, true);
        }
    }

    fn open_link(&mut self, tag: StartTag) {
        self.close_link();
        let attributes = &self.emitter.document.source[tag.name_end..tag.end];
        let href = attribute::find(attributes, "href");
        self.link = href
            .filter(|href| self.emitter.links != LinkStyle::Text && !is_script(href))
            .map(|href| Link { href, has_text: false });
    }

    fn close_link(&mut self) {
        if let Some(link) = self.link.take().filter(|link| link.has_text) {
            let emitter = &mut *self.emitter;
            emitter.marks.pop();
            let mut target = String::new();
            write_destination(&emitter.resolver.resolve(&link.href), emitter.cell.is_some(), &mut target);
            emitter.write_target(target);
        }
    }

    fn end_line(&mut self) {
        if self.link.is_some() {
            self.close_link();
        }
        match self.heading.take() {
            Some(level) => self.emitter.close_heading(level),
            None => self.emitter.end_block(),
        }
    }

    // ---- items

    /// Begins an item; in a table it is only a line.
    fn open_item(&mut self, block: Block, marker: &str) {
        self.end_line();
        if self.emitter.cell.is_some() {
            return;
        }
        self.close_item();
        let emitter = &mut *self.emitter;
        let (start, outer) = (emitter.out.len(), emitter.context);
        let follows = !outer.fresh && outer.last == block;
        if follows {
            emitter.new_line();
        } else {
            emitter.separate(block);
        }
        emitter.out.push_str(marker);
        emitter.enter("  ", false);
        self.item = Some(Item { block, outer, start });
    }

    fn close_item(&mut self) {
        if self.emitter.cell.is_some() {
            return;
        }
        let Some(Item { block, outer, start }) = self.item.take() else { return };
        self.end_line();
        if self.emitter.context.fresh {
            self.emitter.out.truncate(start);
            self.emitter.leave(outer);
        } else {
            self.emitter.leave(Context { fresh: false, last: block, ..outer });
        }
    }

    // ---- tables

    fn open_row(&mut self) {
        self.close_row();
        self.end_line();
        let emitter = &mut *self.emitter;
        let (start, outer) = (emitter.out.len(), emitter.context);
        if self.rows == 0 {
            emitter.begin_block(Block::Table);
            emitter.in_block = false;
        } else {
            emitter.new_line();
        }
        emitter.out.push('|');
        self.row = Some(Row { columns: 0, outer, start, has_text: false });
    }

    fn open_cell(&mut self) {
        if self.row.is_none() {
            self.open_row();
        }
        self.close_cell();
        self.emitter.out.push(' ');
        self.emitter.cell = Some(self.emitter.out.len());
    }

    fn close_cell(&mut self) {
        self.end_line();
        if let (Some(start), Some(row)) = (self.emitter.cell.take(), &mut self.row) {
            row.has_text |= self.emitter.out.len() > start;
            row.columns += 1;
            self.emitter.out.push_str(" |");
        }
    }

    fn close_row(&mut self) {
        self.close_cell();
        let Some(row) = self.row.take() else { return };
        if !row.has_text {
            self.emitter.out.truncate(row.start);
            self.emitter.context = row.outer;
            return;
        }
        self.rows += 1;
        if self.rows == 1 {
            self.emitter.new_line();
            self.emitter.out.push('|');
            for _ in 0..row.columns.min(MAX_RULER) {
                self.emitter.out.push_str(" --- |");
            }
        }
    }

    fn end_table(&mut self) {
        self.close_row();
        self.end_line();
        self.rows = 0;
    }
}
