//! The fault plan: what should go wrong, where, and at which call. Pure: nothing here does I/O.
use serde::{Deserialize, Serialize};

use crate::kinds::Fault;

/// What should go wrong. The JSON form is `{"faults": [ {…}, … ]}`.
///
/// ```
/// let plan: reshoot_emulator::FaultPlan = serde_json::from_str(
///     r#"{"faults":[{"provider":"evolink","operation":"submit","occurrence":1,"fault":{"kind":"lost-reply"}}]}"#,
/// )?;
/// assert_eq!(plan.faults.len(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// The rules, in order: the first that matches a call is used.
    pub faults: Vec<FaultRule>,
}

/// One rule: at which calls which fault happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// A provider word such as `evolink`, or `any`.
    #[serde(default = "any_provider")]
    pub provider: String,
    /// Which kind of call.
    pub operation: Operation,
    /// At which of these calls, counted from one since the plan was set. Default: every one.
    #[serde(default)]
    pub occurrence: Occurrence,
    /// What goes wrong.
    pub fault: Fault,
}

fn any_provider() -> String {
    "any".to_owned()
}

/// The kinds of calls that a fault can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// The paid call that creates a job.
    Submit,
    /// Asking for one job (or a batch of named jobs).
    Status,
    /// Listing jobs.
    List,
    /// Bringing a file to the provider.
    Upload,
    /// Fetching a finished clip.
    Download,
    /// Stopping a job, where a provider has such a call.
    Cancel,
    /// Balance, models and prices.
    Account,
    /// A delivery that the emulator sends.
    Webhook,
    /// Every call that a client makes.
    Any,
}

/// At which calls a rule fires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "occurrence must be a number from 1, a list of numbers, or \"every\""
)]
pub enum Occurrence {
    /// Only this one, counted from 1.
    Nth(u64),
    /// These ones, counted from 1.
    List(Vec<u64>),
    /// A word.
    Word(Every),
}

/// The one word that an [`Occurrence`] can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    /// Each call.
    Every,
}

impl Default for Occurrence {
    fn default() -> Self {
        Self::EVERY
    }
}

impl Occurrence {
    /// Each call.
    pub const EVERY: Self = Self::Word(Every::Every);

    fn covers(&self, nth: u64) -> bool {
        match self {
            Self::Nth(n) => *n == nth,
            Self::List(list) => list.contains(&nth),
            Self::Word(Every::Every) => true,
        }
    }

    fn counts_from_one(&self) -> bool {
        match self {
            Self::Nth(n) => *n > 0,
            Self::List(list) => !list.is_empty() && list.iter().all(|n| *n > 0),
            Self::Word(_) => true,
        }
    }
}

impl FaultPlan {
    /// A plan of one rule.
    #[must_use]
    pub fn one(provider: &str, operation: Operation, occurrence: Occurrence, fault: Fault) -> Self {
        Self {
            faults: vec![FaultRule { provider: provider.to_owned(), operation, occurrence, fault }],
        }
    }

    /// Says what is wrong with the plan, if anything is.
    ///
    /// # Errors
    /// A sentence that names the rule (counted from 1) and what to write instead.
    pub fn check(&self, providers: &[&str]) -> Result<(), String> {
        self.faults.iter().enumerate().try_for_each(|(index, rule)| {
            rule.problem(providers)
                .map_or(Ok(()), |problem| Err(format!("fault {}: {problem}", index + 1)))
        })
    }
}

impl FaultRule {
    fn problem(&self, providers: &[&str]) -> Option<String> {
        if self.provider != "any" && !providers.contains(&self.provider.as_str()) {
            let known = providers.join(", ");
            return Some(format!(
                "there is no provider \"{}\"; use one of {known}, or any",
                self.provider
            ));
        }
        if !self.occurrence.counts_from_one() {
            return Some("occurrences are counted from 1".to_owned());
        }
        if !self.fault.fits(self.operation) {
            return Some(
                "this kind of fault cannot happen at this operation; the README lists which can"
                    .to_owned(),
            );
        }
        let status = self.fault.status()?;
        (!(400..=599).contains(&status))
            .then(|| format!("status {status} is not an error; use 400 to 599"))
    }

    fn matches(&self, provider: &str, operation: Operation) -> bool {
        let here = self.operation == operation
            || (self.operation == Operation::Any && operation != Operation::Webhook);
        here && (self.provider == "any" || self.provider == provider)
    }
}

/// A plan with the count of calls that each rule has seen.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    plan: FaultPlan,
    seen: Vec<u64>,
}

impl Armed {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        let seen = vec![0; plan.faults.len()];
        Self { plan, seen }
    }

    pub(crate) fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// Counts this call and answers the fault that hits it, if any.
    pub(crate) fn take(&mut self, provider: &str, operation: Operation) -> Option<Fault> {
        let mut hit = None;
        for (rule, seen) in self.plan.faults.iter().zip(&mut self.seen) {
            if rule.matches(provider, operation) {
                *seen += 1;
                if hit.is_none() && rule.occurrence.covers(*seen) {
                    hit = Some(rule.fault.clone());
                }
            }
        }
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armed(occurrence: &str) -> Armed {
        let text = format!(
            r#"{{"faults":[{{"provider":"evolink","operation":"submit","occurrence":{occurrence},"fault":{{"kind":"lost-reply"}}}}]}}"#
        );
        Armed::new(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn a_rule_fires_at_its_occurrences() {
        for (occurrence, expected) in [
            ("1", [true, false, false]),
            ("3", [false, false, true]),
            ("[1,3]", [true, false, true]),
            ("\"every\"", [true, true, true]),
        ] {
            let mut armed = armed(occurrence);
            let got = [(); 3].map(|()| armed.take("evolink", Operation::Submit).is_some());
            assert_eq!(got, expected, "occurrence {occurrence}");
        }
    }

    #[test]
    fn a_plan_reads_back_as_it_was_written() {
        for text in [
            r#"{"faults":[{"operation":"submit","fault":{"kind":"hang"}}]}"#,
            r#"{"faults":[{"provider":"novita","operation":"any","occurrence":[2],"fault":{"kind":"slow","ms":3}}]}"#,
        ] {
            let plan: FaultPlan = serde_json::from_str(text).unwrap();
            let again = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
            assert_eq!(plan, again);
        }
    }

    #[test]
    fn only_matching_calls_are_counted() {
        let mut armed = armed("1");
        assert_eq!(armed.take("novita", Operation::Submit), None);
        assert_eq!(armed.take("evolink", Operation::Status), None);
        assert_eq!(armed.take("evolink", Operation::Submit), Some(Fault::LostReply));
    }

    #[test]
    fn a_bad_plan_is_refused_with_a_reason() {
        let cases = [
            (
                r#"{"provider":"acme","operation":"submit","fault":{"kind":"hang"}}"#,
                "no provider \"acme\"",
            ),
            (r#"{"operation":"submit","occurrence":0,"fault":{"kind":"hang"}}"#, "counted from 1"),
            (
                r#"{"operation":"submit","fault":{"kind":"dead-link"}}"#,
                "cannot happen at this operation",
            ),
            (
                r#"{"operation":"status","fault":{"kind":"forged-webhook"}}"#,
                "cannot happen at this operation",
            ),
            (
                r#"{"operation":"status","fault":{"kind":"error-before","status":200}}"#,
                "not an error",
            ),
        ];
        for (rule, reason) in cases {
            let plan = FaultPlan { faults: vec![serde_json::from_str(rule).unwrap()] };
            let problem = plan.check(&["evolink"]).unwrap_err();
            assert!(problem.contains(reason) && problem.starts_with("fault 1: "), "{problem}");
        }
    }

    #[test]
    fn what_serde_refuses_is_named() {
        let cases = [
            (r#"{"operation":"submit","fault":{"kind":"explode"}}"#, "unknown variant `explode`"),
            (r#"{"operation":"fly","fault":{"kind":"hang"}}"#, "unknown variant `fly`"),
            (r#"{"operation":"submit","when":1,"fault":{"kind":"hang"}}"#, "unknown field `when`"),
            (
                r#"{"operation":"submit","occurrence":"often","fault":{"kind":"hang"}}"#,
                "or \"every\"",
            ),
            (
                r#"{"operation":"submit","fault":{"kind":"slow","seconds":1}}"#,
                "unknown field `seconds`",
            ),
        ];
        for (rule, reason) in cases {
            let problem = serde_json::from_str::<FaultRule>(rule).unwrap_err().to_string();
            assert!(problem.contains(reason), "{problem}");
        }
    }
}
