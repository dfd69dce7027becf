//! Lines: where blocks begin and end, what stands between them, and what each line begins with.

use super::{Close, Emitter, Walk};
use crate::markdown::{document::NodeId, options::HeadingStyle};

/// The widest prefix that containers may add to a line; what is nested deeper stays at this
/// depth, so that the output cannot outgrow the input.
pub(super) const MAX_PREFIX: usize = 72;

/// A kind of block, as far as its neighbours care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph,
    Heading(usize),
    /// A list with this marker; one that begins with another number than 1 cannot interrupt a
    /// paragraph.
    List {
        marker: char,
        interrupts: bool,
    },
    Quote,
    Code,
    Rule,
    Table,
}

/// A container of blocks: the page, a quote, or a list item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    /// Nothing was written in it yet.
    pub(super) fresh: bool,
    /// Blocks follow each other without a blank line where Markdown allows it.
    pub(super) tight: bool,
    /// The block written last.
    pub(super) last: Block,
    /// Length of the line prefix.
    pub(super) prefix: usize,
}

impl Context {
    pub(super) fn new() -> Self {
        Self { fresh: true, tight: false, last: Block::Paragraph, prefix: 0 }
    }
}

impl Emitter<'_, '_> {
    /// Starts a block on a line of its own.
    pub(super) fn begin_block(&mut self, block: Block) {
        if let Some(start) = self.cell {
            if self.out.len() > start {
                self.out.push_str("<br>");
            }
        } else {
            self.separate(block);
            if let Block::Heading(level) = block
                && (self.heading_style == HeadingStyle::Atx || level > 2)
            {
                self.out.push_str(&"###### "[6 - level..]);
            }
        }
        let text_line = matches!(block, Block::Paragraph) || self.is_setext(block);
        self.context.last = block;
        self.context.fresh = false;
        self.in_block = true;
        self.line_start = text_line && self.cell.is_none();
        self.after_break = false;
        self.pending_space = false;
        self.pending_breaks = 0;
        self.flowing = false;
        self.pieces.clear();
        self.line_escapes.clear();
    }

    fn is_setext(&self, block: Block) -> bool {
        matches!(block, Block::Heading(1 | 2)) && self.heading_style == HeadingStyle::Setext
    }

    /// Writes what stands between the last block of this container and the next.
    pub(super) fn separate(&mut self, next: Block) {
        if self.context.fresh {
            return;
        }
        if self.context.tight && may_touch(self.context.last, next) {
            self.new_line();
        } else {
            self.blank_line();
        }
    }

    pub(super) fn new_line(&mut self) {
        self.out.push('\n');
        self.out.push_str(&self.prefix);
    }

    pub(super) fn blank_line(&mut self) {
        if self.prefix.is_empty() {
            self.out.push_str("\n\n");
            return;
        }
        self.out.push('\n');
        self.out.push_str(self.prefix.trim_end());
        self.new_line();
    }

    /// Ends the line that is being written, if any, and the emphasis in it.
    pub(super) fn end_block(&mut self) {
        if self.in_block {
            self.pending_space = false;
            self.pending_breaks = 0;
            self.suspend_marks();
            self.in_block = false;
            self.flowing = false;
        }
        self.upcoming = Block::Paragraph;
    }

    pub(super) fn close_heading(&mut self, level: usize) {
        self.in_heading = false;
        if self.cell.is_some() {
            return self.end_block();
        }
        if !self.in_block {
            if self.only_empty && self.upcoming == Block::Heading(level) {
                self.begin_block(Block::Heading(level));
                self.out.truncate(self.out.trim_end_matches(' ').len());
                if self.is_setext(Block::Heading(level)) {
                    self.out.push_str(&"######"[..level]);
                }
            }
            return self.end_block();
        }
        let heading = self.context.last == Block::Heading(level);
        self.suspend_marks();
        if heading && self.is_setext(Block::Heading(level)) {
            self.new_line();
            self.out.push_str(if level == 1 { "===" } else { "---" });
        } else if heading {
            self.protect_closing_hashes();
        }
        self.end_block();
    }

    /// Hash signs at the end of a heading would be taken for its closing sequence.
    fn protect_closing_hashes(&mut self) {
        let text = self.out.trim_end_matches('#');
        if text.len() < self.out.len() && text.ends_with(' ') {
            self.out.insert(self.out.len() - 1, '\\');
        }
    }

    pub(super) fn open_quote(&mut self, id: NodeId) -> Walk {
        if self.prefix.len() >= MAX_PREFIX {
            return self.push(id, Close::Block);
        }
        self.separate(Block::Quote);
        self.context.last = Block::Quote;
        self.context.fresh = false;
        self.out.push_str("> ");
        let outer = self.enter("> ", false);
        self.push(id, Close::Quote(outer))
    }

    pub(super) fn close_quote(&mut self, outer: Context) {
        self.end_block();
        if self.context.fresh {
            self.out.pop();
        }
        self.leave(outer);
    }

    /// Begins a container; its lines begin with `prefix` from the next one on.
    pub(super) fn enter(&mut self, prefix: &str, tight: bool) -> Context {
        let outer = self.context;
        self.prefix.push_str(prefix);
        self.context = Context { tight, prefix: self.prefix.len(), ..Context::new() };
        outer
    }

    pub(super) fn leave(&mut self, outer: Context) {
        self.context = outer;
        self.prefix.truncate(outer.prefix);
    }

    /// A definition stands behind a colon, indented below its term.
    pub(super) fn open_definition(&mut self, id: NodeId) -> Walk {
        if self.prefix.len() >= MAX_PREFIX {
            return self.push(id, Close::Block);
        }
        if !self.context.fresh {
            if self.context.last == Block::Paragraph { self.new_line() } else { self.blank_line() }
        }
        self.out.push_str(": ");
        self.context.last = Block::Paragraph;
        self.context.fresh = false;
        let outer = self.enter("  ", false);
        self.push(id, Close::Definition(outer))
    }

    pub(super) fn close_definition(&mut self, outer: Context) {
        self.end_block();
        let only_text = self.context.last == Block::Paragraph;
        if self.context.fresh {
            self.out.truncate(self.out.trim_end_matches(": ").trim_end().len());
        }
        self.leave(outer);
        self.context.last = if only_text { Block::Paragraph } else { Block::Code };
    }
}

/// Whether two blocks keep their meaning without a blank line between them.
fn may_touch(last: Block, next: Block) -> bool {
    match (last, next) {
        // Text after these would continue them; a table would continue too.
        (Block::Paragraph | Block::List { .. } | Block::Quote | Block::Table, Block::Paragraph | Block::Table)
        | (Block::Quote, Block::Quote) => false,
        (Block::Paragraph | Block::Quote, Block::List { interrupts, .. }) => interrupts,
        _ => true,
    }
}
