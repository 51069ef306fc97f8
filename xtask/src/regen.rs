//! `cargo xtask regen`: specs in, clients out.

use std::{fmt, io, path::Path};

use crate::{
    generate, repo, rules,
    spec::Spec,
    write::{Mode, Outcome, write_or_check},
};

/// Why nothing could be generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file, relative to the root.
        path: String,
        /// What the file system says.
        source: io::Error,
    },
    /// The specs cannot be used: one line per problem, each naming the file.
    #[error("{0}")]
    Spec(String),
}

impl Error {
    /// A file could not be read or written.
    #[must_use]
    pub fn io(path: &str, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// What to regenerate, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The providers' words.
    pub providers: Vec<String>,
    /// Write or compare.
    pub mode: Mode,
}

impl Options {
    /// Reads the arguments after `regen`; no provider means all of them.
    ///
    /// # Errors
    /// A sentence about an argument that is neither `--check` nor a provider with a spec.
    pub fn parse(args: &[String], known: &[String]) -> Result<Self, String> {
        let (flags, mut providers): (Vec<_>, Vec<_>) =
            args.iter().cloned().partition(|arg| arg.starts_with('-'));
        if let Some(flag) = flags.iter().find(|flag| *flag != "--check") {
            return Err(format!("regen has no option {flag}"));
        }
        if let Some(stranger) = providers.iter().find(|provider| !known.contains(provider)) {
            let known = known.join(", ");
            return Err(format!("there is no specs/{stranger}.yaml; there are: {known}"));
        }
        if providers.is_empty() {
            providers = known.to_vec();
        }
        let mode = if flags.is_empty() { Mode::Write } else { Mode::Check };
        Ok(Self { providers, mode })
    }

    /// Compares everything.
    #[must_use]
    pub fn check_all(root: &Path) -> Self {
        Self { providers: repo::providers(root), mode: Mode::Check }
    }
}

/// What came of each file.
#[derive(Debug, Default)]
pub struct Report(Vec<(String, Outcome)>);

impl Report {
    /// The checked-in files that differ from what their specs give.
    pub fn stale(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|entry| match entry {
            (path, Outcome::Stale(_)) => Some(path.as_str()),
            _ => None,
        })
    }

    /// Whether there is such a file.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.stale().next().is_some()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, outcome) in &self.0 {
            match outcome {
                Outcome::Same => {}
                Outcome::Written => writeln!(f, "wrote {path}")?,
                Outcome::Stale(diff) => write!(f, "{diff}")?,
            }
        }
        if self.is_stale() {
            writeln!(f, "\nGenerated files are stale. Type: cargo xtask regen")?;
        }
        Ok(())
    }
}

/// The files that a provider's spec gives: path relative to the root, and text.
///
/// # Errors
/// When the spec cannot be read, breaks the rules, or is beyond the generator.
pub fn files(root: &Path, provider: &str) -> Result<[(String, String); 2], Error> {
    let spec = Spec::read(root, provider)?;
    let problems = rules::check(&spec);
    if !problems.is_empty() {
        return Err(Error::Spec(problems.join("\n")));
    }
    let json = serde_json::to_string_pretty(&spec.document)
        .map_err(|error| Error::Spec(format!("{}: {error}", repo::spec(provider))))?;
    Ok([
        (repo::client(provider), generate::client(&spec)?),
        (repo::emulator_spec(provider), json + "\n"),
    ])
}

/// Regenerates or compares. With any problem in any spec, no file is touched.
///
/// # Errors
/// All problems of all specs.
pub fn run(root: &Path, options: &Options) -> Result<Report, Error> {
    let mut made = Vec::new();
    let mut problems = Vec::new();
    for provider in &options.providers {
        match files(root, provider) {
            Ok(files) => made.extend(files),
            Err(error) => problems.push(error.to_string()),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Spec(problems.join("\n")));
    }
    let mut report = Report::default();
    for (path, text) in made {
        let outcome = write_or_check(root, &path, &text, options.mode)
            .map_err(|error| Error::io(&path, error))?;
        report.0.push((path, outcome));
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        Options::parse(&owned(args), &owned(&["evolink", "novita"]))
    }

    #[test]
    fn arguments_name_providers_and_the_mode() {
        for (args, providers, mode) in [
            (&[][..], &["evolink", "novita"][..], Mode::Write),
            (&["--check"], &["evolink", "novita"], Mode::Check),
            (&["novita"], &["novita"], Mode::Write),
            (&["novita", "--check"], &["novita"], Mode::Check),
        ] {
            let options = parse(args).unwrap();
            assert_eq!((options.providers.as_slice(), options.mode), (&*owned(providers), mode));
        }
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn strangers_are_refused_with_what_there_is() {
        let error = parse(&["fal"]).unwrap_err();
        assert_eq!(error, "there is no specs/fal.yaml; there are: evolink, novita");
        assert_eq!(parse(&["--force"]).unwrap_err(), "regen has no option --force");
    }
}
