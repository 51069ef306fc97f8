//! The commands that take up a job again after this one has ended.

use std::path::{Path, PathBuf};

use reshoot::JobRef;

use crate::{args::ConnectionArgs, shell};

/// Where the result of a job shall go, and how to reach its provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resume {
    /// The command that takes up a job of the journal: it knows the rest.
    recorded: Option<String>,
    pub(crate) target: Option<PathBuf>,
    pub(crate) overwrite: bool,
    pub(crate) connection: ConnectionArgs,
}

impl Resume {
    /// Without a file: the caller shall choose one.
    pub(crate) fn new(connection: &ConnectionArgs) -> Self {
        Self { connection: connection.clone(), ..Self::default() }
    }

    /// A job of the journal.
    pub(crate) fn recorded(command: String) -> Self {
        Self { recorded: Some(command), ..Self::default() }
    }

    pub(crate) fn to(mut self, target: &Path, overwrite: bool) -> Self {
        self.target = Some(target.to_owned());
        self.overwrite = overwrite;
        self
    }

    /// `reshoot wait JOB -o FILE …`
    pub(crate) fn wait(&self, job: &JobRef) -> String {
        self.command("wait", job, self.target.as_deref())
    }

    /// `reshoot download JOB -o FILE …`
    pub(crate) fn download(&self, job: &JobRef) -> String {
        let target = self.target.as_deref().unwrap_or(Path::new("out.mp4"));
        self.command("download", job, Some(target))
    }

    fn command(&self, name: &str, job: &JobRef, target: Option<&Path>) -> String {
        if let Some(command) = &self.recorded {
            return command.clone();
        }
        let mut words = vec!["reshoot".to_owned(), name.to_owned(), job.to_string()];
        if let Some(target) = target {
            words.extend(["-o".to_owned(), target.display().to_string()]);
            words.extend(self.overwrite.then(|| "--overwrite".to_owned()));
        }
        words.extend(connection_words(&self.connection));
        shell::line(words)
    }
}

/// The arguments that lead to the same provider.
fn connection_words(connection: &ConnectionArgs) -> Vec<String> {
    let ConnectionArgs { base_url, files_url } = connection;
    [("--base-url", base_url), ("--files-url", files_url)]
        .into_iter()
        .filter_map(|(flag, value)| Some([flag.to_owned(), value.clone()?]))
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_leads_to_the_same_job_file_and_provider() {
        let job = JobRef::new("evolink", "task-1").unwrap();
        let connection = ConnectionArgs {
            base_url: Some("http://127.0.0.1:9/evolink".to_owned()),
            files_url: None,
        };
        let resume = Resume::new(&connection).to(Path::new("my out.mp4"), true);
        assert_eq!(
            resume.wait(&job),
            "reshoot wait evolink:task-1 -o 'my out.mp4' --overwrite --base-url http://127.0.0.1:9/evolink"
        );
        let bare = Resume::default();
        assert_eq!(bare.wait(&job), "reshoot wait evolink:task-1");
        assert_eq!(bare.download(&job), "reshoot download evolink:task-1 -o out.mp4");
    }
}
