//! The command `reshoot`.

fn main() {}
