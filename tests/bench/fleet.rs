//! What one and two workers of a fleet get done: measured by the fleet's own program.

use std::process::{Command, Stdio};

/// How many jobs go through; the provider takes next to no time for them.
const JOBS: u32 = 500;

/// Jobs per second with one worker and with two; else why not. `fleet` is the program, `parts` are the
/// engine's server and the worker's command.
pub(crate) fn speed(fleet: &str, parts: [&String; 2]) -> Result<[f64; 2], String> {
    let mut command = Command::new(fleet);
    command.args(parts).args([&JOBS.to_string(), "speed"]);
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let speeds: Vec<_> = said.lines().filter_map(jobs_per_second).collect();
    match speeds[..] {
        [one, two] if output.status.success() => Ok([one, two]),
        _ => Err(format!("it did not end well: {said}")),
    }
}

/// The number before the unit.
fn jobs_per_second(line: &str) -> Option<f64> {
    line.split_once(" jobs/s")?.0.split_whitespace().last()?.parse().ok()
}
