//! Fetching results: each once, under its own name, over nobody else's file.

use std::path::{Path, PathBuf};

use reshoot_core::{
    Downloaded, Error, ErrorKind, Job, JobRef, JobState, Operation, Progress, Url,
    download::target_names, fetch,
};

use super::{Attempt, JobRecord, Route, RunError, RunEvent, Runner, Watch, job_ref, verify};
use crate::{
    Ending, Owed, State,
    record::{FileRecord, OutputRecord},
};

impl Runner {
    /// Fetches every result that is not here yet, and records each as it comes. Links that were recorded
    /// by an earlier run may have died: fresh ones are asked for first.
    pub(super) async fn fetch(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        links_are_fresh: bool,
        watch: Watch<'_>,
    ) -> Result<Vec<Downloaded>, RunError> {
        let route = self.routes.connect(&attempt.via).map_err(RunError::SetUp)?;
        let fetching = Fetching { runner: self, job, attempt, route, job_ref: job_ref(attempt)? };
        let fetched = tokio::select! {
            biased;
            () = self.options.stop.cancelled() => Err(RunError::Stopped(State::Succeeded)),
            fetched = fetching.all(links_are_fresh, watch) => fetched,
        };
        if fetched.is_err() {
            let id = attempt.id;
            self.record(move |journal| journal.release(id)).await?;
        }
        fetched
    }
}

/// The results of one attempt on their way.
struct Fetching<'a> {
    runner: &'a Runner,
    job: &'a JobRecord,
    attempt: &'a Attempt,
    route: Route,
    job_ref: JobRef,
}

impl Fetching<'_> {
    async fn all(
        &self,
        links_are_fresh: bool,
        watch: Watch<'_>,
    ) -> Result<Vec<Downloaded>, RunError> {
        let outputs = &self.attempt.outputs;
        let names = target_names(&target(self.job, self.attempt), outputs.len());
        let recorded = || outputs.iter().map(|output| output.link.clone()).collect();
        let fresh = if links_are_fresh { None } else { self.fresh_links().await? };
        let mut links = fresh.unwrap_or_else(recorded);
        let (mut files, mut asked_again) = (Vec::new(), false);
        for (output, name) in outputs.iter().zip(&names).filter(|(it, _)| it.file.is_none()) {
            let file = loop {
                let link = links.get(output.n.saturating_sub(1)).unwrap_or(&output.link);
                match self.one(output, link, name, watch).await {
                    Err(error) if error.kind() == ErrorKind::LinkExpired && !asked_again => {
                        asked_again = true;
                        links = self.renewed_links().await?;
                    }
                    fetched => break fetched.map_err(|error| self.failed(error))?,
                }
            };
            let (id, n, record) = (self.attempt.id, output.n, FileRecord::from(&file));
            self.runner.record(move |journal| journal.file(id, n, &record)).await?;
            files.push(file);
        }
        Ok(files)
    }

    async fn one(
        &self,
        output: &OutputRecord,
        link: &Url,
        name: &Path,
        watch: Watch<'_>,
    ) -> Result<Downloaded, Error> {
        let common = self.runner.options.download;
        let options = common
            .with_overwrite(self.job.overwrite)
            .with_loopback(self.route.allow_loopback || common.allow_loopback);
        let mut seen = |mut progress: Progress| {
            progress.output = output.n;
            watch(RunEvent::Downloading { job: &self.job_ref, progress });
        };
        if self.job.overwrite || !name.exists() {
            return fetch(link, name, &options, &mut seen).await;
        }
        // What is in the way may be this very result: written, and the process killed before it could
        // be recorded.
        let beside = verify::beside(name);
        let fetched = fetch(link, &beside, &options.with_overwrite(true), &mut seen).await?;
        verify::same_or_in_the_way(fetched, name).await
    }

    /// The links as the provider gives them now; none if it gives none, or does not answer.
    async fn fresh_links(&self) -> Result<Option<Vec<Url>>, RunError> {
        let Ok(Job { state: JobState::Succeeded { outputs, .. }, times, .. }) =
            self.route.provider.status(&self.job_ref).await
        else {
            return Ok(None);
        };
        if outputs.len() < self.attempt.outputs.len() {
            return Ok(None);
        }
        let links = outputs.iter().map(|output| output.url.clone()).collect();
        let id = self.attempt.id;
        self.runner.record(move |journal| journal.fresh_links(id, &outputs, times)).await?;
        Ok(Some(links))
    }

    /// Links in place of dead ones.
    async fn renewed_links(&self) -> Result<Vec<Url>, RunError> {
        if let Some(links) = self.fresh_links().await? {
            return Ok(links);
        }
        let message = "the link is dead, and the provider gives no fresh one";
        let status = self.route.provider.status(&self.job_ref).await;
        if let Ok(Job { state: JobState::Expired, .. }) = status {
            let (id, ending) = (self.attempt.id, Ending::new(State::Expired, message, Owed::Quote));
            self.runner.record(move |journal| journal.ended(id, &ending)).await?;
        }
        Err(self.failed(Error::new(ErrorKind::LinkExpired, Operation::Download, message)))
    }

    fn failed(&self, error: Error) -> RunError {
        let provider = self.route.provider.name();
        RunError::NotDownloaded(error.with_provider(provider).with_job(&self.job_ref))
    }
}

/// Where the first result of an attempt goes. A provider that made a second job for one order was paid
/// for both: the second result stands beside the first.
fn target(job: &JobRecord, attempt: &Attempt) -> PathBuf {
    let target = job.target.clone().unwrap_or_default();
    let paid = |other: &&Attempt| !other.outputs.is_empty();
    match job.attempts.iter().find(paid) {
        Some(first) if first.id != attempt.id => {
            let mut name = target.file_stem().unwrap_or_default().to_owned();
            name.push(format!("-attempt{}", attempt.id));
            if let Some(extension) = target.extension() {
                name.push(".");
                name.push(extension);
            }
            target.with_file_name(name)
        }
        _ => target,
    }
}
