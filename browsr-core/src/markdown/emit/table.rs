//! Tables: data becomes a pipe table, a table that only lays out the page dissolves.

use super::{Close, Emitter, Walk, writer::Block};
use crate::markdown::{
    document::{Document, NodeId, flag},
    tag::{Tag, kind},
};

/// The widest `colspan` and `rowspan` that count.
const MAX_SPAN: usize = 100;

/// An open data table.
#[derive(Debug)]
pub(super) struct Table {
    columns: usize,
    alignment: Vec<Option<&'static str>>,
    rows_written: usize,
    column: usize,
    /// Rows that a cell above still covers, per column.
    covered: Vec<usize>,
    /// Empty cells that spans may still add, so that they cannot outgrow the page.
    spare: usize,
}

impl Emitter<'_, '_> {
    pub(super) fn open_table(&mut self, id: NodeId) -> Walk {
        let table = if self.table.is_some() { None } else { data_table(self.document, id) };
        // Without a table here, rows and cells inside are plain blocks.
        let outer = std::mem::replace(&mut self.table, table);
        self.push(id, Close::Table(outer))
    }

    pub(super) fn close_table(&mut self, outer: Option<Table>) {
        self.end_block();
        self.table = outer;
    }

    pub(super) fn open_row(&mut self, id: NodeId) -> Walk {
        let first = self.table.as_ref().is_some_and(|table| table.rows_written == 0);
        if first {
            self.begin_block(Block::Table);
            self.in_block = false;
        } else {
            self.new_line();
        }
        if let Some(table) = &mut self.table {
            table.column = 0;
        }
        self.out.push('|');
        self.push(id, Close::Row)
    }

    pub(super) fn close_row(&mut self) {
        self.end_block();
        let Some(table) = &mut self.table else { return };
        table.rows_written += 1;
        if self.out.ends_with('|') && table.column == 0 {
            self.out.push_str("  |");
            table.column = 1;
        }
        if table.rows_written > 1 {
            return;
        }
        for _ in table.column..table.columns {
            self.out.push_str("  |");
        }
        let mut ruler = String::from("|");
        for alignment in &table.alignment {
            ruler.push_str(alignment.unwrap_or(" --- |"));
        }
        for _ in table.alignment.len()..table.columns {
            ruler.push_str(" --- |");
        }
        self.new_line();
        self.out.push_str(&ruler);
    }

    pub(super) fn open_cell(&mut self, id: NodeId) -> Walk {
        let rows = span(self.document, id, "rowspan");
        if let Some(table) = &mut self.table {
            while table.covered.get(table.column).is_some_and(|&rows| rows > 0) {
                table.covered[table.column] -= 1;
                table.column += 1;
                self.out.push_str("  |");
            }
            if rows > 1 && table.spare >= rows {
                table.spare -= rows;
                if table.covered.len() <= table.column {
                    table.covered.resize(table.column + 1, 0);
                }
                table.covered[table.column] = rows - 1;
            }
        }
        self.out.push(' ');
        self.cell = Some(self.out.len());
        let extra = span(self.document, id, "colspan") - 1;
        let extra = self.table.as_mut().map_or(0, |table| {
            let extra = extra.min(table.spare);
            table.spare -= extra;
            extra
        });
        self.push(id, Close::Cell(extra))
    }

    /// Ends a cell that also covers `extra` columns to its right.
    pub(super) fn close_cell(&mut self, extra: usize) {
        self.end_block();
        self.cell = None;
        self.out.push_str(" |");
        for _ in 0..extra {
            self.out.push_str("  |");
        }
        if let Some(table) = &mut self.table {
            table.column += 1 + extra;
        }
    }
}

impl Table {
    /// Its first row is being written.
    pub(super) fn in_header(&self) -> bool {
        self.rows_written == 0
    }
}

/// Decides whether a table holds data, and measures it.
fn data_table(document: &Document<'_>, id: NodeId) -> Option<Table> {
    if document.node(id).has(flag::NESTED_TABLE) {
        return None;
    }
    let role = document.attribute(id, "role");
    if role.is_some_and(|role| matches!(role.as_ref(), "presentation" | "none")) {
        return None;
    }
    let mut shape = Shape::default();
    for child in document.elements(id) {
        match document.tag(child) {
            Tag::Tr => shape.row(document, child),
            Tag::Thead | Tag::Tbody | Tag::Tfoot => {
                for row in document.elements(child).filter(|&row| document.tag(row) == Tag::Tr) {
                    shape.row(document, row);
                }
            }
            _ => {}
        }
    }
    let plain = shape.rows >= 2 && shape.columns >= 2 && !shape.has_headings && shape.with_blocks * 2 <= shape.cells;
    if !(shape.header_cells > 0 && !shape.has_headings && shape.columns >= 1 || plain) {
        return None;
    }
    Some(Table {
        columns: shape.columns,
        alignment: shape.alignment,
        rows_written: 0,
        column: 0,
        covered: Vec::new(),
        spare: 64 + shape.cells * 2,
    })
}

#[derive(Default)]
struct Shape {
    rows: usize,
    columns: usize,
    cells: usize,
    header_cells: usize,
    with_blocks: usize,
    has_headings: bool,
    alignment: Vec<Option<&'static str>>,
}

impl Shape {
    fn row(&mut self, document: &Document<'_>, row: NodeId) {
        let mut columns = 0;
        for cell in document.elements(row).filter(|&cell| matches!(document.tag(cell), Tag::Td | Tag::Th)) {
            columns += span(document, cell, "colspan");
            self.cells += 1;
            self.header_cells += usize::from(document.tag(cell) == Tag::Th);
            if document.node(cell).has(flag::HAS_BLOCK) {
                self.with_blocks += 1;
                self.has_headings |= document.elements(cell).any(|child| document.tag(child).is(kind::HEADING));
            }
            if self.rows == 0 {
                self.alignment.push(alignment(document, cell));
                self.alignment.resize(columns.min(self.cells * 2 + 64), None);
            }
        }
        self.rows += 1;
        self.columns = self.columns.max(columns);
    }
}

fn span(document: &Document<'_>, cell: NodeId, name: &str) -> usize {
    if document.attributes(cell).len() < name.len() {
        return 1;
    }
    let value = document.attribute(cell, name).and_then(|value| value.trim().parse::<usize>().ok());
    value.unwrap_or(1).clamp(1, MAX_SPAN)
}

fn alignment(document: &Document<'_>, cell: NodeId) -> Option<&'static str> {
    let attribute = document.attribute(cell, "align").map(|value| value.to_ascii_lowercase());
    let align = attribute.or_else(|| {
        let style = document.attribute(cell, "style")?.to_ascii_lowercase();
        let (_, value) = style.split_once("text-align")?;
        Some(value.trim_start_matches([':', ' ']).split([';', ' ', '!']).next()?.to_owned())
    })?;
    match align.as_str() {
        "left" => Some(" :--- |"),
        "center" => Some(" :---: |"),
        "right" => Some(" ---: |"),
        _ => None,
    }
}
