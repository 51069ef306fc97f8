//! The rules that a spec must keep, so that the generator neither stops nor makes a client that loses
//! paid work. `specs/README.md` says why each is there.

mod document;
mod enums;
mod operations;
mod schemas;
#[cfg(test)]
mod tests;
mod texts;

use std::fmt::Display;

use crate::{repo, spec::Spec};

pub use enums::variants;

/// Every broken rule of a spec, one line each: file, operation or schema, field, what to do.
#[must_use]
pub fn check(spec: &Spec) -> Vec<String> {
    let mut findings = Findings { file: repo::spec(&spec.provider), lines: Vec::new() };
    document::check(spec, &mut findings);
    operations::check(spec, &mut findings);
    schemas::check(spec, &mut findings);
    enums::check(spec, &mut findings);
    texts::check(spec, &mut findings);
    findings.lines
}

/// The lines found so far.
#[derive(Debug)]
struct Findings {
    file: String,
    lines: Vec<String>,
}

impl Findings {
    fn add(&mut self, place: impl Display, field: impl Display, problem: impl Display) {
        self.lines.push(format!("{}: {place}: {field}: {problem}", self.file));
    }
}

/// How a component schema is named in a message.
fn component(name: &str) -> String {
    format!("components/schemas/{name}")
}
