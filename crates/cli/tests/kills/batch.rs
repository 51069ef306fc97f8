//! A batch over four providers that is killed again and again, while answers are lost, submits are
//! refused for too many requests, and links are dead.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    process::Stdio,
    time::Duration,
};

use reshoot_emulator::{Fault, FaultPlan, FaultRule, Occurrence, Operation};
use reshoot_journal::{Filter, Listed, State};
use tokio::process::Child;

use crate::{lab::Lab, settle::prompt};

/// One without a list of jobs, one without keys; all that are used have an upload or take URLs.
const PROVIDERS: &str = "evolink,fal,kie,novita";

/// How many jobs may run, and begin within a second, at each of them.
const AT_ONCE: u64 = 25;
const STARTS: u64 = 50;

/// How often the process is killed before it is left alone.
const KILLS: usize = 10;

/// How often a person types the command again after that.
const PATIENCE: usize = 6;

/// So much memory is enough for any number of rows.
const MEMORY_KIB: u64 = 64 * 1024;

/// What became of the rows.
#[derive(Debug)]
pub(crate) struct Verdict {
    rows: usize,
    kills: usize,
    files: usize,
    /// Rows without a file, by why.
    reasons: BTreeMap<String, usize>,
    jobs: usize,
    lost: Vec<String>,
    twice: Vec<String>,
    unrecorded: Vec<String>,
    over_caps: Vec<String>,
    memory_kib: u64,
}

/// Runs a batch of so many rows to its end, killing it on the way.
pub(crate) async fn run(rows: usize) -> Verdict {
    let lab = Lab::start().await;
    write_manifest(&lab, rows);
    lab.emulator.set_faults(faults(rows)).unwrap();
    let (mut kills, mut memory_kib) = (0, 0);
    for n in 0..KILLS {
        let mut child = start(&lab);
        // The first while rows are checked; then further and further on.
        let enough = n * rows / (KILLS + 2);
        memory_kib = memory_kib.max(watch(&mut child, &lab, Some(enough)).await);
        tokio::time::sleep(Duration::from_millis(60 + 37 * (n as u64 % 5))).await;
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().await.unwrap();
    }
    for _ in 0..PATIENCE {
        let mut child = start(&lab);
        memory_kib = memory_kib.max(watch(&mut child, &lab, None).await);
        if child.wait().await.unwrap().success() {
            break;
        }
    }
    verdict(&lab, rows, kills, memory_kib)
}

fn start(lab: &Lab) -> Child {
    let (at_once, starts) = (AT_ONCE.to_string(), format!("{STARTS}/1s"));
    let args = [
        "batch",
        "rows.csv",
        "-p",
        PROVIDERS,
        "--spread",
        "--at-once",
        &at_once,
        "--starts",
        &starts,
        "--poll-every",
        "100ms",
        "--polls",
        "400/1s",
        "--lag",
        "200ms",
        "--retry",
    ];
    let mut command = lab.reshoot(&args);
    command.stderr(Stdio::null()).spawn().unwrap()
}

/// Every tenth row has a clip that must be brought to the provider first.
fn write_manifest(lab: &Lab, rows: usize) {
    let row = |n: usize| match n % 10 {
        0 => format!("clip.mp4,row {n}\n"),
        _ => format!("https://clips.example/{n}.mp4,row {n}\n"),
    };
    let text: String = (0..rows).map(row).collect();
    std::fs::write(lab.path("rows.csv"), format!("clip,prompt\n{text}")).unwrap();
}

/// A hundredth of the submits loses its answer, a storm refuses many in a row, some links are dead, and
/// some jobs fail.
fn faults(rows: usize) -> FaultPlan {
    let rows = rows as u64;
    let every = |first: u64, step: usize| Occurrence::List((first..rows).step_by(step).collect());
    let storm = |at: u64| at * rows / 40..(at * rows / 40 + 1 + rows / 200);
    let storms = Occurrence::List([2, 7].into_iter().flat_map(storm).collect());
    let rule = |operation, occurrence, fault| FaultRule {
        provider: "any".to_owned(),
        operation,
        occurrence,
        fault,
    };
    FaultPlan {
        faults: vec![
            rule(Operation::Submit, every(3, 100), Fault::LostReply),
            rule(Operation::Submit, every(17, 230), Fault::ErrorAfter { status: 502 }),
            rule(
                Operation::Submit,
                storms,
                Fault::RateLimited { retry_after: Some(1), as_date: false },
            ),
            rule(
                Operation::Submit,
                every(29, 190),
                Fault::JobFailed {
                    code: "1".to_owned(),
                    message: "by the model's whim".to_owned(),
                },
            ),
            rule(Operation::Download, every(5, 70), Fault::DeadLink { status: 403 }),
            rule(Operation::Status, every(11, 90), Fault::Html502),
        ],
    }
}

/// Waits until the process has ended, or until there are so many files; returns how much memory it took
/// at most.
async fn watch(child: &mut Child, lab: &Lab, enough: Option<usize>) -> u64 {
    let mut memory = 0;
    while child.try_wait().unwrap().is_none() && enough.is_none_or(|it| files(lab) < it) {
        memory = memory.max(child.id().map_or(0, peak_kib));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    memory
}

fn files(lab: &Lab) -> usize {
    std::fs::read_dir(lab.path("rows-edited")).map_or(0, Iterator::count)
}

/// Where the system does not tell, nothing is known.
fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn verdict(lab: &Lab, rows: usize, kills: usize, memory_kib: u64) -> Verdict {
    let seen = lab.emulator.jobs();
    let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for job in &seen {
        made.entry(prompt(job)).or_default().push(format!("{}:{}", job.provider, job.id));
    }
    let unrecorded =
        seen.iter().filter(|job| lab.journal.attempt_of(&job.provider, &job.id).unwrap().is_none());
    let unrecorded: BTreeSet<_> =
        unrecorded.map(|job| format!("{}:{}", job.provider, job.id)).collect();
    let by_prompt = newest_by_prompt(lab);
    let mut verdict = Verdict {
        rows,
        kills,
        files: 0,
        reasons: BTreeMap::new(),
        jobs: seen.len(),
        lost: Vec::new(),
        twice: Vec::new(),
        unrecorded: Vec::new(),
        over_caps: over_caps(lab),
        memory_kib,
    };
    for n in 0..rows {
        let name = format!("row {n}");
        let made = made.remove(&name).unwrap_or_default();
        let standing = by_prompt.get(&name);
        match standing.and_then(|jobs| jobs.first()) {
            Some(job) if job.state == State::Downloaded && has_file(job) => verdict.files += 1,
            Some(job) if job.reason.is_some() => {
                *verdict.reasons.entry(job.state.to_string()).or_default() += 1;
            }
            other => verdict.lost.push(format!("{name}: {other:?}")),
        }
        let failed = standing.map_or(0, |jobs| jobs.iter().map(|job| failed(lab, job)).sum());
        if made.len() > 1 + failed {
            verdict.twice.push(format!("{name}: {made:?}"));
        }
        let in_doubt = standing.is_some_and(|jobs| jobs.iter().any(|job| job.state.is_in_doubt()));
        if !in_doubt {
            verdict.unrecorded.extend(made.into_iter().filter(|job| unrecorded.contains(job)));
        }
    }
    verdict
}

/// How many of its attempts the provider failed: another may follow, on the way or when asked for.
fn failed(lab: &Lab, job: &Listed) -> usize {
    let attempts = lab.journal.job(job.id).unwrap().attempts;
    attempts.iter().filter(|it| it.state == State::Failed && it.remote.is_some()).count()
}

/// The jobs of each row, newest first.
fn newest_by_prompt(lab: &Lab) -> BTreeMap<String, Vec<Listed>> {
    let mut by_prompt: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    for job in lab.journal.list(&Filter::default()).unwrap().jobs {
        by_prompt.entry(job.prompt.clone()).or_default().push(job);
    }
    by_prompt
}

fn has_file(job: &Listed) -> bool {
    job.target.as_deref().is_some_and(Path::exists)
}

fn over_caps(lab: &Lab) -> Vec<String> {
    let ledger = lab.emulator.ledger();
    let counts = PROVIDERS.split(',').map(|name| (name, ledger.provider(name)));
    let over = counts.filter(|(_, it)| it.running_peak > AT_ONCE || it.starts_peak > STARTS);
    over.map(|(name, it)| format!("{name}: {} ran, {} began", it.running_peak, it.starts_peak))
        .collect()
}

impl Verdict {
    /// How many submits may have been under way when the process was killed, at the two providers that
    /// give no list; and those whose answers were lost on purpose.
    fn may_be_in_doubt(&self) -> usize {
        self.kills * 2 * AT_ONCE as usize + self.rows / 50
    }

    pub(crate) fn holds(&self) -> bool {
        let bad = [&self.lost, &self.twice, &self.unrecorded, &self.over_caps];
        self.kills + 2 >= KILLS
            && self.files + self.may_be_in_doubt() >= self.rows
            && self.memory_kib < MEMORY_KIB
            && bad.iter().all(|it| it.is_empty())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "batch            {} rows, killed {} times", self.rows, self.kills)?;
        writeln!(f, "  with file      {}", self.files)?;
        for (reason, count) in &self.reasons {
            writeln!(f, "  {reason:14} {count}")?;
        }
        writeln!(f, "jobs made        {}", self.jobs)?;
        for (name, list) in [
            ("rows lost", &self.lost),
            ("paid twice", &self.twice),
            ("not recorded", &self.unrecorded),
            ("over caps", &self.over_caps),
        ] {
            writeln!(f, "{name:16} {}", list.len())?;
            list.iter().take(5).try_for_each(|it| writeln!(f, "    {it}"))?;
        }
        write!(f, "memory           {} MiB at most", self.memory_kib / 1024)
    }
}
