//! Fetching results: each once, under its own name, over nobody else's file.

use std::path::{Path, PathBuf};

use reshoot_core::{
    Downloaded, Error, ErrorKind, Job, JobRef, JobState, Operation, Url, download::target_names,
    fetch,
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
        let work = self.fetch_all(job, attempt, links_are_fresh, watch);
        let fetched = tokio::select! {
            fetched = work => fetched,
            () = self.options.stop.cancelled() => Err(RunError::Stopped(State::Succeeded)),
        };
        if fetched.is_err() {
            let id = attempt.id;
            self.record(move |journal| journal.release(id)).await?;
        }
        fetched
    }

    async fn fetch_all(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        links_are_fresh: bool,
        watch: Watch<'_>,
    ) -> Result<Vec<Downloaded>, RunError> {
        let route = self.routes.connect(&attempt.via).map_err(RunError::SetUp)?;
        let job_ref = job_ref(attempt)?;
        let target = target(job, attempt);
        let names = target_names(&target, attempt.outputs.len());
        let mut links: Vec<_> = attempt.outputs.iter().map(|output| output.link.clone()).collect();
        if !links_are_fresh && let Some(fresh) = self.fresh_links(attempt, &route, &job_ref).await?
        {
            links = fresh;
        }
        let (mut files, mut asked_again) = (Vec::new(), false);
        for (output, name) in attempt.outputs.iter().zip(&names) {
            if output.file.is_some() {
                continue;
            }
            let file = loop {
                let link = links.get(output.n.saturating_sub(1)).unwrap_or(&output.link);
                let fetched = self.fetch_one(job, &route, &job_ref, output, link, name, watch);
                match fetched.await {
                    Err(error) if error.kind() == ErrorKind::LinkExpired && !asked_again => {
                        asked_again = true;
                        links = self.renew(attempt, &route, &job_ref).await?;
                    }
                    fetched => break fetched.map_err(|error| named(error, &route, &job_ref))?,
                }
            };
            let record = FileRecord {
                path: file.path.clone(),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
            };
            let (id, n) = (attempt.id, output.n);
            self.record(move |journal| journal.file(id, n, &record)).await?;
            files.push(file);
        }
        Ok(files)
    }

    #[allow(clippy::too_many_arguments, reason = "all of it is needed, and only here")]
    async fn fetch_one(
        &self,
        job: &JobRecord,
        route: &Route,
        job_ref: &JobRef,
        output: &OutputRecord,
        link: &Url,
        name: &Path,
        watch: Watch<'_>,
    ) -> Result<Downloaded, Error> {
        let options = self
            .options
            .download
            .with_overwrite(job.overwrite)
            .with_loopback(route.allow_loopback || self.options.download.allow_loopback);
        let mut seen = |mut progress: reshoot_core::Progress| {
            progress.output = output.n;
            watch(RunEvent::Downloading { job: job_ref, progress });
        };
        if job.overwrite || !name.exists() {
            return fetch(link, name, &options, &mut seen).await;
        }
        // What is in the way may be this very result: written, and the process killed before it could
        // be recorded.
        let beside = verify::beside(name);
        let fetched = fetch(link, &beside, &options.with_overwrite(true), &mut seen).await?;
        verify::same_or_in_the_way(fetched, name).await
    }

    /// The links as the provider gives them now; none if it gives none, or does not answer.
    async fn fresh_links(
        &self,
        attempt: &Attempt,
        route: &Route,
        job_ref: &JobRef,
    ) -> Result<Option<Vec<Url>>, RunError> {
        let Ok(Job { state: JobState::Succeeded { outputs, .. }, .. }) =
            route.provider.status(job_ref).await
        else {
            return Ok(None);
        };
        if outputs.len() < attempt.outputs.len() {
            return Ok(None);
        }
        let links = outputs.iter().map(|output| output.url.clone()).collect();
        let id = attempt.id;
        self.record(move |journal| journal.fresh_links(id, &outputs)).await?;
        Ok(Some(links))
    }

    /// Links in place of dead ones.
    async fn renew(
        &self,
        attempt: &Attempt,
        route: &Route,
        job_ref: &JobRef,
    ) -> Result<Vec<Url>, RunError> {
        if let Some(links) = self.fresh_links(attempt, route, job_ref).await? {
            return Ok(links);
        }
        let message = "the link is dead, and the provider gives no fresh one";
        let gone = Error::new(ErrorKind::LinkExpired, Operation::Download, message);
        if let Ok(Job { state: JobState::Expired, .. }) = route.provider.status(job_ref).await {
            let (id, ending) = (attempt.id, Ending::new(State::Expired, message, Owed::Quote));
            self.record(move |journal| journal.ended(id, &ending)).await?;
        }
        Err(named(gone, route, job_ref))
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

fn named(error: Error, route: &Route, job_ref: &JobRef) -> RunError {
    RunError::NotDownloaded(error.with_provider(route.provider.name()).with_job(job_ref))
}
