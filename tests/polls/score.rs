//! How a way of asking does on given jobs.

/// At what age to ask next a job that was asked for at this age and had not ended; 0 is the submit.
pub(crate) type Next<'a> = &'a dyn Fn(f64) -> f64;

/// What it took to see jobs end.
#[derive(Clone, Copy)]
pub(crate) struct Score {
    /// Per job.
    pub(crate) polls: f64,
    /// From a job's end to the poll that saw it, in seconds.
    pub(crate) mean_delay: f64,
    pub(crate) p99_delay: f64,
}

impl Score {
    /// Waits for all jobs, which are sorted by their run times.
    pub(crate) fn of(times: &[f64], next: Next<'_>) -> Self {
        let (mut asked, mut polls, mut all_polls) = (next(0.0), 1.0, 0.0);
        let mut delays = Vec::with_capacity(times.len());
        for time in times {
            // All jobs are asked for at the same ages, so that longer ones go on where shorter ended.
            while asked < *time {
                (asked, polls) = (next(asked), polls + 1.0);
            }
            all_polls += polls;
            delays.push(asked - time);
        }
        delays.sort_by(f64::total_cmp);
        let count = delays.len() as f64;
        Self {
            polls: all_polls / count,
            mean_delay: delays.iter().sum::<f64>() / count,
            p99_delay: delays[delays.len() * 99 / 100],
        }
    }

    pub(crate) fn product(&self) -> f64 {
        self.polls * self.mean_delay
    }
}

/// Every so many seconds.
pub(crate) fn fixed(interval: f64) -> impl Fn(f64) -> f64 {
    move |asked| ((asked / interval).round() + 1.0) * interval
}

/// After 1, 2, 4 seconds and so on, a minute at most.
pub(crate) fn back_off(asked: f64) -> f64 {
    asked + (asked + 1.0).min(60.0)
}
