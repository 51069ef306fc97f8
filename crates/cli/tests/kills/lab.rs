//! One emulator, one journal, one directory for all.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use reshoot_emulator::Emulator;
use reshoot_journal::Journal;
use tempfile::TempDir;
use tokio::process::Command;

/// How long a job takes, and how long each call: long enough to be killed in.
const JOB: Duration = Duration::from_millis(250);
const CALL: Duration = Duration::from_millis(15);

pub(crate) struct Lab {
    pub(crate) emulator: Emulator,
    pub(crate) journal: Journal,
    directory: TempDir,
}

impl Lab {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/clip.mp4");
        std::fs::copy(clip, directory.path().join("clip.mp4")).unwrap();
        let emulator = Emulator::builder().job_time(JOB).latency(CALL).start().await.unwrap();
        let journal = Journal::open(directory.path().join("journal.db")).unwrap();
        configure(directory.path());
        Self { emulator, journal, directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The command, with a key for every provider.
    pub(crate) fn reshoot(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reshoot"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.directory.path())
            .env("TMPDIR", self.directory.path())
            .env("RESHOOT_JOURNAL", self.path("journal.db"))
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        for provider in reshoot::PROVIDERS {
            let name = provider.name().replace('-', "_").to_uppercase();
            command.env(provider.key_env, "a key");
            command.env(format!("{name}_BASE_URL"), self.emulator.url(provider.name()));
        }
        command
    }
}

/// What is killed in doubt takes up room at its provider: with what some document, the others would wait
/// for most of the run.
fn configure(home: &Path) {
    let file = home.join(".config/reshoot/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let section =
        |it: &reshoot::Descriptor| format!("[{}]\nat_once = 500\nstarts = \"500/1s\"\n", it.name());
    std::fs::write(&file, reshoot::PROVIDERS.iter().map(section).collect::<String>()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
