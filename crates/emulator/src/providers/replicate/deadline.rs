//! `Cancel-After`: a prediction that still runs at its deadline is canceled, one that still waits is aborted.
//! Source: <https://replicate.com/changelog/2025-10-16-prediction-deadlines> (read 2026-11-21).
use std::time::Duration;

use serde_json::Value;

use super::jobs;
use crate::app::Shared;
use crate::jobs::Job;
use crate::kinds::JobFault;
use crate::wire;

/// The field of what is kept of a submit that holds its deadline, in seconds.
const FIELD: &str = "cancel_after";

pub(super) fn set(input: &mut Value, time: Option<Duration>) {
    if let Some(time) = time {
        wire::set(input, FIELD, time.as_secs());
    }
}

/// How long after its creation a job has to be done, if somebody said so.
pub(super) fn of(job: &Job) -> Option<Duration> {
    job.input.get(FIELD).and_then(Value::as_u64).map(Duration::from_secs)
}

/// Whether the deadline came before the job had begun.
pub(super) fn aborted(job: &Job) -> bool {
    job.fault == Some(JobFault::Canceled) && of(job).is_some_and(|time| job.time >= time)
}

/// Stops the job at its deadline.
pub(super) fn watch(app: &Shared, job: &Job) {
    let Some(time) = of(job) else {
        return;
    };
    let (shared, owner, id, at) =
        (app.clone(), job.owner.clone(), job.id.clone(), job.created + time);
    app.spawn(async move {
        tokio::time::sleep_until(at.into()).await;
        // One that is done by then stays as it is.
        jobs::stop(&shared, &owner, &id);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;
    use crate::app::{Order, Origin, lock};
    use crate::jobs::Billed;
    use crate::providers::replicate::{PROVIDER, view};
    use serde_json::json;

    /// A job with a deadline that is there at once.
    fn order(fault: Option<JobFault>) -> Order {
        Order {
            id: "j".to_owned(),
            owner: "key".to_owned(),
            input: json!({ "input": {}, "cancel_after": 0 }),
            origin: Origin::Outside,
            outputs: 1,
            billed: Billed { credits: 0.5, ..Billed::default() },
            failure: None,
            fault,
        }
    }

    async fn ended(app: &Shared) -> Job {
        loop {
            let job = lock(&app.jobs).get("j").cloned().unwrap();
            if app.phase(&job).is_final() {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_deadline_aborts_what_waits_and_cancels_what_runs() {
        let cases = [
            (3600, None, "aborted", 0.0),
            (0, Some(JobFault::Stuck), "canceled", 0.5),
            (0, None, "succeeded", 0.5),
        ];
        for (seconds, fault, word, charged) in cases {
            let time = Duration::from_secs(seconds);
            let emulator = Emulator::builder().job_time(time).start().await.unwrap();
            let app = &emulator.app;
            watch(app, &app.create(&PROVIDER, order(fault)));
            let job = tokio::time::timeout(Duration::from_secs(5), ended(app)).await.unwrap();
            let view = view::view(app, &job, &app.phase(&job));
            assert_eq!((view["status"].as_str(), app.spent("replicate")), (Some(word), charged));
            assert_eq!(view["deadline"], view["created_at"]);
        }
    }
}
