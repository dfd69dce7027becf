//! Tables: data becomes a pipe table, a table that only lays out the page dissolves.
//!
//! Read [`data_table`] first. Rows are written in the order in which browsers show them: head, bodies, foot.

use super::{Close, Emitter, Walk, writer::Block};
use crate::markdown::{
    document::{Document, NodeId, flag},
    tag::{Tag, kind},
    work,
};

/// The widest `colspan` and the tallest `rowspan` that count.
const MAX_SPAN: usize = 100;
const MAX_ROW_SPAN: usize = 10_000;

/// An open data table.
#[derive(Debug)]
pub(super) struct Table {
    columns: usize,
    alignment: Vec<Option<&'static str>>,
    rows_written: usize,
    column: usize,
    /// Where each cell stands, by node.
    places: Vec<Place>,
    /// Parts that are written before all others or after them, and are passed over where they stand.
    moved: Vec<NodeId>,
    /// The foot, if other parts follow it.
    foot: Option<NodeId>,
    /// Empty cells that spans may still add, so that they cannot outgrow the page.
    spare: usize,
}

/// The columns of a cell.
#[derive(Clone, Copy, Debug)]
struct Place {
    cell: NodeId,
    column: usize,
    width: usize,
}

impl Emitter<'_, '_> {
    pub(super) fn open_table(&mut self, id: NodeId) -> Walk {
        if self.table.is_none()
            && let Some(cells) = super::gutter::code_cells(self.document, id)
        {
            return self.code_table(id, &cells);
        }
        let table = if self.table.is_some() { None } else { data_table(self.document, id).map(Box::new) };
        // Without a table here, rows and cells inside are plain blocks.
        let outer = std::mem::replace(&mut self.table, table);
        self.push(id, Close::Table(outer));
        if self.table.is_none() || self.in_moved_part {
            return Walk::Into;
        }
        for part in late_parts(self.document, id) {
            self.walk_moved(part);
            if let Some(table) = &mut self.table {
                table.moved.push(part);
            }
        }
        if let Some(table) = &mut self.table {
            table.foot = early_foot(self.document, id);
            table.moved.extend(table.foot);
        }
        Walk::Into
    }

    /// Writes a part of a table before or after its turn.
    fn walk_moved(&mut self, part: NodeId) {
        self.in_moved_part = true;
        self.walk_inside(part, self.open.len());
        self.in_moved_part = false;
    }

    /// Whether a part of the open table was or will be written elsewhere.
    pub(super) fn is_moved(&self, id: NodeId) -> bool {
        self.table.as_ref().is_some_and(|table| table.moved.contains(&id))
    }

    pub(super) fn close_table(&mut self, outer: Option<Box<Table>>) {
        self.end_block();
        if let Some(foot) = self.table.as_mut().and_then(|table| table.foot.take()) {
            if let Some(table) = &mut self.table {
                table.moved.clear();
            }
            self.walk_moved(foot);
        }
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
        let mut extra = 0;
        if let Some(table) = &mut self.table
            && let Ok(at) = table.places.binary_search_by_key(&id, |place| place.cell)
        {
            let place = table.places[at];
            let before = place.column.saturating_sub(table.column).min(table.spare);
            for _ in 0..before {
                self.out.push_str("  |");
            }
            extra = (place.width - 1).min(table.spare - before);
            table.spare -= before + extra;
            table.column = place.column;
        }
        self.out.push(' ');
        self.cell = Some(self.out.len());
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

/// The parts to be written first that do not stand first: the caption and the head.
fn late_parts(document: &Document<'_>, id: NodeId) -> Vec<NodeId> {
    let has_rows = |part: &NodeId| !matches!(document.tag(*part), Tag::Caption | Tag::Colgroup | Tag::Col);
    let part = |tag: Tag| document.elements(id).find(|&part| document.tag(part) == tag);
    let first_rows = document.elements(id).find(has_rows);
    let late = |part: &NodeId| first_rows.is_some_and(|first| first < *part);
    let parts: Vec<NodeId> = [part(Tag::Caption), part(Tag::Thead)].into_iter().flatten().collect();
    // The caption stays above the head.
    if parts.iter().any(late) { parts } else { Vec::new() }
}

/// The foot of a table, if rows follow it.
fn early_foot(document: &Document<'_>, id: NodeId) -> Option<NodeId> {
    let foot = document.elements(id).find(|&part| document.tag(part) == Tag::Tfoot)?;
    let has_rows = |part: NodeId| matches!(document.tag(part), Tag::Thead | Tag::Tbody | Tag::Tfoot | Tag::Tr);
    document.elements(id).any(|part| part > foot && has_rows(part)).then_some(foot)
}

/// The rows of a table by section, in the order in which they are shown: head, bodies, foot.
pub(super) fn sections(document: &Document<'_>, id: NodeId) -> Vec<Vec<NodeId>> {
    let (mut head, mut bodies, mut foot) = (None, Vec::<Vec<NodeId>>::new(), None);
    let mut loose = false;
    for part in document.elements(id) {
        work::step();
        let rows = || document.elements(part).filter(|&row| document.tag(row) == Tag::Tr).collect();
        match document.tag(part) {
            Tag::Thead if head.is_none() => head = Some(rows()),
            Tag::Tfoot if foot.is_none() => foot = Some(rows()),
            Tag::Thead | Tag::Tbody | Tag::Tfoot => bodies.push(rows()),
            Tag::Tr if loose => bodies.last_mut().into_iter().for_each(|rows| rows.push(part)),
            Tag::Tr => bodies.push(vec![part]),
            _ => continue,
        }
        loose = document.tag(part) == Tag::Tr;
    }
    head.into_iter().chain(bodies).chain(foot).collect()
}

/// The cells of a row.
pub(super) fn cells(document: &Document<'_>, row: NodeId) -> impl Iterator<Item = NodeId> {
    document.elements(row).filter(|&cell| matches!(document.tag(cell), Tag::Td | Tag::Th))
}

/// Decides whether a table holds data, and measures it.
fn data_table(document: &Document<'_>, id: NodeId) -> Option<Table> {
    let role = document.attribute(id, "role");
    if role.is_some_and(|role| matches!(role.as_ref(), "presentation" | "none")) {
        return None;
    }
    let nested = document.node(id).has(flag::NESTED_TABLE);
    let mut shape = Shape::default();
    for section in sections(document, id) {
        // Old pages are laid out by tables in tables; those have no row of headers.
        if nested && shape.rows == 0 && !section.first().is_some_and(|&row| is_header(document, row)) {
            return None;
        }
        shape.section(document, &section);
    }
    let plain =
        shape.rows >= 2 && shape.begins.len() >= 2 && !shape.has_headings && shape.with_blocks * 2 <= shape.cells;
    let headed = shape.header_cells > 0 && !shape.has_headings && !shape.begins.is_empty();
    (headed || plain).then(|| shape.into_table())
}

fn is_header(document: &Document<'_>, row: NodeId) -> bool {
    let mut count = 0;
    cells(document, row).all(|cell| {
        count += 1;
        document.tag(cell) == Tag::Th
    }) && count >= 2
}

/// The measures of a table.
#[derive(Default)]
struct Shape {
    rows: usize,
    cells: usize,
    header_cells: usize,
    with_blocks: usize,
    has_headings: bool,
    /// Whether any cell begins in a column; one in which none does is only an effect of spans.
    begins: Vec<bool>,
    places: Vec<Place>,
    alignment: Vec<(usize, Option<&'static str>)>,
}

impl Shape {
    fn section(&mut self, document: &Document<'_>, rows: &[NodeId]) {
        // The first row that no cell from above covers, by column.
        let mut free_from: Vec<usize> = Vec::new();
        for (row, &id) in rows.iter().enumerate() {
            let mut column = 0;
            for cell in cells(document, id) {
                work::step();
                while free_from.get(column).is_some_and(|&free| free > row) {
                    column += 1;
                }
                let width =
                    span(document, cell, "colspan").clamp(1, MAX_SPAN).min((MAX_SPAN - column.min(MAX_SPAN)).max(1));
                let height = match span(document, cell, "rowspan") {
                    0 => rows.len() - row,
                    height => height.min(rows.len() - row),
                };
                if height > 1 && column + width <= MAX_SPAN {
                    free_from.resize(free_from.len().max(column + width), 0);
                    free_from[column..column + width].fill(row + height);
                }
                self.begins.resize(self.begins.len().max(column + 1), false);
                self.begins[column] = true;
                self.cell(document, cell);
                self.places.push(Place { cell, column, width });
                if self.rows == 0 {
                    self.alignment.push((column, alignment(document, cell)));
                }
                column += width;
            }
            self.rows += 1;
        }
    }

    fn cell(&mut self, document: &Document<'_>, cell: NodeId) {
        self.cells += 1;
        self.header_cells += usize::from(document.tag(cell) == Tag::Th);
        if document.node(cell).has(flag::HAS_BLOCK) {
            self.with_blocks += 1;
            self.has_headings |= document.elements(cell).any(|child| document.tag(child).is(kind::HEADING));
        }
    }

    /// Counts only the columns in which a cell begins.
    fn into_table(mut self) -> Table {
        let mut numbers = Vec::with_capacity(self.begins.len() + 1);
        let mut columns = 0;
        for &begins in &self.begins {
            numbers.push(columns);
            columns += usize::from(begins);
        }
        let number = |column: usize| numbers.get(column).copied().unwrap_or(columns);
        for place in &mut self.places {
            let end = number(place.column + place.width);
            place.column = number(place.column);
            place.width = (end - place.column).max(1);
        }
        self.places.sort_unstable_by_key(|place| place.cell);
        let mut aligned = vec![None; columns];
        for (column, alignment) in self.alignment {
            aligned[number(column)] = alignment;
        }
        Table {
            columns,
            alignment: aligned,
            rows_written: 0,
            column: 0,
            places: self.places,
            moved: Vec::new(),
            foot: None,
            spare: 64 + self.cells * 2,
        }
    }
}

/// The number that an attribute begins with, as browsers read it; 1 without one.
fn span(document: &Document<'_>, cell: NodeId, name: &str) -> usize {
    if document.attributes(cell).len() < name.len() {
        return 1;
    }
    let value = document.attribute(cell, name);
    let digits = value.as_deref().map(|value| {
        let value = value.trim_start();
        &value[..value.bytes().take_while(u8::is_ascii_digit).count()]
    });
    match digits {
        None | Some("") => 1,
        Some(digits) => digits.parse().unwrap_or(MAX_ROW_SPAN).min(MAX_ROW_SPAN),
    }
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
