//! `reshoot emulator`: all providers' APIs on this machine, until it is stopped.

use std::{fmt::Write, fs, path::Path, time::Duration};

use reshoot_emulator::{Emulator, FaultPlan};

use super::Context;
use crate::{
    args::EmulatorArgs,
    exit::{Failure, with_cause},
    output,
};

pub(super) async fn run(args: &EmulatorArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let plan = args.faults.as_deref().map(read_plan).transpose()?.unwrap_or_default();
    let emulator = Emulator::builder()
        .port(args.port)
        .latency(Duration::from_millis(args.latency))
        .job_time(args.job_time)
        .faults(plan)
        .start()
        .await
        .map_err(|error| Failure::usage(with_cause(&error)))?;
    output::result(greeting(&emulator));
    context.interrupts.next().await;
    emulator.shutdown().await;
    Ok(())
}

fn read_plan(path: &Path) -> Result<FaultPlan, Failure> {
    let unusable = |problem: String| Failure::usage(format!("{}: {problem}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    serde_json::from_str(&text)
        .map_err(|error| unusable(format!("this is not a fault plan: {error}")))
}

/// How to point commands at it.
fn greeting(emulator: &Emulator) -> String {
    let mut text =
        String::from("emulator: no model runs, nothing is billed; any key is accepted\n");
    for provider in reshoot_emulator::providers() {
        // Writing to a string cannot fail.
        write!(text, "{provider:13} --base-url {}", emulator.url(provider)).ok();
        if let Some(files) = emulator.files_url(provider) {
            write!(text, " --files-url {files}").ok();
        }
        text.push('\n');
    }
    writeln!(text, "ledger        http://127.0.0.1:{}/_emulator/ledger", emulator.port()).ok();
    text.push_str("Ctrl-C ends it");
    text
}
