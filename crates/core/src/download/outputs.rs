//! Fetching all outputs of a job, asking the provider again where links are dead.

use std::path::{Path, PathBuf};

use url::Url;

use super::{DownloadOptions, Downloaded, Progress, error, place::Place, transfer::Fetcher};
use crate::{
    error::{Error, ErrorKind},
    job::{Job, JobState},
    provider::Provider,
};

/// The files that the outputs of a job go to: `out.mp4`, then `out-2.mp4`, `out-3.mp4` …
#[must_use]
pub fn target_names(target: &Path, outputs: usize) -> Vec<PathBuf> {
    (1..=outputs).map(|output| nth_name(target, output)).collect()
}

fn nth_name(target: &Path, output: usize) -> PathBuf {
    if output == 1 {
        return target.to_owned();
    }
    let mut name = target.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{output}"));
    if let Some(extension) = target.extension() {
        name.push(".");
        name.push(extension);
    }
    target.with_file_name(name)
}

/// Checks that `outputs` files can go to `target` and its siblings: call it before spending.
///
/// # Errors
/// [`Io`](ErrorKind::Io) names the file that is in the way, or the directory that is missing.
pub fn check_targets(
    target: &Path,
    outputs: usize,
    options: &DownloadOptions,
) -> Result<(), Error> {
    for name in target_names(target, outputs) {
        Place::new(&name)?.check(options.overwrite)?;
    }
    Ok(())
}

/// Fetches all outputs of a job that has succeeded: the first into `target`, the others beside it as
/// [`target_names`] says. If a link is dead, the provider is asked for the job once more.
///
/// # Errors
/// As those of [`fetch`](super::fetch), each with the job. No byte is fetched if any target is in
/// the way. [`LinkExpired`](ErrorKind::LinkExpired) only if the provider has no live link either.
pub async fn fetch_outputs<P: Provider + ?Sized>(
    provider: &P,
    job: &Job,
    target: &Path,
    options: &DownloadOptions,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Downloaded>, Error> {
    fetch_with(&Fetcher::new(*options), provider, job, target, options, watch)
        .await
        .map_err(|error| error.with_provider(provider.name()).with_job(&job.job_ref))
}

pub(super) async fn fetch_with<P: Provider + ?Sized>(
    fetcher: &Fetcher,
    provider: &P,
    job: &Job,
    target: &Path,
    options: &DownloadOptions,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Downloaded>, Error> {
    let mut links = links(job)?;
    let names = target_names(target, links.len());
    check_targets(target, names.len(), options)?;
    let (mut files, mut asked_again) = (Vec::with_capacity(names.len()), false);
    while let (Some(link), Some(name)) = (links.get(files.len()), names.get(files.len())) {
        match fetcher.fetch(link, name, files.len().saturating_add(1), watch).await {
            Ok(file) => files.push(file),
            Err(error) if error.kind() == ErrorKind::LinkExpired && !asked_again => {
                asked_again = true;
                links = fresh_links(provider, job, names.len()).await?;
            }
            Err(error) if files.is_empty() => return Err(error),
            Err(error) => {
                return Err(
                    error.with_context("fetched", format!("{}/{}", files.len(), names.len()))
                );
            }
        }
    }
    Ok(files)
}

fn links(job: &Job) -> Result<Vec<Url>, Error> {
    match &job.state {
        JobState::Succeeded { outputs, .. } if !outputs.is_empty() => {
            Ok(outputs.iter().map(|output| output.url.clone()).collect())
        }
        JobState::Succeeded { .. } => {
            let message = "the job has succeeded, but the provider names no result";
            Err(error(ErrorKind::Unreadable, message))
        }
        JobState::Expired => Err(gone()),
        _ => Err(error(ErrorKind::InvalidRequest, "the job has no result to download")),
    }
}

/// The links of the job as the provider describes it now.
async fn fresh_links<P: Provider + ?Sized>(
    provider: &P,
    job: &Job,
    outputs: usize,
) -> Result<Vec<Url>, Error> {
    tracing::debug!(job = %job.job_ref, "a link is dead; asking for a fresh one");
    let answer = provider.status(&job.job_ref).await.map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => gone(),
        kind => {
            let message = format!("the link is dead, and no fresh one came: {}", cause.message());
            error(kind, message)
                .with_retryable(cause.is_retryable())
                .with_retry_after(cause.retry_after())
                .with_source(cause)
        }
    })?;
    let fresh = links(&answer).map_err(|_| gone())?;
    if fresh.len() < outputs { Err(gone()) } else { Ok(fresh) }
}

fn gone() -> Error {
    error(ErrorKind::LinkExpired, "the provider no longer has the result")
}
