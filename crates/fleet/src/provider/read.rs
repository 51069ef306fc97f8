//! What a provider's answers mean to the job. Pure.

use std::time::{Duration, UNIX_EPOCH};

use reshoot_core::{Candidate, ErrorKind, Found, Job, JobState, Submission, retry_wait};

use crate::{
    millis,
    order::Order,
    work::{Looked, Seen, Sent},
};

/// Amounts are millionths of a dollar: less than one is no difference.
const MICRO: f64 = 1e-6;

pub(super) fn too_dear(order: &Order, usd: Option<f64>) -> Option<String> {
    let most = order.max_usd?;
    match usd {
        Some(usd) if usd < most + MICRO => None,
        Some(usd) => Some(format!("it would cost ${usd:.2}, and may cost ${most:.2}")),
        None => Some(format!("its price is not known, and it may cost ${most:.2}")),
    }
}

/// A key that only this job can have used is refused as used: an earlier submit arrived after all.
pub(super) fn sent(submission: Submission, own_key: bool, patience: u64) -> Sent {
    match submission {
        Submission::Accepted(job) => Sent::Accepted(job.job_ref.id().to_owned()),
        Submission::Unknown(error) => Sent::Unknown(error.to_string()),
        Submission::Refused(error) if own_key && error.kind() == ErrorKind::Conflict => {
            Sent::Unknown(error.to_string())
        }
        Submission::Refused(error) => Sent::Refused {
            again: retry_wait(&error, Duration::from_secs(patience)).map(millis),
            reason: error.to_string(),
        },
    }
}

/// What a list means that was read `age` milliseconds after the claim at `since`.
pub(super) fn looked(found: Found, since: u64, age: u64) -> Looked {
    let Found::Candidates { list, complete } = found else {
        return Looked::CannotList;
    };
    let perhaps = list.iter().filter(|it| it.same_input.is_none()).count();
    let mut ours: Vec<_> = list.iter().filter(|it| it.same_input == Some(true)).collect();
    ours.sort_by_key(|it| distance(it, since));
    let ours = ours.into_iter().map(|it| it.job.job_ref.id().to_owned()).collect();
    Looked::List { ours, perhaps, complete, age }
}

/// How far from a claim a job was made. One that does not tell comes last.
fn distance(candidate: &Candidate, since: u64) -> u64 {
    let created = candidate.created.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    created.map_or(u64::MAX, |at| millis(at).abs_diff(since))
}

pub(super) fn seen(job: Job) -> Seen {
    match job.state {
        JobState::Running { progress } => Seen::Running { percent: progress },
        JobState::Succeeded { billed, .. } => Seen::Succeeded { billed },
        JobState::Failed(failure) => {
            Seen::Failed { unbilled: failure.is_unbilled(), reason: failure.message }
        }
        JobState::Canceled => Seen::Canceled,
        JobState::Expired => Seen::Gone,
        // A state of a later version: it counts as running.
        _ => Seen::Running { percent: None },
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use reshoot_core::JobRef;

    use super::*;

    fn candidate(id: &str, seconds: Option<u64>, same: Option<bool>) -> Candidate {
        let job = Job::new(JobRef::new("scripted", id).unwrap(), JobState::Queued);
        let created = seconds.map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at));
        Candidate::new(job, same, created)
    }

    #[test]
    fn what_costs_no_more_than_it_may_is_not_too_dear() {
        let video = reshoot_core::Url::parse("https://h.example/a.mp4").unwrap();
        let request = reshoot_core::EditRequest::new(video, "p");
        let mut order = Order::new("fal", request, "a.mp4");
        assert_eq!(too_dear(&order, None), None);
        order.max_usd = Some(0.6);
        for (usd, is_too_dear) in [
            (Some(0.6), false),
            (Some(0.600_000_000_4), false),
            (Some(0.600_002), true),
            (None, true),
        ] {
            assert_eq!(too_dear(&order, usd).is_some(), is_too_dear, "{usd:?}");
        }
    }

    #[test]
    fn of_equal_jobs_the_one_made_nearest_to_the_claim_comes_first() {
        let same = Some(true);
        let list = vec![
            candidate("timeless", None, same),
            candidate("hours before", Some(10), same),
            candidate("another row's", Some(50_060), same),
            candidate("ours", Some(50_002), same),
            candidate("it does not tell", Some(50_002), None),
        ];
        let found = Found::Candidates { list, complete: true };
        let ours = ["ours", "another row's", "hours before", "timeless"].map(str::to_owned);
        let expected = Looked::List { ours: ours.into(), perhaps: 1, complete: true, age: 7 };
        assert_eq!(looked(found, 50_000_000, 7), expected);
        assert_eq!(looked(Found::CannotList, 0, 7), Looked::CannotList);
    }
}
