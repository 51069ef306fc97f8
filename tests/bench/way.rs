//! One run: an emulator here, and a process of its own that leads jobs by one way, and is measured.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use cpu_time::ProcessTime;
use reshoot_emulator::{Counts, Emulator};
use reshoot_journal::Journal;

use crate::{
    by_hand,
    load::{Load, Orders, PROVIDER},
    ours,
};

/// How jobs are led.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// By reshoot, with the journal on disk.
    Disk,
    /// By reshoot, with a journal in memory.
    Memory,
    /// By the library's `edit`, without any journal.
    Edit,
    /// By a loop around the HTTP client.
    ByHand,
}

impl Way {
    const ALL: [Self; 4] = [Self::Disk, Self::Memory, Self::Edit, Self::ByHand];

    /// What it is called between the two processes.
    fn word(self) -> String {
        format!("{self:?}")
    }
}

/// What a run took.
pub(crate) struct Taken {
    pub(crate) jobs: u32,
    pub(crate) files: u32,
    pub(crate) time: Duration,
    /// User and system, of the leading process.
    pub(crate) cpu: Duration,
    /// The most memory that it held, in KiB.
    pub(crate) rss: u64,
    /// What the provider saw.
    pub(crate) seen: Counts,
}

impl Taken {
    pub(crate) fn jobs_per_second(&self) -> f64 {
        f64::from(self.files) / self.time.as_secs_f64()
    }

    pub(crate) fn calls(&self) -> f64 {
        let Counts { submits, polls, downloads, .. } = self.seen;
        (submits + polls + downloads) as f64
    }
}

/// Leads the jobs of a load by one way. Journal and results are left in `directory`.
pub(crate) async fn run(way: Way, load: Load, directory: &Path) -> Taken {
    let emulator = Emulator::builder().job_time(load.takes).start().await.unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(as_args(way, load)).arg(emulator.url(PROVIDER)).arg(directory);
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u64> = report.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    let [files, time, cpu, rss] = numbers[..] else {
        panic!("the run ended without a report: {report}");
    };
    Taken {
        jobs: load.jobs,
        files: u32::try_from(files).unwrap(),
        time: Duration::from_millis(time),
        cpu: Duration::from_millis(cpu),
        rss,
        seen: emulator.ledger().provider(PROVIDER),
    }
}

fn as_args(way: Way, load: Load) -> [String; 6] {
    let Load { jobs, at_once, starts, takes } = load;
    let [jobs, at_once, starts] = [jobs, at_once, starts].map(|number| number.to_string());
    ["lead".to_owned(), way.word(), jobs, at_once, starts, takes.as_millis().to_string()]
}

/// The other end of [`run`]: leads the jobs that the arguments name, and prints what that took.
pub(crate) async fn lead(args: &[String]) {
    let [word, jobs, at_once, starts, takes, base, directory] = args else {
        panic!("these are not the arguments of a run: {args:?}");
    };
    let load = Load {
        jobs: jobs.parse().unwrap(),
        at_once: at_once.parse().unwrap(),
        starts: starts.parse().unwrap(),
        takes: Duration::from_millis(takes.parse().unwrap()),
    };
    let started = Instant::now();
    let orders = Orders { load, base: base.clone(), directory: directory.into(), started };
    let way = Way::ALL.into_iter().find(|way| way.word() == *word).unwrap();
    let files = match way {
        Way::Disk => {
            let journal = Journal::open(Path::new(directory).join("journal.db")).unwrap();
            ours::lead(orders, journal).await
        }
        Way::Memory => ours::lead(orders, Journal::in_memory().unwrap()).await,
        Way::Edit => ours::edit(orders).await,
        Way::ByHand => by_hand::lead(orders).await,
    };
    let (time, cpu) = (started.elapsed().as_millis(), ProcessTime::now().as_duration().as_millis());
    println!("{files} {time} {cpu} {}", peak_memory());
}

/// In KiB; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
