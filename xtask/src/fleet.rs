//! `cargo xtask fleet`: fetches the engine's server, builds a worker, and has both killed.

use std::{
    env, fmt, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The server's package, pinned: its protocol and the SDK's go together.
const PACKAGE: &str = "@restatedev/restate-server";
const VERSION: &str = "1.7.12";

/// How many jobs a run has.
const JOBS: u32 = 1000;
const JOBS_SHORT: u32 = 60;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It ran: nothing was lost or paid twice, and the caps held.
    Well,
    /// It ran, and something was, as printed; or it could not be built.
    Badly,
    /// It did not run: there is no server here, and none to be had.
    Skipped(String),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Well => writeln!(f, "fleet: RAN, and all is well"),
            Self::Badly => writeln!(f, "fleet: FAILED"),
            Self::Skipped(why) => writeln!(f, "fleet: SKIPPED, nothing was tested: {why}"),
        }
    }
}

/// Runs it.
///
/// # Errors
/// When a program that is here cannot be started.
pub fn run(root: &Path, short: bool) -> io::Result<Ended> {
    let server = match fetched(root)? {
        Ok(server) => server,
        Err(end) => return Ok(end),
    };
    // The whole workspace's features, so that what its tests were built of is not built again.
    let build = ["build", "--locked", "--workspace", "--features", "reshoot-cli/restate"];
    if !cargo(root, &[&build[..], &["--bin", "reshoot", "--example", "fleet"]].concat())? {
        return Ok(Ended::Badly);
    }
    let jobs = if short { JOBS_SHORT } else { JOBS };
    let programs = target(root).join("debug");
    let mut fleet = Command::new(programs.join("examples").join("fleet"));
    fleet.arg(server).arg(programs.join("reshoot")).arg(jobs.to_string());
    if short {
        fleet.arg("short");
    }
    Ok(if fleet.current_dir(root).status()?.success() { Ended::Well } else { Ended::Badly })
}

/// The engine's server, fetched if it is not here yet; or how this ends without one.
pub(crate) fn fetched(root: &Path) -> io::Result<Result<PathBuf, Ended>> {
    server(&target(root).join("fleet").join(VERSION))
}

/// Where cargo builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Runs cargo; true if it ended well.
pub(crate) fn cargo(root: &Path, args: &[&str]) -> io::Result<bool> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Ok(Command::new(cargo).args(args).current_dir(root).status()?.success())
}

/// The server's program, fetched unless it is here; or how this ends without one.
fn server(directory: &Path) -> io::Result<Result<PathBuf, Ended>> {
    if program(directory).is_none()
        && let Some(end) = fetch(directory)?
    {
        return Ok(Err(end));
    }
    let skipped = |why: &str| Ok(Err(Ended::Skipped(why.to_owned())));
    let Some(program) = program(directory) else {
        return skipped("the engine's package has no server for this platform");
    };
    // A package for another libc starts nowhere.
    match Command::new(&program).arg("--version").output() {
        Ok(output) if output.status.success() => Ok(Ok(program)),
        _ => skipped("the engine's server does not run on this machine"),
    }
}

/// Fetches the server without running anything of the package's.
fn fetch(directory: &Path) -> io::Result<Option<Ended>> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("package.json"), "{\"private\": true}\n")?;
    let install = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];
    // Where there is no network, this says so soon.
    let patience = ["--fetch-retries=1", "--fetch-timeout=180000"];
    let npm = Command::new("npm")
        .args(install)
        .args(patience)
        .arg(format!("{PACKAGE}@{VERSION}"))
        .current_dir(directory)
        .output();
    let Ok(output) = npm else {
        let why = "npm is not here to fetch the engine's server with";
        return Ok(Some(Ended::Skipped(why.to_owned())));
    };
    Ok(unfetched(output.status.success(), &String::from_utf8_lossy(&output.stderr)))
}

/// How this ends if npm did not bring the server. What came and was not what it should be is no reason
/// to skip.
fn unfetched(success: bool, said: &str) -> Option<Ended> {
    if success {
        return None;
    }
    if said.contains("EINTEGRITY") {
        return Some(Ended::Badly);
    }
    let word = said.lines().find(|line| line.contains("code")).unwrap_or("npm does not say why");
    Some(Ended::Skipped(format!("npm could not fetch the engine's server: {}", word.trim())))
}

/// The server's program: the package has one for each platform.
fn program(directory: &Path) -> Option<PathBuf> {
    let packages = fs::read_dir(directory.join("node_modules").join("@restatedev")).ok()?;
    let program = |entry: fs::DirEntry| entry.path().join("bin").join("restate-server");
    packages.flatten().map(program).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_server_it_says_why_it_did_not_run_and_a_wrong_one_is_a_failure() {
        assert_eq!(unfetched(true, "npm warn whatever"), None);
        assert_eq!(unfetched(false, "npm error code EINTEGRITY\n"), Some(Ended::Badly));
        let offline = unfetched(false, "npm error code ENOTFOUND\nnpm error syscall getaddrinfo\n");
        let said = offline.map(|end| end.to_string()).unwrap_or_default();
        assert!(said.starts_with("fleet: SKIPPED") && said.contains("ENOTFOUND"), "{said}");
    }
}
