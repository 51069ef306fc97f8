//! When a job began and how long it ran, by the emulator's own clock.
use std::time::Duration;

use time::OffsetDateTime;

use crate::jobs::{Job, Phase};
use crate::kinds::JobFault;

impl Job {
    /// When it left the queue; `None` while it waits, and for one that was canceled there.
    pub(crate) fn started_at(&self, phase: &Phase) -> Option<OffsetDateTime> {
        let waits = self.waits();
        let began = match phase {
            Phase::Queued => false,
            Phase::Canceled => self.fault == Some(JobFault::Stopped) || waits < self.time,
            Phase::Running(_) | Phase::Succeeded | Phase::Failed { .. } => true,
        };
        began.then(|| self.created_at + waits)
    }

    /// How long it ran, once it has ended; `None` for one that never began.
    pub(crate) fn ran(&self, phase: &Phase) -> Option<Duration> {
        let began = phase.is_final() && self.started_at(phase).is_some();
        began.then(|| self.time.saturating_sub(self.waits()))
    }

    fn waits(&self) -> Duration {
        self.uncut.unwrap_or(self.time).mul_f64(Self::QUEUED_SHARE)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::jobs::{Jobs, tests::job};

    /// Milliseconds in the queue, and at work.
    fn times(job: &Job, now: Instant) -> (Option<u128>, Option<u128>) {
        let phase = job.phase(now);
        let queued = job.started_at(&phase).map(|start| start - job.created_at);
        let queued = queued.map(|time| time.whole_milliseconds().unsigned_abs());
        (queued, job.ran(&phase).map(|time| time.as_millis()))
    }

    #[test]
    fn a_job_waits_for_a_quarter_of_its_time() {
        let job = job(1000);
        for (ms, expected) in [
            (0, (None, None)),
            (249, (None, None)),
            (250, (Some(250), None)),
            (999, (Some(250), None)),
            (1000, (Some(250), Some(750))),
            (9000, (Some(250), Some(750))),
        ] {
            assert_eq!(times(&job, job.created + Duration::from_millis(ms)), expected, "{ms}");
        }
    }

    #[test]
    fn a_canceled_job_ran_from_when_it_left_the_queue() {
        for (ms, expected) in [(100, (None, None)), (400, (Some(250), Some(150)))] {
            let mut jobs = Jobs::default();
            let job = job(1000);
            let now = job.created + Duration::from_millis(ms);
            jobs.insert(job);
            jobs.cancel("novita", "key", "j", now);
            assert_eq!(times(jobs.get("j").unwrap(), now), expected, "{ms}");
        }
    }
}
