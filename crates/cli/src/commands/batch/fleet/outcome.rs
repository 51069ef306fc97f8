//! What an outcome in the fleet means to a row, and to the money. Pure.

use reshoot_fleet::{File, Outcome};

use crate::{
    exit::{Exit, Failure},
    output::RowFile,
};

/// Whether it ended without a result, and is known not to go on.
pub(super) const fn is_settled(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused { .. } | Outcome::Failed { .. } | Outcome::Stopped { .. })
}

pub(super) const fn may_cost(outcome: &Outcome) -> bool {
    !matches!(
        outcome,
        Outcome::Refused { .. }
            | Outcome::Failed { unbilled: true, .. }
            | Outcome::Stopped { job: None, .. }
    )
}

pub(super) fn file(file: &File) -> RowFile {
    RowFile { path: file.place.clone(), bytes: file.bytes, sha256: file.sha256.clone() }
}

/// Why a row has no file, and what that means for the money.
pub(super) fn failure(outcome: &Outcome) -> Failure {
    let (exit, money, next) = match outcome {
        Outcome::Refused { .. } => (Exit::ProviderRefused, "nothing was spent", None),
        Outcome::Failed { unbilled: true, .. } => (Exit::JobFailed, "nothing was billed", None),
        Outcome::PerhapsCharged { .. } => (
            Exit::PerhapsCharged,
            "perhaps charged: it is not sent again",
            Some("look into the provider's dashboard for the job".to_owned()),
        ),
        Outcome::NotFetched { job, .. } => (
            Exit::NotDownloaded,
            "the edit is paid for",
            Some(format!("reshoot download {job} -o FILE")),
        ),
        Outcome::StillRunning { job } => (
            Exit::StillRunning,
            "the job goes on at the provider and will be billed",
            Some(format!("reshoot wait {job} -o FILE")),
        ),
        _ => (
            Exit::JobFailed,
            "such a job is usually not billed; the provider has the last word",
            None,
        ),
    };
    let message = outcome.message().unwrap_or("it has no result");
    let mut failure = Failure::new(exit, "fleet", message).money(money);
    failure.next.extend(next);
    failure.job = outcome.job().cloned();
    failure
}

#[cfg(test)]
mod tests {
    use reshoot::JobRef;

    use super::*;

    #[test]
    fn each_outcome_says_whether_the_row_may_be_begun_anew_and_may_have_cost_something() {
        let job = || JobRef::new("novita", "a").unwrap();
        let reason = || "why".to_owned();
        for (outcome, settled, costs, exit) in [
            (Outcome::Refused { reason: reason() }, true, false, Exit::ProviderRefused),
            (
                Outcome::Failed { job: job(), reason: reason(), unbilled: true },
                true,
                false,
                Exit::JobFailed,
            ),
            (
                Outcome::Failed { job: job(), reason: reason(), unbilled: false },
                true,
                true,
                Exit::JobFailed,
            ),
            (Outcome::Stopped { job: None, note: reason() }, true, false, Exit::JobFailed),
            (Outcome::Stopped { job: Some(job()), note: reason() }, true, true, Exit::JobFailed),
            (Outcome::PerhapsCharged { reason: reason() }, false, true, Exit::PerhapsCharged),
            (
                Outcome::NotFetched { job: job(), reason: reason() },
                false,
                true,
                Exit::NotDownloaded,
            ),
            (Outcome::StillRunning { job: job() }, false, true, Exit::StillRunning),
        ] {
            let found = (is_settled(&outcome), may_cost(&outcome), failure(&outcome).exit);
            assert_eq!(found, (settled, costs, exit), "{outcome:?}");
        }
    }
}
