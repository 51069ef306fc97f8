//! A place of its own for each test: a directory with a clip, no keys, no configuration.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use reshoot::{Descriptor, PROVIDERS};
use reshoot_emulator::{Counts, Emulator, Fault, FaultPlan, Occurrence, Operation};
use tempfile::TempDir;
use tokio::process::Command;

/// A clip at a URL: for providers that take no local files without a bucket.
pub(crate) const REMOTE: &str = "https://clips.example/walk.mp4";

/// A working directory with `clip.mp4`, and a configuration directory beside it.
pub(crate) struct Place {
    root: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let place = Self { root };
        fs::create_dir(place.path("here")).unwrap();
        fs::copy(fixture("clip.mp4"), place.path("here/clip.mp4")).unwrap();
        place
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    /// The command, in the working directory, with nothing but these arguments.
    pub(crate) fn reshoot(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reshoot"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.root.path())
            .env("TMPDIR", self.root.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .current_dir(self.path("here"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs it without any key.
    pub(crate) async fn run(&self, args: &[&str]) -> Run {
        Run::of(self.reshoot(args).output().await.unwrap(), self)
    }

    /// Runs it against an emulator, with a key.
    pub(crate) async fn run_at(&self, server: &Server, args: &[&str]) -> Run {
        Run::of(self.reshoot_at(server, args).output().await.unwrap(), self)
    }

    /// The command against an emulator, with a key.
    pub(crate) fn reshoot_at(&self, server: &Server, args: &[&str]) -> Command {
        let mut command = self.reshoot(args);
        for (name, key) in PROVIDERS.iter().map(|known| (known.name(), known.key_env)) {
            let base_url = format!("{}_BASE_URL", name.to_ascii_uppercase().replace('-', "_"));
            command.env(key, "test-key").env(base_url, server.emulator.url(name));
        }
        command
    }

    /// Writes the configuration file with these permissions.
    #[cfg(unix)]
    pub(crate) fn configure(&self, text: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.path("config/reshoot/config.toml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// A file among the fixtures of the whole project.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// An emulator in the test's own process, whose books the test can read.
pub(crate) struct Server {
    pub(crate) emulator: Emulator,
}

impl Server {
    /// Jobs are done at once.
    pub(crate) async fn start() -> Self {
        let emulator = Emulator::builder().job_time(Duration::from_millis(50)).start();
        Self { emulator: emulator.await.unwrap() }
    }

    /// Jobs take this long.
    pub(crate) async fn start_slow(job_time: Duration) -> Self {
        Self { emulator: Emulator::builder().job_time(job_time).start().await.unwrap() }
    }

    /// Jobs take this long, and every submit has this fault.
    pub(crate) async fn slow(job_time: Duration, fault: Fault) -> Self {
        let server = Self::start_slow(job_time).await;
        let plan = FaultPlan::one("any", Operation::Submit, Occurrence::EVERY, fault);
        server.emulator.set_faults(plan).unwrap();
        server
    }

    /// With one fault at every such call.
    pub(crate) async fn with(operation: Operation, fault: Fault) -> Self {
        Self::with_at(operation, Occurrence::EVERY, fault).await
    }

    /// With one fault at some such calls.
    pub(crate) async fn with_at(
        operation: Operation,
        occurrence: Occurrence,
        fault: Fault,
    ) -> Self {
        let server = Self::start().await;
        server.emulator.set_faults(FaultPlan::one("any", operation, occurrence, fault)).unwrap();
        server
    }

    pub(crate) fn counts(&self, provider: &str) -> Counts {
        self.emulator.ledger().provider(provider)
    }
}

/// What a run of the command left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output, place: &Place) -> Self {
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&place.root.path().display().to_string(), "ROOT")
        };
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// What a snapshot holds.
    pub(crate) fn shown(&self) -> String {
        let code = self.code.map_or("by a signal".to_owned(), |code| code.to_string());
        format!("exit {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Takes out what differs from run to run.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    let names: Vec<_> = PROVIDERS.iter().map(Descriptor::name).collect();
    let ids = format!(r"\b({}):[A-Za-z0-9][A-Za-z0-9_.-]*", names.join("|"));
    settings.add_filter(&ids, "$1:ID");
    for (pattern, replacement) in [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\b([0-9a-z]{26}|[0-9a-f]{32}|task_wan_[0-9a-z_]+)\b", "REMOTE"),
        (r"task-unified-\d+-[a-z0-9]+", "TASK"),
        (r"reshoot-[0-9a-f]{32}", "KEY"),
        (r"req_[0-9a-f]+", "REQUEST"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"(?m)^ +TIME  running\n", ""),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r"/(uploads|files|stage)/[A-Za-z0-9/_.-]+\.mp4", "/$1/STAGED.mp4"),
        // How often a running job is seen depends on the machine.
        (r"(?m)^(queued|running( \d+ %)?)\n", ""),
    ] {
        settings.add_filter(pattern, replacement);
    }
    settings
}

/// Compares a run with its snapshot.
macro_rules! assert_run {
    ($name:expr, $run:expr) => {
        let shown = $run.shown();
        $crate::place::settings().bind(|| insta::assert_snapshot!($name, shown));
    };
}
pub(crate) use assert_run;
