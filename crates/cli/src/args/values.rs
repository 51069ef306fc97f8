//! How single values are read.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use reshoot::{AspectRatio, Audio, Descriptor, JobRef, PROVIDERS, Resolution};
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
