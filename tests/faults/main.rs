//! What becomes of the money: every step × every fault × every provider.
//!
//! Each cell says how the job stands after the edit, after it was resumed with the fault still there, and
//! after it was resumed without. `cargo test` compares the table with its snapshot, `cargo xtask faults`
//! prints it. Whatever the verdict: never two jobs, and never a job that is not in the journal.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod cell;
mod split;
mod table;

use futures_util::{StreamExt, stream};

use cell::Cell;

/// Cells that are tried at the same time.
const AT_ONCE: usize = 40;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let table = runtime.block_on(async {
        let cells = stream::iter(table::cells()).map(Cell::verdict).buffered(AT_ONCE);
        table::text(&cells.collect::<Vec<_>>().await)
    });
    if std::env::args().any(|arg| arg == "--print") {
        println!("{table}");
        return;
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("faults", table);
    });
}
