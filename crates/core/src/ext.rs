//! The main job in one call, for callers: check, stage, submit, wait, download.

use std::{path::Path, time::Duration};

use async_trait::async_trait;

use crate::{
    download::{DownloadOptions, Downloaded, Progress, check_targets, fetch_outputs},
    error::Error,
    job::{Job, JobState},
    provider::Provider,
    ready::{Checked, Ready},
    request::EditRequest,
    stage::{ProviderStage, Stage},
    submission::Submission,
    submit::submit,
    violation::Violations,
    wait::{Polled, WaitOptions, wait},
};

/// How to run an edit from request to file.
#[derive(Default)]
#[non_exhaustive]
pub struct EditOptions<'a> {
    /// Where local files go; none uses the provider's own upload.
    pub stage: Option<&'a dyn Stage>,
    /// How long and how often to ask for the job's state.
    pub wait: WaitOptions,
    /// How to write the result.
    pub download: DownloadOptions,
    /// How long to go on submitting while the provider refuses for a passing reason; none tries once.
    pub patience: Duration,
}

impl std::fmt::Debug for EditOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EditOptions")
            .field("stage", &self.stage.map(Stage::staging))
            .field("wait", &self.wait)
            .field("download", &self.download)
            .field("patience", &self.patience)
            .finish()
    }
}

/// A finished edit.
#[derive(Debug)]
#[non_exhaustive]
pub struct Edited {
    /// The job in its final state, with what was billed where the provider tells.
    pub job: Job,
    /// The files, one for each output.
    pub files: Vec<Downloaded>,
}

/// How an edit ended without a file, and what that means for the money.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Refused before anything was sent: nothing was spent.
    #[error(transparent)]
    Refused(#[from] Violations),
    /// The result could not be written where it should go: nothing was sent or spent.
    #[error("nothing was spent: {0}")]
    NoTarget(#[source] Error),
    /// A local file did not get to where the provider could read it: nothing was spent.
    #[error("nothing was spent: {0}")]
    NotStaged(#[source] Error),
    /// The provider made no job, proved: nothing was spent.
    #[error("nothing was spent: {0}")]
    NotAccepted(#[source] Error),
    /// **Perhaps charged**: see [`Submission::Unknown`] for what to do. Never simply edit again.
    #[error("perhaps charged: {error}")]
    PerhapsCharged {
        /// What went wrong.
        #[source]
        error: Error,
        /// The key under which the submit can be repeated without paying twice, if there is one.
        idempotency_key: Option<String>,
    },
    /// Waiting stopped; the job goes on and may be billed. The error names it: wait again.
    #[error("the job goes on: {0}")]
    StillRunning(#[source] Error),
    /// The job ended without a result.
    #[error("the job ended without a result: {}", ending(&.0.state))]
    Ended(Box<Job>),
    /// The edit is paid for and done, but its file is not here. The error names the job: download
    /// it again.
    #[error("the edit is done, but its file is not here: {0}")]
    NotDownloaded(#[source] Error),
}

fn ending(state: &JobState) -> String {
    match state {
        JobState::Failed(failure) => failure.to_string(),
        JobState::Canceled => "it was canceled".to_owned(),
        JobState::Expired => "its result is no longer kept".to_owned(),
        _ => "in an unexpected state".to_owned(),
    }
}

/// What happens during an edit, as it happens.
#[derive(Debug)]
#[non_exhaustive]
pub enum EditEvent<'a> {
    /// The request breaks no limit; [`Checked::estimate`] tells what it will cost.
    Checked(&'a Checked),
    /// The provider refused for a passing reason; it will be asked again after this wait.
    Deferred(&'a Error, Duration),
    /// The job exists and will be billed. Store its [`JobRef`](crate::JobRef) now.
    Accepted(&'a Job),
    /// A poll, good or bad.
    Polled(Polled<'a>),
    /// Bytes of a result have come in.
    Downloading(Progress),
}

/// Watches an edit.
pub type Watch<'a> = &'a mut (dyn FnMut(EditEvent<'_>) + Send);

/// What callers do with a provider, on top of [`Provider`]. Implemented for every provider.
#[async_trait]
pub trait ProviderExt: Provider {
    /// Edits a clip: checks, stages, submits once, waits, downloads to `target`.
    ///
    /// With several outputs the further files are named `target-2.mp4` and so on. `watch` is told
    /// the cost before anything is spent, and the job's id as soon as it is known: store it, since
    /// dropping this future leaves the job running.
    ///
    /// # Errors
    /// [`EditError`] tells what happened to the money.
    async fn edit(
        &self,
        request: EditRequest,
        target: &Path,
        options: &EditOptions<'_>,
        watch: Watch<'_>,
    ) -> Result<Edited, EditError> {
        check_targets(target, request.outputs.into(), &options.download)
            .map_err(EditError::NoTarget)?;
        let own = ProviderStage(self);
        let stage: &dyn Stage = options.stage.unwrap_or(&own);
        let checked = request.check(self.capabilities(), stage.staging())?;
        watch(EditEvent::Checked(&checked));
        let ready = checked.stage(stage).await.map_err(EditError::NotStaged)?;
        let accepted = accept(self, &ready, options.patience, watch).await?;
        watch(EditEvent::Accepted(&accepted));
        let job = wait(self, &accepted.job_ref, &options.wait, &mut |polled| {
            watch(EditEvent::Polled(polled));
        })
        .await
        .map_err(EditError::StillRunning)?;
        if !matches!(job.state, JobState::Succeeded { .. }) {
            return Err(EditError::Ended(Box::new(job)));
        }
        let files = fetch_outputs(self, &job, target, &options.download, &mut |progress| {
            watch(EditEvent::Downloading(progress));
        })
        .await
        .map_err(EditError::NotDownloaded)?;
        Ok(Edited { job, files })
    }
}

impl<P: Provider + ?Sized> ProviderExt for P {}

async fn accept<P: Provider + ?Sized>(
    provider: &P,
    ready: &Ready,
    patience: Duration,
    watch: Watch<'_>,
) -> Result<Job, EditError> {
    let submission = submit(provider, ready, patience, &mut |error, wait| {
        watch(EditEvent::Deferred(error, wait));
    })
    .await;
    match submission {
        Submission::Accepted(job) => Ok(job),
        Submission::Refused(error) => Err(EditError::NotAccepted(error)),
        Submission::Unknown(error) => Err(EditError::PerhapsCharged {
            error,
            idempotency_key: ready.request().idempotency_key.clone(),
        }),
    }
}
