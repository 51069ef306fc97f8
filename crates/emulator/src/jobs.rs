//! Jobs and their course. Pure: the time of the question is an argument.
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;

use crate::kinds::JobFault;

/// One paid job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) provider: &'static str,
    /// The key that submitted it.
    pub(crate) owner: String,
    pub(crate) created: Instant,
    pub(crate) created_at: OffsetDateTime,
    /// From submit to the end.
    pub(crate) time: Duration,
    /// What that would have been, if it was canceled.
    pub(crate) uncut: Option<Duration>,
    /// The request as the provider echoes it.
    pub(crate) input: Value,
    pub(crate) source: Source,
    pub(crate) outputs: u64,
    pub(crate) billed: Billed,
    pub(crate) failure: Option<(String, String)>,
    pub(crate) fault: Option<JobFault>,
    pub(crate) polls: u32,
    pub(crate) webhook_status: Option<&'static str>,
}

/// Which bytes come back as the result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    /// A file of the emulator's own store.
    Stored(String),
    /// The small clip that is built in: the source lies outside.
    BuiltIn,
}

/// What was paid, and for how long a clip.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Billed {
    pub(crate) input_seconds: f64,
    pub(crate) output_seconds: f64,
    pub(crate) credits: f64,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Phase {
    Queued,
    /// Percent, 1 to 99.
    Running(u8),
    Succeeded,
    Failed {
        code: String,
        message: String,
    },
    Canceled,
}

impl Phase {
    pub(crate) fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::Running(_))
    }
}

impl Job {
    /// The share of a job's time that it waits in the queue.
    pub(crate) const QUEUED_SHARE: f64 = 0.25;

    pub(crate) fn phase(&self, now: Instant) -> Phase {
        let share = self.share(now);
        if self.fault == Some(JobFault::Stuck) {
            return if share < Self::QUEUED_SHARE { Phase::Queued } else { Phase::Running(50) };
        }
        if share >= 1.0 {
            return self.end();
        }
        if share < Self::QUEUED_SHARE { Phase::Queued } else { Phase::Running(percent(share)) }
    }

    fn share(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.created);
        if self.time.is_zero() { 1.0 } else { passed.as_secs_f64() / self.time.as_secs_f64() }
    }

    fn end(&self) -> Phase {
        match (&self.fault, &self.failure) {
            (Some(JobFault::Failed { code, message }), _) | (_, Some((code, message))) => {
                Phase::Failed { code: code.clone(), message: message.clone() }
            }
            (Some(JobFault::Canceled | JobFault::Stopped), None) => Phase::Canceled,
            _ => Phase::Succeeded,
        }
    }

    /// When the job ends, or would.
    pub(crate) fn ends_at(&self) -> OffsetDateTime {
        self.created_at + self.time
    }

    /// Nothing is paid for a job that failed or was cancelled, unless the provider charges the latter.
    pub(crate) fn charged(&self, now: Instant) -> f64 {
        match self.phase(now) {
            Phase::Canceled if self.fault == Some(JobFault::Stopped) => self.billed.credits,
            Phase::Failed { .. } | Phase::Canceled => 0.0,
            _ => self.billed.credits,
        }
    }

    /// Whether the provider does not know its own job yet.
    fn hidden(&self) -> bool {
        matches!(self.fault, Some(JobFault::HiddenFor(times)) if self.polls <= times)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 1..=99 first"
)]
fn percent(share: f64) -> u8 {
    (share * 100.0).clamp(1.0, 99.0) as u8
}

const SECOND: Duration = Duration::from_secs(1);

/// How many jobs of a provider there are at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) unfinished: u64,
    /// Within the last second.
    pub(crate) begun: u64,
}

/// All jobs, with the idempotency keys that made them.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    order: Vec<String>,
    by_id: HashMap<String, Job>,
    keys: HashMap<(String, String), (Value, String)>,
    unfinished: HashMap<&'static str, Vec<Instant>>,
    begun: HashMap<&'static str, VecDeque<Instant>>,
    deleted: HashSet<String>,
}

/// What an idempotency key says about a submit.
#[derive(Debug, PartialEq)]
pub(crate) enum Replay {
    /// The key is new.
    Fresh,
    /// The same key and body made this job.
    Of(String),
    /// The same key came with another body.
    Conflict,
}

/// What became of the wish to cancel a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// It is canceled.
    Done,
    /// It had ended before, one way or another.
    TooLate,
    /// There is no such job, or it is another's.
    Unknown,
}

impl Jobs {
    /// Adds a job and answers how crowded its provider is now.
    pub(crate) fn insert(&mut self, job: Job) -> Crowd {
        let unfinished = self.unfinished.entry(job.provider).or_default();
        unfinished.retain(|end| *end > job.created);
        unfinished.push(job.created + job.time);
        let begun = self.begun.entry(job.provider).or_default();
        begun.retain(|start| job.created.saturating_duration_since(*start) < SECOND);
        begun.push_back(job.created);
        let crowd = Crowd { unfinished: unfinished.len() as u64, begun: begun.len() as u64 };
        self.order.push(job.id.clone());
        self.by_id.insert(job.id.clone(), job);
        crowd
    }

    /// `scope` is the provider and the key: keys of two accounts do not meet.
    pub(crate) fn replay(&self, scope: &str, key: &str, body: &Value) -> Replay {
        match self.keys.get(&(scope.to_owned(), key.to_owned())) {
            None => Replay::Fresh,
            Some((first, id)) if first == body => Replay::Of(id.clone()),
            Some(_) => Replay::Conflict,
        }
    }

    pub(crate) fn remember(&mut self, scope: &str, key: &str, body: Value, id: &str) {
        self.keys.insert((scope.to_owned(), key.to_owned()), (body, id.to_owned()));
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Job> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.by_id.get_mut(id)
    }

    /// One poll: counts it, lets a fault strike, and answers the job if the provider shows it.
    pub(crate) fn poll(
        &mut self,
        provider: &str,
        id: &str,
        fault: Option<JobFault>,
    ) -> Option<Job> {
        let job = self.by_id.get_mut(id).filter(|job| job.provider == provider)?;
        if self.deleted.contains(id) {
            return None;
        }
        job.polls += 1;
        job.fault = job.fault.take().or(fault);
        (!job.hidden()).then(|| job.clone())
    }

    /// Takes a job out of its owner's sight, whatever its state, and says whether it was there. What it costs stays.
    pub(crate) fn delete(&mut self, provider: &str, owner: &str, id: &str) -> bool {
        let own = |job: &&Job| job.provider == provider && job.owner == owner;
        self.by_id.get(id).filter(own).is_some() && self.deleted.insert(id.to_owned())
    }

    pub(crate) fn is_deleted(&self, id: &str) -> bool {
        self.deleted.contains(id)
    }

    /// Ends an owner's unfinished job as canceled, now and for good: nothing is paid for it.
    pub(crate) fn cancel(
        &mut self,
        provider: &str,
        owner: &str,
        id: &str,
        now: Instant,
    ) -> Cancellation {
        let job = self.by_id.get_mut(id).filter(|job| job.provider == provider);
        let Some(job) = job.filter(|job| job.owner == owner && !job.hidden()) else {
            return Cancellation::Unknown;
        };
        if job.phase(now).is_final() {
            return Cancellation::TooLate;
        }
        let end = job.created + job.time;
        job.uncut = Some(job.time);
        job.time = now.saturating_duration_since(job.created);
        job.fault = Some(JobFault::Canceled);
        job.failure = None;
        let ends = self.unfinished.entry(job.provider).or_default();
        if let Some(at) = ends.iter().position(|other| *other == end) {
            ends.swap_remove(at);
        }
        Cancellation::Done
    }

    /// All jobs, oldest first.
    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = &Job> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }

    /// One provider's jobs, newest first.
    pub(crate) fn newest_first<'a>(&'a self, provider: &'a str) -> impl Iterator<Item = &'a Job> {
        self.order
            .iter()
            .rev()
            .filter_map(|id| self.by_id.get(id))
            .filter(move |job| job.provider == provider)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn job(time_ms: u64) -> Job {
        Job {
            id: "j".to_owned(),
            provider: "novita",
            owner: "key".to_owned(),
            created: Instant::now(),
            created_at: OffsetDateTime::now_utc(),
            time: Duration::from_millis(time_ms),
            uncut: None,
            input: Value::Null,
            source: Source::BuiltIn,
            outputs: 1,
            billed: Billed { input_seconds: 5.0, output_seconds: 5.0, credits: 2.5 },
            failure: None,
            fault: None,
            polls: 0,
            webhook_status: None,
        }
    }

    fn at(job: &Job, ms: u64) -> Phase {
        job.phase(job.created + Duration::from_millis(ms))
    }

    #[test]
    fn a_job_waits_runs_and_succeeds() {
        let job = job(1000);
        let course = [0, 249, 250, 999, 1000, 9000].map(|ms| at(&job, ms));
        let (queued, done) = (Phase::Queued, Phase::Succeeded);
        assert_eq!(
            course,
            [queued.clone(), queued, Phase::Running(25), Phase::Running(99), done.clone(), done]
        );
    }

    #[test]
    fn a_job_without_time_is_done_at_once() {
        assert_eq!(at(&job(0), 0), Phase::Succeeded);
    }

    #[test]
    fn faults_decide_how_a_job_ends() {
        let failed = JobFault::Failed { code: "c".into(), message: "m".into() };
        let cases = [
            (failed, Phase::Failed { code: "c".into(), message: "m".into() }, 0.0),
            (JobFault::Canceled, Phase::Canceled, 0.0),
            (JobFault::Stopped, Phase::Canceled, 2.5),
            (JobFault::Stuck, Phase::Running(50), 2.5),
        ];
        for (fault, end, charged) in cases {
            let job = Job { fault: Some(fault), ..job(10) };
            let later = job.created + Duration::from_secs(60);
            assert_eq!((job.phase(later), job.charged(later)), (end, charged));
        }
    }

    #[test]
    fn a_hidden_job_shows_after_its_polls() {
        let mut jobs = Jobs::default();
        jobs.insert(job(10));
        let shown =
            [(); 3].map(|()| jobs.poll("novita", "j", Some(JobFault::HiddenFor(2))).is_some());
        assert_eq!(shown, [false, false, true]);
    }

    #[test]
    fn only_the_owner_deletes_a_job_and_once() {
        let mut jobs = Jobs::default();
        jobs.insert(job(10));
        let deletes = [
            ("novita", "other", "j"),
            ("evolink", "key", "j"),
            ("novita", "key", "x"),
            ("novita", "key", "j"),
            ("novita", "key", "j"),
        ]
        .map(|(provider, owner, id)| jobs.delete(provider, owner, id));
        assert_eq!(deletes, [false, false, false, true, false]);
        assert!(jobs.poll("novita", "j", None).is_none() && jobs.is_deleted("j"));
        assert_eq!(jobs.newest_first("novita").count(), 1, "the books keep it");
    }

    #[test]
    fn a_job_is_canceled_by_its_owner_until_it_has_ended() {
        let failing = Some(("c".to_owned(), "m".to_owned()));
        let cases = [
            (job(1000), "key", 500, Cancellation::Done, Phase::Canceled),
            (Job { failure: failing, ..job(1000) }, "key", 0, Cancellation::Done, Phase::Canceled),
            (job(1000), "other", 500, Cancellation::Unknown, Phase::Succeeded),
            (job(1000), "key", 1000, Cancellation::TooLate, Phase::Succeeded),
        ];
        for (job, owner, ms, answer, end) in cases {
            let mut jobs = Jobs::default();
            let (now, later) =
                (job.created + Duration::from_millis(ms), job.created + Duration::from_secs(9));
            jobs.insert(job);
            assert_eq!(jobs.cancel("novita", owner, "j", now), answer);
            let job = jobs.get("j").unwrap();
            let free = answer == Cancellation::Done;
            assert_eq!((job.phase(later), job.charged(later) == 0.0), (end, free));
            assert_eq!(job.phase(now).is_final(), answer != Cancellation::Unknown);
        }
    }

    #[test]
    fn a_canceled_job_is_no_longer_unfinished() {
        let mut jobs = Jobs::default();
        jobs.insert(job(1000));
        jobs.cancel("novita", "key", "j", Instant::now());
        assert_eq!(jobs.insert(Job { id: "k".into(), ..job(1000) }).unfinished, 1);
    }

    #[test]
    fn a_key_replays_its_job_and_conflicts_with_another_body() {
        let mut jobs = Jobs::default();
        jobs.remember("apiframe k", "key", Value::from(1), "j");
        assert_eq!(jobs.replay("apiframe k", "key", &Value::from(1)), Replay::Of("j".to_owned()));
        assert_eq!(jobs.replay("apiframe k", "key", &Value::from(2)), Replay::Conflict);
        assert_eq!(jobs.replay("apiframe other", "key", &Value::from(1)), Replay::Fresh);
    }

    #[test]
    fn unfinished_jobs_are_counted() {
        let mut jobs = Jobs::default();
        assert_eq!(jobs.insert(Job { id: "a".into(), ..job(1000) }).unfinished, 1);
        assert_eq!(jobs.insert(Job { id: "b".into(), ..job(1000) }).unfinished, 2);
        let late =
            Job { id: "c".into(), created: Instant::now() + Duration::from_secs(9), ..job(1) };
        assert_eq!(jobs.insert(late), Crowd { unfinished: 1, begun: 1 });
    }
}
