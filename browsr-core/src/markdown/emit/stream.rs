//! Crowded pages: written line by line, straight from the source.
//!
//! Read [`Stream`] first. All text is kept, in the paragraphs, headings, items and rows that it stands
//! in. Nothing is nested, so there is nothing to keep in step: a line ends wherever a block begins or
//! ends.

use std::mem;

use super::{
    Emitter,
    writer::{Block, Context},
};
use crate::markdown::{
    attribute::{self, is_space},
    options::ImageStyle,
    tag::{Tag, kind},
    tokenizer::{StartTag, Token, Tokenizer},
    work,
};

/// What a line behind a marker is for its neighbours.
const ITEM: Block = Block::List { marker: '-', interrupts: true };

/// The state of one page.
#[derive(Debug)]
pub(super) struct Stream<'e, 'd, 'a> {
    emitter: &'e mut Emitter<'d, 'a>,
    /// The element whose content is not shown, and how many of its kind are open.
    hidden: Option<(Tag, usize)>,
    heading: Option<usize>,
    /// What stands before the next text.
    marker: Option<&'static str>,
    /// The line began with a marker.
    marked: bool,
    /// Ends of lines are kept, as in `<pre>`.
    keeps_lines: bool,
    row: Option<Row>,
    /// Columns of the open table; none before its first row.
    columns: usize,
}

/// An open row of a table.
#[derive(Debug)]
struct Row {
    columns: usize,
    has_text: bool,
    /// Where it begins in the output, and what was around it, to take it back if it stays empty.
    start: usize,
    outer: Context,
}

impl<'e, 'd, 'a> Stream<'e, 'd, 'a> {
    pub(super) fn new(emitter: &'e mut Emitter<'d, 'a>) -> Self {
        emitter.keep_empty = false;
        Self {
            emitter,
            hidden: None,
            heading: None,
            marker: None,
            marked: false,
            keeps_lines: false,
            row: None,
            columns: 0,
        }
    }

    /// Writes the page.
    pub(super) fn run(mut self) {
        let source = self.emitter.document.source;
        let mut tokenizer = Tokenizer::new(source);
        while let Some(token) = tokenizer.next(false) {
            work::step();
            match token {
                Token::Text { start, end } => self.text(&source[start..end], false),
                Token::Start(tag) if tag.tag.is(kind::RAW) => {
                    let (start, end) = tokenizer.raw_text(tag.tag);
                    self.raw_element(tag.tag, &source[start..end]);
                }
                Token::Start(tag) => self.start(tag),
                Token::End { tag, .. } => self.end(tag),
            }
        }
        self.end_table();
    }

    fn text(&mut self, text: &str, raw: bool) {
        if self.hidden.is_some() {
            return;
        }
        let blank = text.bytes().all(is_space);
        if blank && !self.emitter.in_block {
            return;
        }
        if !blank && self.emitter.cell.is_none() {
            // Text beside the cells of a table stands outside of it.
            if self.row.is_some() || self.columns > 0 {
                self.end_table();
            }
            if let Some(marker) = self.marker.take() {
                self.write_marker(marker);
            }
        }
        if !self.keeps_lines {
            return self.emitter.write_text(text, raw);
        }
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.emitter.line_break();
            }
            self.emitter.write_text(line, raw);
        }
    }

    /// An element whose content is text.
    fn raw_element(&mut self, tag: Tag, text: &str) {
        if tag.is(kind::UNSEEN) || self.hidden.is_some() {
            return;
        }
        let block = tag.is(kind::BLOCK);
        if block {
            self.end_line();
            self.keeps_lines = true;
        }
        self.text(text, tag != Tag::Textarea);
        if block {
            self.end_line();
            self.keeps_lines = false;
        }
    }

    fn start(&mut self, tag: StartTag) {
        if let Some((hidden, depth)) = self.hidden {
            if hidden != Tag::Svg || !tag.tag.is(kind::BREAKOUT) {
                self.hidden = Some((hidden, depth + usize::from(hidden == tag.tag && !tag.self_closing)));
                return;
            }
            self.hidden = None;
        }
        match tag.tag {
            Tag::Template | Tag::Svg | Tag::Video | Tag::Audio | Tag::Canvas | Tag::Datalist => {
                self.hidden = (tag.tag != Tag::Svg || !tag.self_closing).then_some((tag.tag, 1));
            }
            Tag::Br => {
                self.emitter.line_break();
            }
            Tag::Img => self.image(tag),
            Tag::Hr if self.emitter.cell.is_none() => {
                self.end_table();
                self.emitter.rule();
            }
            Tag::Li => self.begin_item("- "),
            Tag::Dd => self.begin_item(": "),
            Tag::Table => self.end_table(),
            Tag::Tr => self.open_row(),
            Tag::Td | Tag::Th => self.open_cell(),
            other if other.is(kind::BLOCK) => {
                self.end_line();
                self.keeps_lines |= matches!(other, Tag::Pre | Tag::Listing);
                if self.emitter.cell.is_none() {
                    self.heading = other.heading_level();
                    self.emitter.upcoming = self.heading.map_or(Block::Paragraph, Block::Heading);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: Tag) {
        if let Some((hidden, depth)) = self.hidden {
            // A block that ends takes what is open in it along.
            let ends = hidden != Tag::Template && tag.is(kind::BLOCK);
            let depth = if ends { 0 } else { depth - usize::from(hidden == tag) };
            self.hidden = (depth > 0).then_some((hidden, depth));
            if !ends {
                return;
            }
        }
        match tag {
            Tag::Br => {
                self.emitter.line_break();
            }
            Tag::Td | Tag::Th => self.close_cell(),
            Tag::Tr => self.close_row(),
            Tag::Table => self.end_table(),
            other if other.is(kind::BLOCK) || other == Tag::Select => {
                self.end_line();
                self.keeps_lines &= !matches!(other, Tag::Pre | Tag::Listing);
            }
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

    fn end_line(&mut self) {
        match self.heading.take() {
            Some(level) => self.emitter.close_heading(level),
            None => self.emitter.end_block(),
        }
        if mem::take(&mut self.marked) {
            self.emitter.context.last = ITEM;
        }
    }

    /// Begins an item of a list or a definition; in a table it is only a line.
    fn begin_item(&mut self, marker: &'static str) {
        self.end_line();
        self.marker = self.emitter.cell.is_none().then_some(marker);
    }

    fn write_marker(&mut self, marker: &str) {
        let emitter = &mut *self.emitter;
        let follows = emitter.context.last == ITEM || marker == ": " && emitter.context.last == Block::Paragraph;
        if follows && !emitter.context.fresh {
            emitter.new_line();
        } else {
            emitter.separate(ITEM);
        }
        emitter.out.push_str(marker);
        // The text goes on in this line.
        emitter.context.fresh = true;
        self.marked = true;
    }

    // ---- tables

    fn open_row(&mut self) {
        self.close_row();
        self.end_line();
        self.marker = None;
        let emitter = &mut *self.emitter;
        self.row = Some(Row { columns: 0, has_text: false, start: emitter.out.len(), outer: emitter.context });
        if self.columns == 0 {
            emitter.begin_block(Block::Table);
            emitter.in_block = false;
        } else {
            emitter.new_line();
        }
        emitter.out.push('|');
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
        let emitter = &mut *self.emitter;
        if !row.has_text {
            emitter.out.truncate(row.start);
            emitter.context = row.outer;
        } else if row.columns > self.columns {
            // A table shows no more columns than its first row has, so a longer row begins another.
            if self.columns > 0 {
                emitter.out.insert(row.start, '\n');
            }
            self.columns = row.columns;
            emitter.out.push_str("\n|");
            for _ in 0..row.columns {
                emitter.out.push_str(" --- |");
            }
        }
    }

    fn end_table(&mut self) {
        self.close_row();
        self.end_line();
        self.columns = 0;
    }
}
