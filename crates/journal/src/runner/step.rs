//! What is to be done next for a job. Pure.

use crate::{
    Ending, Owed, State, Usd,
    record::{Attempt, AttemptId, JobRecord},
};

/// How far to lead a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Goal {
    /// Until the provider has made it.
    Accepted,
    /// Until its results are known.
    Ended,
    /// Until they are here.
    Downloaded,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Submit an attempt that has sent nothing.
    Submit(AttemptId),
    /// Find out whether a submit made a job. **Never submit.**
    Reconcile(AttemptId),
    /// Ask until the job has ended.
    Follow(AttemptId),
    /// Fetch results.
    Fetch(AttemptId),
    /// Nothing more.
    Done,
}

/// The oldest attempt that is open comes first.
pub(crate) fn next(job: &JobRecord, goal: Goal) -> Step {
    let open = job.attempts.iter().filter(|attempt| attempt.state.is_open());
    open.filter_map(|attempt| for_open(attempt, goal, job)).next().unwrap_or(Step::Done)
}

fn for_open(attempt: &Attempt, goal: Goal, job: &JobRecord) -> Option<Step> {
    match attempt.state {
        State::Intent => Some(Step::Submit(attempt.id)),
        State::Submitting | State::PerhapsCharged => Some(Step::Reconcile(attempt.id)),
        State::Accepted | State::Running if goal != Goal::Accepted => {
            Some(Step::Follow(attempt.id))
        }
        State::Succeeded if goal == Goal::Downloaded && job.target.is_some() => {
            Some(Step::Fetch(attempt.id))
        }
        _ => None,
    }
}

/// The route that may be tried once this attempt has ended so: only if neither it nor any other attempt
/// of the job can be owed anything, proved.
pub(crate) fn next_route(job: &JobRecord, attempt: &Attempt, ending: &Ending) -> Option<usize> {
    let is_free = |state: State, nothing_owed: bool| match state {
        State::Refused => true,
        State::Failed => nothing_owed,
        _ => false,
    };
    let others = job.attempts.iter().filter(|other| other.id != attempt.id);
    let safe = is_free(ending.state, ending.owed == Owed::Nothing)
        && others.into_iter().all(|other| is_free(other.state, other.owed == Some(Usd::ZERO)));
    let here = job.routes.iter().position(|route| *route == attempt.via)?;
    let next = here.checked_add(1)?;
    (safe && next < job.routes.len()).then_some(next)
}

#[cfg(test)]
mod tests {
    use reshoot_core::{Charge, EditRequest};

    use super::*;
    use crate::{
        Caps,
        record::{JobId, Moment, Quote, Via},
    };

    fn job(states: &[(State, Option<i64>)]) -> JobRecord {
        let routes = vec![Via::new("novita"), Via::new("evolink"), Via::new("apiframe")];
        let attempts =
            (0_i64..).zip(states).zip(&routes).map(|((n, (state, owed)), via)| Attempt {
                id: AttemptId(n),
                via: via.clone(),
                state: *state,
                created: Moment(0),
                changed: Moment(0),
                idempotency_key: None,
                media: None,
                submitted: None,
                remote: None,
                quote: Quote::new(1.0, None),
                owed: owed.map(Usd::from_micros),
                billed: None,
                queued: None,
                running: None,
                reason: None,
                holder: None,
                outputs: Vec::new(),
            });
        JobRecord {
            id: JobId(1),
            created: Moment(0),
            request: EditRequest::new(
                reshoot_core::Url::parse("https://h.example/a").unwrap(),
                "p",
            ),
            target: Some("out.mp4".into()),
            overwrite: false,
            attempts: attempts.collect(),
            routes,
            batch: None,
            caps: Caps::default(),
        }
    }

    #[test]
    fn each_state_has_one_next_step() {
        let id = AttemptId(0);
        for (state, goal, step) in [
            (State::Intent, Goal::Accepted, Step::Submit(id)),
            (State::Submitting, Goal::Downloaded, Step::Reconcile(id)),
            (State::PerhapsCharged, Goal::Accepted, Step::Reconcile(id)),
            (State::Accepted, Goal::Accepted, Step::Done),
            (State::Accepted, Goal::Ended, Step::Follow(id)),
            (State::Running, Goal::Downloaded, Step::Follow(id)),
            (State::Succeeded, Goal::Ended, Step::Done),
            (State::Succeeded, Goal::Downloaded, Step::Fetch(id)),
            (State::Downloaded, Goal::Downloaded, Step::Done),
            (State::Canceled, Goal::Downloaded, Step::Done),
            (State::Expired, Goal::Downloaded, Step::Done),
            (State::Abandoned, Goal::Downloaded, Step::Done),
        ] {
            assert_eq!(next(&job(&[(state, None)]), goal), step, "{state} {goal:?}");
        }
    }

    #[test]
    fn another_provider_is_tried_only_when_nothing_can_be_owed_to_those_before() {
        use State::{Canceled, Downloaded, Expired, Failed, PerhapsCharged, Refused, Running};
        let refused = (Refused, Some(0));
        for (before, state, owed, next) in [
            (vec![], Refused, Owed::Nothing, Some(1)),
            (vec![refused], Refused, Owed::Nothing, Some(2)),
            (vec![refused, refused], Refused, Owed::Nothing, None),
            (vec![], Failed, Owed::Nothing, Some(1)),
            (vec![], Failed, Owed::Quote, None),
            (vec![], Failed, Owed::Billed(Charge::default()), None),
            (vec![], Canceled, Owed::Nothing, None),
            (vec![], Expired, Owed::Quote, None),
            (vec![(Failed, Some(0))], Refused, Owed::Nothing, Some(2)),
            (vec![(Failed, Some(5))], Refused, Owed::Nothing, None),
            (vec![(Failed, None)], Refused, Owed::Nothing, None),
            (vec![(PerhapsCharged, None)], Refused, Owed::Nothing, None),
            (vec![(Running, Some(0))], Refused, Owed::Nothing, None),
            (vec![(Downloaded, Some(5))], Refused, Owed::Nothing, None),
        ] {
            let attempts: Vec<_> =
                before.iter().copied().chain([(State::Submitting, None)]).collect();
            let job = job(&attempts);
            let ending = Ending::new(state, "why", owed);
            let found = next_route(&job, job.last().unwrap(), &ending);
            assert_eq!(found, next, "{before:?} {ending:?}");
        }
    }
}
