//! What is wrong with a request, all of it at once.

use std::{error, fmt};

use crate::capabilities::{Fact, Source};

/// One way in which a request cannot be run at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The field of [`EditRequest`](crate::EditRequest), such as `duration`.
    pub field: &'static str,
    /// What is wrong, the limit, and what to do.
    pub message: String,
    /// Where the limit was read; none for what no provider could take.
    pub source: Option<Source>,
}

impl Violation {
    /// A violation of no particular provider's limit.
    #[must_use]
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into(), source: None }
    }

    /// A violation of a provider's limit.
    #[must_use]
    pub fn of<T>(fact: &Fact<T>, field: &'static str, message: impl Into<String>) -> Self {
        Self { source: Some(fact.source), ..Self::new(field, message) }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)?;
        match self.source {
            Some(source) => write!(f, " [{}, read {}]", source.url, source.read),
            None => Ok(()),
        }
    }
}

/// Something that will run, but perhaps not as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The field of [`EditRequest`](crate::EditRequest).
    pub field: &'static str,
    /// What may surprise.
    pub message: String,
}

impl Warning {
    /// A warning about a field.
    #[must_use]
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Why a request was refused before anything was sent or spent: every violation, never just the
/// first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violations {
    /// The provider that cannot run the request.
    pub provider: &'static str,
    /// Every violation, at least one.
    pub list: Vec<Violation>,
    /// Other providers that could run the request as it is, where somebody asked them.
    pub could_do: Vec<&'static str>,
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot run this request", self.provider)?;
        for violation in &self.list {
            write!(f, "\n  {violation}")?;
        }
        if !self.could_do.is_empty() {
            write!(f, "\n  could run it as it is: {}", self.could_do.join(", "))?;
        }
        Ok(())
    }
}

impl error::Error for Violations {}
