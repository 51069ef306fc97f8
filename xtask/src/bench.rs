//! `cargo xtask bench`: builds what is measured as people run it, and has it measured.

use std::{io, path::Path};

use crate::fleet;

/// Runs it; true if it ended well. Where the engine's server is not to be had, the fleet is left out.
///
/// # Errors
/// When a program cannot be started.
pub fn run(root: &Path) -> io::Result<bool> {
    let fleet = match fleet::fetched(root) {
        Ok(Ok(server)) if built(root)? => {
            let release = fleet::target(root).join("release");
            let programs =
                [release.join("examples").join("fleet"), server, release.join("reshoot")];
            programs.map(|program| program.to_string_lossy().into_owned()).to_vec()
        }
        Ok(Ok(_)) => return Ok(false),
        // Why there is none, instead of where it is.
        Ok(Err(end)) => vec![end.to_string().trim().to_owned()],
        Err(error) => vec![error.to_string()],
    };
    let mut args = vec!["bench", "--quiet", "--package", "reshoot-tests", "--bench", "load", "--"];
    args.extend(fleet.iter().map(String::as_str));
    fleet::cargo(root, &args)
}

/// Builds the fleet's worker, and the program that leads a fleet.
fn built(root: &Path) -> io::Result<bool> {
    let worker = ["--package", "reshoot-cli", "--features", "reshoot-cli/restate"];
    let fleet = ["--package", "reshoot-restate", "--bin", "reshoot", "--example", "fleet"];
    fleet::cargo(root, &[&["build", "--quiet", "--release"], &worker[..], &fleet[..]].concat())
}
