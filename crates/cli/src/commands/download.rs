//! `reshoot download`: fetches the result of a job that is done.

use std::path::PathBuf;

use reshoot::{Job, JobRef, JobState};

use super::{Context, resume, status};
use crate::{
    args::DownloadArgs,
    exit::Failure,
    interrupts::Interrupted,
    lead::Lead,
    output::Event,
    resume::Resume,
    session::{Connections, Session},
};

pub(super) async fn run(args: &DownloadArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let job_ref = &args.job.job_ref;
    let target = args.output.clone().unwrap_or_else(|| default_target(job_ref));
    let again = Resume::new(&args.connection).to(&target, args.overwrite);
    let session = Session::connect(args.job.descriptor, &args.connection)?;
    let job = status::ask(job_ref, &session, context).await?;
    match job.state {
        JobState::Succeeded { .. } => match context.journal.open_job(job_ref)? {
            Some((journal, id)) => {
                let lead = Lead::new(journal, Connections::real(), None, false, |_| {});
                resume::fetch_to(&lead, id, &target, args.overwrite, context).await
            }
            None => fetch(&job, &session, &again, context).await,
        },
        JobState::Queued | JobState::Running { .. } => Err(Failure::not_done(&job, &again)),
        _ => Err(Failure::ended(&job, session.descriptor)),
    }
}

/// Fetches all results of a job into the file that `resume` names, and its siblings.
pub(super) async fn fetch(
    job: &Job,
    session: &Session,
    resume: &Resume,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let (out, job_ref) = (context.out, &job.job_ref);
    let target = resume.target.clone().unwrap_or_else(|| default_target(job_ref));
    let options = session.download_options(resume.overwrite);
    let mut watch = |progress| out.show(Event::Downloading { job: job_ref, progress });
    let fetched = reshoot::fetch_outputs(&*session.provider, job, &target, &options, &mut watch);
    let files = context
        .interrupts
        .or(fetched)
        .await
        .map_err(|Interrupted| Failure::interrupted_download(job_ref, resume))?
        .map_err(|error| Failure::not_downloaded(&error, job_ref, resume))?;
    out.show(Event::Done { job, files: &files, emulated: false });
    Ok(())
}

/// `PROVIDER-ID.mp4` in the working directory.
fn default_target(job: &JobRef) -> PathBuf {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }
    };
    let id: String = job.id().chars().map(safe).take(100).collect();
    format!("{}-{id}.mp4", job.provider()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_lead_out_of_the_working_directory() {
        let job = JobRef::new("novita", "../../a b/c:d").unwrap();
        assert_eq!(default_target(&job), PathBuf::from("novita-..-..-a-b-c-d.mp4"));
    }
}
