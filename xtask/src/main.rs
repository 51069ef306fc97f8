//! `cargo xtask`: what developers of this repository type.

use std::{
    env,
    fmt::Display,
    io::{self, Write},
    path,
    process::{Command, ExitCode},
};

use xtask::{bench, fleet, regen, repo, tidy};

const USAGE: &str = "\
usage: cargo xtask <command>

commands:
  regen [provider...] [--check]   turn specs/*.yaml into clients; --check only compares
  tidy                            check the house rules
  kills [count]                   kill the command at every step of its journal, 600 times or so,
                                  and count what was lost or paid twice
  batches [rows]                  kill a batch of 5000 rows or so, and count the same
  fleet [--short]                 run 1000 jobs (60) on a durable engine, kill its server and both
                                  workers in turn, and count the same; fetches the server by npm
  faults                          print what becomes of the money, by step, fault and provider
  polls [FILE]                    print what the poll plan saves, simulated; FILE holds run times
                                  in seconds, to take instead of the built-in distributions
  bench                           print what it costs to lead 10000 jobs at once, batches and fleets,
                                  against the same done by hand; takes three minutes once built

exit codes: 0 done, 1 something is stale or breaks a rule, 2 usage";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", args.as_slice()),
    };
    match command {
        "regen" => run_regen(rest),
        "tidy" if rest.is_empty() => run_tidy(),
        "kills" => run_kills("--kills", "600", rest),
        "batches" => run_kills("--rows", "5000", rest),
        "fleet" => run_fleet(rest),
        "faults" if rest.is_empty() => harness("reshoot-tests", "faults", &["--print"]),
        "polls" => run_polls(rest),
        "bench" if rest.is_empty() => run_bench(),
        "help" | "--help" | "-h" => done(true, format_args!("{USAGE}\n")),
        _ => usage("there is no such command"),
    }
}

fn run_regen(args: &[String]) -> ExitCode {
    let root = repo::root();
    let options = match regen::Options::parse(args, &repo::providers(&root)) {
        Ok(options) => options,
        Err(problem) => return usage(&problem),
    };
    match regen::run(&root, &options) {
        Ok(report) => done(!report.is_stale(), report),
        Err(error) => failed(error),
    }
}

fn run_tidy() -> ExitCode {
    match tidy::check(&repo::root()) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => done(false, problems.join("\n") + "\n"),
        Err(error) => failed(error),
    }
}

fn run_kills(what: &str, default: &str, args: &[String]) -> ExitCode {
    match args {
        [] => harness("reshoot-cli", "kills", &[what, default]),
        [count] if count.parse::<usize>().is_ok() => {
            harness("reshoot-cli", "kills", &[what, count])
        }
        _ => usage("kills and batches take a number"),
    }
}

fn run_polls(args: &[String]) -> ExitCode {
    match args {
        [] => harness("reshoot-tests", "polls", &["--print"]),
        // The test runs in another directory.
        [file] => match path::absolute(file) {
            Ok(file) => harness("reshoot-tests", "polls", &["--print", &file.to_string_lossy()]),
            Err(error) => failed(error),
        },
        _ => usage("polls takes one file"),
    }
}

fn run_fleet(args: &[String]) -> ExitCode {
    let short = match args {
        [] => false,
        [short] if short == "--short" => true,
        _ => return usage("fleet takes --short or nothing"),
    };
    match fleet::run(&repo::root(), short) {
        Ok(ended) => done(ended != fleet::Ended::Badly, ended),
        Err(error) => failed(error),
    }
}

fn run_bench() -> ExitCode {
    match bench::run(&repo::root()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(error),
    }
}

/// Runs a test that is a program of its own.
fn harness(package: &str, test: &str, args: &[&str]) -> ExitCode {
    let status = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--package", package, "--test", test, "--"])
        .args(args)
        .current_dir(repo::root())
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => failed(error),
    }
}

/// Prints what there is to say. A reader that went away, as in `| head`, has seen enough.
fn done(good: bool, text: impl Display) -> ExitCode {
    match write!(io::stdout(), "{text}") {
        Ok(()) if good => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn failed(error: impl Display) -> ExitCode {
    complain(1, format_args!("{error}"))
}

fn usage(problem: &str) -> ExitCode {
    complain(2, format_args!("{problem}\n\n{USAGE}"))
}

fn complain(code: u8, text: impl Display) -> ExitCode {
    match writeln!(io::stderr(), "{text}") {
        Ok(()) | Err(_) => ExitCode::from(code),
    }
}
