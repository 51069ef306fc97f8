//! Tables for people.

use std::io::stdout;

use comfy_table::{ContentArrangement, Table, presets};
use terminal_size::{Width, terminal_size_of};

/// A table without lines: one row per line, so that it can be searched and cut.
pub(super) fn plain<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
}

/// As wide as the terminal, if it goes to one.
pub(super) fn fitted(mut table: Table) -> Table {
    if let Some((Width(width), _)) = terminal_size_of(stdout()) {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table
}
