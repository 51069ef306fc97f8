//! One request budget per key, shared by all jobs that use it.

mod bucket;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::error::{Error, ErrorKind};
use bucket::Bucket;

/// How often requests may be made under one key: a token bucket. Clones share it.
///
/// Who asks first goes first, so that no job starves. A refusal (429) halves the rate for all, and
/// closes it for as long as the provider says; each success gives a part of it back.
#[derive(Clone, Debug)]
pub struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    started: Instant,
    bucket: Mutex<Bucket>,
    /// Held by who waits for the next token. It is handed on in the order of asking.
    turn: tokio::sync::Mutex<()>,
}

impl Budget {
    /// So many requests per second, and `burst` of them at once after a pause; at least one.
    ///
    /// A rate that is not above zero is taken as one request per minute.
    #[must_use]
    pub fn new(per_second: f64, burst: u32) -> Self {
        let per_second = if per_second > 0.0 { per_second } else { 1.0 / 60.0 };
        let bucket = Mutex::new(Bucket::new(per_second, burst));
        let turn = tokio::sync::Mutex::new(());
        Self { shared: Arc::new(Shared { started: Instant::now(), bucket, turn }) }
    }

    /// Waits until a request may be made. Dropping the future takes nothing.
    pub async fn take(&self) {
        let _turn = self.shared.turn.lock().await;
        loop {
            let taken = self.bucket().take(self.now());
            match taken {
                Ok(()) => return,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Takes a request, if one may be made now and nobody waits for it.
    #[must_use]
    pub fn try_take(&self) -> bool {
        let turn = self.shared.turn.try_lock();
        turn.is_ok() && self.bucket().take(self.now()).is_ok()
    }

    /// What came of a request: a refusal shrinks the budget, an answer lets it grow back. Errors that
    /// say nothing about the rate change nothing.
    pub fn learn<T>(&self, answer: &Result<T, Error>) {
        match answer {
            Ok(_) => self.bucket().succeeded(self.now()),
            Err(error) if error.kind() == ErrorKind::RateLimited => {
                self.bucket().refused(self.now(), error.retry_after());
            }
            Err(_) => {}
        }
    }

    /// How many requests per second there are by now.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.bucket().rate()
    }

    fn now(&self) -> Duration {
        self.shared.started.elapsed()
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        // Its numbers are whole whatever panicked meanwhile.
        self.shared.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Operation;

    fn refused(seconds: u64) -> Result<(), Error> {
        let retry_after = Some(Duration::from_secs(seconds));
        Err(Error::new(ErrorKind::RateLimited, Operation::Status, "").with_retry_after(retry_after))
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_first_goes_first_and_nobody_starves() {
        let budget = Budget::new(10.0, 1);
        let (order, mut seen) = tokio::sync::mpsc::unbounded_channel();
        for job in 0..5 {
            let (budget, order) = (budget.clone(), order.clone());
            tokio::spawn(async move {
                for _ in 0..4 {
                    budget.take().await;
                    order.send(job).unwrap();
                }
            });
        }
        drop(order);
        let mut served = [0_i32; 5];
        while let Some(job) = seen.recv().await {
            served[job] += 1;
            // The first of them had its second turn before the others came.
            let lead = served.iter().max().unwrap() - served.iter().min().unwrap();
            assert!(lead <= 2 || served.contains(&4), "{served:?}");
        }
        assert_eq!(served, [4; 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_back_those_that_wait_already() {
        let budget = Budget::new(1.0, 1);
        budget.take().await;
        let started = Instant::now();
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move { budget.take().await }
        });
        tokio::task::yield_now().await;
        budget.learn(&refused(20));
        waiting.await.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(20), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_takes_nothing_and_blocks_nobody() {
        let budget = Budget::new(1.0, 1);
        budget.take().await;
        let short = Duration::from_millis(100);
        assert!(tokio::time::timeout(short, budget.take()).await.is_err());
        let started = Instant::now();
        budget.take().await;
        assert!(started.elapsed() <= Duration::from_secs(1), "{:?}", started.elapsed());
    }

    #[test]
    fn only_what_speaks_of_the_rate_changes_it() {
        let other = Err(Error::new(ErrorKind::Unavailable, Operation::Status, ""));
        for (answers, rate) in [
            (vec![Ok(())], 8.0),
            (vec![other], 8.0),
            (vec![refused(0)], 4.0),
            (vec![refused(0), Ok(())], 4.125),
        ] {
            let budget = Budget::new(8.0, 1);
            answers.iter().for_each(|answer| budget.learn(answer));
            assert!((budget.per_second() - rate).abs() < 1e-9, "{rate}");
        }
    }
}
