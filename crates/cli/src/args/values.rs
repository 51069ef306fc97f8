//! How single values are read.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use reshoot::{AspectRatio, Audio, Descriptor, JobRef, PROVIDERS, Resolution, Url, is_loopback};
use reshoot_journal::State;

/// A job of a provider that this build knows.
#[derive(Clone, Debug)]
pub(crate) struct KnownJob {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) job_ref: JobRef,
}

/// Reads `provider:id`.
pub(super) fn job(text: &str) -> Result<KnownJob, String> {
    let read = || {
        let job_ref: JobRef = text.parse()?;
        let descriptor = reshoot::provider(job_ref.provider())?;
        Ok(KnownJob { descriptor, job_ref })
    };
    read().map_err(|error: reshoot::Error| error.message().to_owned())
}

/// Reads the URL under which providers reach this machine.
pub(super) fn public_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("it is not a URL: {error}"))?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    let names_nobody = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        _ if !is_plain || !names_nobody => {
            Err("it must be scheme, host and path, and nothing else".to_owned())
        }
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("it must begin with https:// (http:// on this machine only)".to_owned()),
    }
}

pub(super) fn provider() -> impl TypedValueParser<Value = &'static Descriptor> {
    PossibleValuesParser::new(PROVIDERS.iter().map(Descriptor::name))
        .try_map(|name| reshoot::provider(&name))
}

pub(super) fn state() -> impl TypedValueParser<Value = State> {
    PossibleValuesParser::new(State::ALL.map(State::as_str)).try_map(|word| word.parse::<State>())
}

pub(super) fn resolution() -> impl TypedValueParser<Value = Resolution> {
    PossibleValuesParser::new(Resolution::ALL.iter().map(|word| word.as_str()))
        .try_map(|word| word.parse::<Resolution>())
}

pub(super) fn aspect_ratio() -> impl TypedValueParser<Value = AspectRatio> {
    PossibleValuesParser::new(AspectRatio::ALL.iter().map(|word| word.as_str()))
        .try_map(|word| word.parse::<AspectRatio>())
}

pub(super) fn audio() -> impl TypedValueParser<Value = Audio> {
    PossibleValuesParser::new(Audio::ALL.iter().map(|word| word.as_str()))
        .try_map(|word| word.parse::<Audio>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_https_or_on_this_machine_and_holds_no_more_than_a_path() {
        for (text, allowed) in [
            ("https://hooks.example", true),
            ("https://hooks.example:8443/a/b/", true),
            ("http://127.0.0.1:8788", true),
            ("http://localhost/hooks", true),
            ("http://hooks.example", false),
            ("ftp://hooks.example", false),
            ("https://me:pass@hooks.example", false),
            ("https://hooks.example/?a=b", false),
            ("https://hooks.example/#a", false),
            ("hooks.example", false),
            ("", false),
        ] {
            assert_eq!(public_url(text).is_ok(), allowed, "{text}");
        }
    }

    #[test]
    fn a_job_must_be_of_a_provider_that_this_build_knows() {
        for (text, problem) in [
            ("evolink:task-1", None),
            ("acme:task-1", Some("\"acme\" is not a provider of this build: apiframe, ")),
            ("task-1", Some("does not read provider:id")),
            ("evolink:", Some("is not the id of a job")),
        ] {
            match (job(text), problem) {
                (Ok(job), None) => assert_eq!(job.job_ref.to_string(), text),
                (Err(message), Some(problem)) => assert!(message.contains(problem), "{message}"),
                (outcome, _) => panic!("{text}: {outcome:?}"),
            }
        }
    }
}
