//! A provider of which one operation goes to a broken place.

use std::sync::Arc;

use reshoot::{
    Cancellation, Capabilities, Delivery, Error, Found, Hint, Job, JobRef, JobState, LocalFile,
    LostSubmit, Output, Provider, Ready, Staged, Submission, Url, async_trait,
};
use reshoot_emulator::Operation;

/// Everything goes to `good`, but the step to `bad`. A broken download has its links led astray.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) good: Arc<dyn Provider>,
    pub(crate) bad: Arc<dyn Provider>,
    pub(crate) step: Operation,
    pub(crate) astray: Option<Url>,
}

impl Split {
    fn at(&self, step: Operation) -> &dyn Provider {
        if self.step == step { &*self.bad } else { &*self.good }
    }
}

#[async_trait]
impl Provider for Split {
    fn name(&self) -> &'static str {
        self.good.name()
    }

    fn capabilities(&self) -> &'static Capabilities {
        self.good.capabilities()
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        self.at(Operation::Upload).upload(file).await
    }

    async fn submit(&self, ready: &Ready) -> Submission {
        self.at(Operation::Submit).submit(ready).await
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let mut job = self.at(Operation::Status).status(job).await?;
        if let (JobState::Succeeded { outputs, .. }, Some(astray)) = (&mut job.state, &self.astray)
        {
            *outputs = vec![Output::new(astray.clone(), None)];
        }
        Ok(job)
    }

    async fn statuses(&self, jobs: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        self.at(Operation::Status).statuses(jobs).await
    }

    async fn cancel(&self, job: &JobRef) -> Result<Cancellation, Error> {
        self.good.cancel(job).await
    }

    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error> {
        self.at(Operation::List).find(lost).await
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        self.good.read_webhook(delivery).await
    }
}
