//! How much a key may do, and how rows are shared among providers, as they are typed.

use std::{fmt::Display, str::FromStr, time::Duration};

use clap::Args;
use reshoot::{Budget, Descriptor, Load};

/// How often a key may ask, where its user says nothing: what DashScope documents, and no other provider
/// says anything (<https://www.alibabacloud.com/help/en/model-studio/manage-asynchronous-tasks>, read
/// 2026-11-20).
const ASKS_PER_SECOND: u32 = 20;

/// How much a key may do, where it is not as the provider documents.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LoadArgs {
    /// Run at most so many jobs at the same time, at each provider or at one
    /// [default: as the configuration file says, or the provider documents, or 20]
    #[arg(long, value_name = "[PROVIDER=]COUNT", value_delimiter = ',')]
    pub(crate) at_once: Vec<AtOnce>,
    /// Begin at most so many jobs within a while, at each provider or at one
    /// [default: as the configuration file says, or the provider documents, or 10/1s]
    #[arg(long, value_name = "[PROVIDER=]COUNT/TIME", value_delimiter = ',')]
    pub(crate) starts: Vec<Rate>,
    /// Ask at most so often how jobs stand, at each provider or at one [default: 20/1s]
    #[arg(long, value_name = "[PROVIDER=]COUNT/TIME", value_delimiter = ',')]
    pub(crate) polls: Vec<Rate>,
}

/// Said of one provider, or of all.
type Of = Option<&'static Descriptor>;

/// How many jobs run at the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtOnce {
    of: Of,
    count: u32,
}

/// How many times within a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    of: Of,
    count: u32,
    per: Duration,
}

/// How many of the rows a provider gets, as against the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    pub(crate) of: &'static Descriptor,
    pub(crate) weight: u32,
}

impl LoadArgs {
    /// With what is said elsewhere, which goes before it.
    pub(crate) fn overruled_by(mut self, other: &Self) -> Self {
        self.at_once.extend(&other.at_once);
        self.starts.extend(&other.starts);
        self.polls.extend(&other.polls);
        self
    }

    /// How many jobs a provider's key may run and begin.
    pub(crate) fn load(&self, descriptor: &Descriptor) -> Load {
        let mut load = Load::of(descriptor.capabilities);
        if let Some(said) = said(&self.at_once, |it| it.of, descriptor) {
            load.at_once = said.count;
        }
        if let Some(said) = said(&self.starts, |it| it.of, descriptor) {
            (load.starts, load.per) = (said.count, said.per);
        }
        load
    }

    /// How often a provider's key may ask.
    pub(crate) fn budget(&self, descriptor: &Descriptor) -> Budget {
        match said(&self.polls, |it| it.of, descriptor) {
            Some(said) => Budget::new(f64::from(said.count) / said.per.as_secs_f64(), said.count),
            None => Budget::new(f64::from(ASKS_PER_SECOND), ASKS_PER_SECOND),
        }
    }
}

/// What is said of a provider: what is said of it alone goes before what is said of all, and what is said
/// later before what is said first.
fn said<T: Copy>(all: &[T], of: impl Fn(&T) -> Of, descriptor: &Descriptor) -> Option<T> {
    let is_its = |it: &&T| of(it).is_some_and(|of| of.name() == descriptor.name());
    let of_all = || all.iter().rfind(|it| of(it).is_none());
    all.iter().rfind(is_its).or_else(of_all).copied()
}

impl FromStr for AtOnce {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (of, count) = of(text)?;
        Ok(Self { of, count: count_of(count)? })
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (of, rate) = of(text)?;
        let (count, per) =
            rate.split_once('/').ok_or("it reads COUNT/TIME, as in 10/1s or 600/1m")?;
        let per = humantime::parse_duration(per).map_err(|error| error.to_string())?;
        if per.is_zero() {
            return Err("no time is too short for anything: write it as in 10/1s".to_owned());
        }
        Ok(Self { of, count: count_of(count)?, per })
    }
}

impl FromStr for Weight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match of(text)? {
            (Some(of), weight) => Ok(Self { of, weight: number(weight)? }),
            (None, _) => Err("it reads PROVIDER=WEIGHT, as in evolink=2".to_owned()),
        }
    }
}

/// Takes `PROVIDER=` off.
fn of(text: &str) -> Result<(Of, &str), String> {
    let Some((name, value)) = text.split_once('=') else {
        return Ok((None, text));
    };
    let descriptor = reshoot::provider(name).map_err(|error| error.message().to_owned())?;
    Ok((Some(descriptor), value))
}

fn count_of(text: &str) -> Result<u32, String> {
    match number(text)? {
        0 => Err("nothing could ever begin: it must be 1 or more".to_owned()),
        count => Ok(count),
    }
}

fn number(text: &str) -> Result<u32, String> {
    let told = |error: &dyn Display| format!("{text:?} is not a count: {error}");
    text.parse().map_err(|error| told(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_one_provider_goes_before_what_is_said_of_all() {
        let args = LoadArgs {
            at_once: ["5", "evolink=7", "6"].map(|text| text.parse().unwrap()).into(),
            starts: vec!["novita=3/2s".parse().unwrap()],
            polls: vec!["kie=600/1m".parse().unwrap()],
        };
        let load = |name| args.load(reshoot::provider(name).unwrap());
        assert_eq!(load("evolink"), Load { at_once: 7, ..Load::ASSUMED });
        let per = Duration::from_secs(2);
        assert_eq!(load("novita"), Load { at_once: 6, starts: 3, per });
        let documented = LoadArgs::default().load(reshoot::provider("kie").unwrap());
        assert_eq!(documented.per, Duration::from_secs(10));
        let budget = |name| args.budget(reshoot::provider(name).unwrap()).per_second();
        assert_eq!((budget("kie"), budget("evolink")), (10.0, 20.0));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (error, expected) in [
            ("0".parse::<AtOnce>().unwrap_err(), "it must be 1 or more"),
            ("acme=1".parse::<AtOnce>().unwrap_err(), "\"acme\" is not a provider"),
            ("x".parse::<AtOnce>().unwrap_err(), "\"x\" is not a count"),
            ("10".parse::<Rate>().unwrap_err(), "it reads COUNT/TIME"),
            ("10/0s".parse::<Rate>().unwrap_err(), "too short for anything"),
            ("10/soon".parse::<Rate>().unwrap_err(), "expected number"),
            ("2".parse::<Weight>().unwrap_err(), "it reads PROVIDER=WEIGHT"),
        ] {
            assert!(error.contains(expected), "{error}");
        }
    }
}
