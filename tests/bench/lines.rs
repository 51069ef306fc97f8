//! What is measured, line by line.

use tempfile::TempDir;

use crate::{
    fleet,
    load::{self, Load},
    table::Line,
    way::{self, Taken, Way},
};

/// How much memory 10,000 jobs in flight may take, in MB.
const MEMORY: f64 = 100.0;

/// How much more memory a batch of five times the rows may take.
const FLAT: f64 = 1.25;

const BY_HAND: &str = "by hand";

/// What has come of the lines so far.
pub(crate) struct Measured {
    /// One for each run. They go together in the end: a file system may be slow in making files while it
    /// still removes others.
    directory: TempDir,
    runs: u32,
    pub(crate) missed: Vec<String>,
    /// Jobs without a file.
    pub(crate) lost: u32,
}

impl Measured {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self { directory, runs: 0, missed: Vec::new(), lost: 0 }
    }

    /// Many jobs that begin together; and what of that is the journal's part.
    pub(crate) async fn at_once(&mut self) {
        let load = load::AT_ONCE;
        let by_hand = self.run(Way::ByHand, load).await;
        let edit = self.run(Way::Edit, load).await;
        let memory = self.run(Way::Memory, load).await;
        let disk = self.run(Way::Disk, load).await;
        self.compare("1,000 jobs at once", &disk, (&by_hand, BY_HAND));
        for (what, journal) in [("journal on disk", &disk), ("journal in memory", &memory)] {
            self.compare(what, journal, (&edit, "no journal"));
        }
        self.compare("no journal", &edit, (&by_hand, BY_HAND));
    }

    /// Many jobs that run at the same time.
    pub(crate) async fn in_flight(&mut self) {
        let load = load::IN_FLIGHT;
        let by_hand = self.run(Way::ByHand, load).await;
        let disk = self.run(Way::Disk, load).await;
        let jobs = "10,000 jobs in flight";
        let [ours, theirs] = [&disk, &by_hand].map(|taken| taken.seen.running_peak as f64);
        self.say(Line::new(format!("{jobs}: at most"), "jobs", ours, (theirs, BY_HAND)));
        self.compare(jobs, &disk, (&by_hand, BY_HAND));
        let memory = Line::new(format!("{jobs}: memory"), "MB", megabytes(&disk), (MEMORY, "aim"));
        self.say(memory.aim(1.0));
    }

    /// The rows of batches. The library leads them here, as the command would.
    pub(crate) async fn batches(&mut self) {
        let mut memory = Vec::new();
        for (rows, shown) in [(1000, "1,000"), (5000, "5,000")] {
            let by_hand = self.run(Way::ByHand, load::batch(rows)).await;
            let ours = self.run(Way::Disk, load::batch(rows)).await;
            let what = format!("batch of {shown} rows, 200 at once");
            let [ours_per_second, theirs] = [&ours, &by_hand].map(Taken::jobs_per_second);
            self.say(Line::new(what, "rows/s", ours_per_second, (theirs, BY_HAND)));
            memory.push(megabytes(&ours));
        }
        let (few, many) = (memory[0], memory[1]);
        let flat = Line::new("batch of 5,000 rows: memory", "MB", many, (few, "1,000 rows"));
        self.say(flat.aim(FLAT));
    }

    /// A fleet, if its programs are here.
    pub(crate) fn workers(&mut self, programs: &[String]) {
        let speed = match programs {
            [fleet, server, worker] => fleet::speed(fleet, [server, worker]),
            [why] => Err(why.clone()),
            _ => Err("cargo xtask bench builds and fetches what a fleet needs".to_owned()),
        };
        match speed {
            Ok([one, two]) => {
                self.say(Line::new("fleet of two workers", "jobs/s", two, (one, "one worker")));
            }
            Err(why) => println!("fleet of two workers: skipped: {why}"),
        }
    }

    async fn run(&mut self, way: Way, load: Load) -> Taken {
        self.runs += 1;
        let directory = self.directory.path().join(self.runs.to_string());
        std::fs::create_dir(&directory).unwrap();
        let taken = way::run(way, load, &directory).await;
        self.lost += taken.jobs - taken.files;
        taken
    }

    fn compare(&mut self, what: &str, ours: &Taken, (theirs, name): (&Taken, &'static str)) {
        for (of, unit, measure) in MEASURES {
            let line = format!("{what}: {of}");
            self.say(Line::new(line, unit, measure(ours), (measure(theirs), name)));
        }
    }

    fn say(&mut self, line: Line) {
        println!("{line}");
        self.missed.extend(line.missed());
    }
}

type Measure = fn(&Taken) -> f64;

/// What is compared of two runs, and its unit.
const MEASURES: [(&str, &str, Measure); 4] = [
    ("calls", "", Taken::calls),
    ("time", "s", |taken| taken.time.as_secs_f64()),
    ("CPU", "s", |taken| taken.cpu.as_secs_f64()),
    ("memory", "MB", megabytes),
];

fn megabytes(taken: &Taken) -> f64 {
    taken.rss as f64 * 1024.0 / 1e6
}
