//! After a submit whose outcome is unknown: what can be done without paying twice.

use std::time::Duration;

use reshoot::{Candidate, Descriptor, EditRequest, Found, LostSubmit, Provider, Ready, Url};

use crate::{
    exit::Failure,
    resume::{Resume, connection_words},
    shell,
};

/// How long to look for a lost job.
const LOOK_UP: Duration = Duration::from_secs(20);

/// Adds how the very same submit can be repeated, where the provider honours its key.
pub(crate) fn with_replay(
    mut failure: Failure,
    descriptor: &Descriptor,
    ready: &Ready,
    resume: &Resume,
) -> Failure {
    let request = ready.request();
    let Some(key) = &request.idempotency_key else {
        return failure;
    };
    failure.idempotency_key = Some(key.clone());
    let Some(rule) = descriptor.capabilities.idempotency else {
        return failure;
    };
    let within = rule
        .value
        .remembered
        .map_or(String::new(), |time| format!(" within {} hours", time.as_secs() / 3600));
    let title = descriptor.capabilities.title;
    if !media(request).all(is_unsigned) {
        return failure.next(format!(
            "the submit went out under the key {key}, to signed links that are not shown here"
        ));
    }
    failure
        .next(format!(
            "{title} makes no second job for the very same submit under its key{within}:"
        ))
        .next(command(descriptor, request, resume))
}

fn media(request: &EditRequest<Url>) -> impl Iterator<Item = &Url> {
    std::iter::once(&request.video).chain(&request.reference_images)
}

fn is_unsigned(url: &Url) -> bool {
    url.query().is_none() && url.fragment().is_none() && url.password().is_none()
}

/// The same submit again: the media where they were staged, since another link would make it another
/// request under the same key.
fn command(descriptor: &Descriptor, request: &EditRequest<Url>, resume: &Resume) -> String {
    let EditRequest {
        video,
        prompt,
        negative_prompt,
        reference_images,
        resolution,
        aspect_ratio,
        duration,
        audio,
        seed,
        prompt_expansion,
        watermark,
        outputs,
        webhook,
        idempotency_key,
    } = request;
    let name = if resume.target.is_some() { "edit" } else { "submit" };
    let mut words = vec!["reshoot".to_owned(), name.to_owned()];
    let mut option = |flag: &str, value: Option<String>| {
        words.extend(value.map(|value| [flag.to_owned(), value]).into_iter().flatten());
    };
    option("--provider", Some(descriptor.name().to_owned()));
    option("--negative-prompt", negative_prompt.clone());
    for image in reference_images {
        option("--reference", Some(image.to_string()));
    }
    option("--resolution", Some(resolution.to_string()));
    option("--aspect-ratio", aspect_ratio.map(|shape| shape.to_string()));
    option("--duration", duration.map(|length| length.0.to_string()));
    option("--audio", Some(audio.to_string()));
    option("--seed", seed.map(|seed| seed.to_string()));
    option("--prompt-expansion", prompt_expansion.map(|wanted| wanted.to_string()));
    option("--outputs", (*outputs != 1).then(|| outputs.to_string()));
    option("--webhook", webhook.as_ref().map(Url::to_string));
    option("--idempotency-key", idempotency_key.clone());
    option("-o", resume.target.as_ref().map(|target| target.display().to_string()));
    words.extend(watermark.then(|| "--watermark".to_owned()));
    words.extend(resume.overwrite.then(|| "--overwrite".to_owned()));
    words.extend(connection_words(&resume.connection));
    words.extend(["--".to_owned(), video.to_string(), prompt.clone()]);
    shell::line(words)
}

/// Looks for the lost job, and adds what was found.
pub(crate) async fn with_candidates(
    failure: Failure,
    provider: &dyn Provider,
    descriptor: &Descriptor,
    lost: &LostSubmit<'_>,
    resume: &Resume,
) -> Failure {
    let title = descriptor.capabilities.title;
    match tokio::time::timeout(LOOK_UP, provider.find(lost)).await {
        Ok(Ok(Found::Candidates(list))) if !list.is_empty() => {
            let lead = format!("{title} lists jobs made since; the first is the likeliest one:");
            let candidates = list.iter().take(3).map(|candidate| described(candidate, resume));
            candidates.fold(failure.next(lead), Failure::next)
        }
        Ok(Ok(Found::Candidates(_))) => failure.next(format!(
            "{title} lists no job made since; look into its dashboard in a minute, it may lag behind"
        )),
        Ok(Ok(Found::CannotList)) => failure.next(format!(
            "{title} has no list of jobs to look into: only its dashboard shows whether the job was made"
        )),
        Ok(Err(_)) | Err(_) => failure.next(format!(
            "{title} did not answer when asked for its jobs: look into its dashboard"
        )),
    }
}

fn described(candidate: &Candidate, resume: &Resume) -> String {
    let command = resume.wait(&candidate.job.job_ref);
    match candidate.same_input {
        Some(true) => format!("{command}  # it has the same input"),
        Some(false) => format!("{command}  # it has another input"),
        None => command,
    }
}
