//! The beginning: checking for every provider, and writing down what is meant.

use std::path::PathBuf;

use reshoot_core::{
    Checked, DownloadOptions, EditRequest, Error, ErrorKind, Media, Operation, Violations,
    download::check_targets, fresh_idempotency_key, media::VideoFacts,
};

use super::{
    Attempt, Begin, JobId, JobRecord, Quote, Route, RunError, RunEvent, Runner, Via, Watch, step,
};
use crate::{
    Ending,
    record::{AttemptId, Order},
};

impl Runner {
    /// Checks an edit for the providers that may be tried, in order, and records the intent of trying
    /// the first that can run it. Nothing is sent or spent.
    ///
    /// # Errors
    /// [`RunError`]; nothing was recorded.
    pub async fn begin(
        &self,
        order: Order,
        routes: &[Via],
        watch: Watch<'_>,
    ) -> Result<JobId, RunError> {
        let order = in_full(order)?;
        if let Some(target) = &order.target {
            let options = DownloadOptions::default().with_overwrite(order.overwrite);
            check_targets(target, order.request.outputs.into(), &options)
                .map_err(RunError::NoTarget)?;
        }
        let facts = Box::pin(self.facts(&order.request, order.caps.any())).await;
        let (mut able, mut first, mut unable) = (Vec::new(), None, Vec::new());
        for via in routes {
            let route = self.routes.connect(via).map_err(RunError::SetUp)?;
            match check(order.request.clone(), &route, facts.as_ref()) {
                Ok(checked) => {
                    able.push(via.clone());
                    first = first.or(Some((route, checked)));
                }
                Err(violations) => unable.push(violations),
            }
        }
        let Some((route, checked)) = first else {
            return Err(RunError::Violations(unable));
        };
        unable.iter().for_each(|violations| watch(RunEvent::Skipped(violations)));
        watch(RunEvent::Checked(&checked));
        Box::pin(self.refuse_same(&order)).await?;
        let key = key(&order.request, &route)?;
        let begin = Begin::new(0, Quote::from(checked.estimate()), key);
        // Not on another thread: whoever drops this future must know that nothing was recorded.
        let (job, _) = self.journal.begin(&order, &able, &begin)?;
        watch(RunEvent::Recorded(job));
        Ok(job)
    }

    /// Ends an attempt without a result. Goes on to the next provider of the job if nothing can be owed
    /// to those before; else the error stays.
    pub(super) async fn close(
        &self,
        job: &JobRecord,
        attempt: &Attempt,
        ending: Ending,
        error: RunError,
        watch: Watch<'_>,
    ) -> Result<(), RunError> {
        let id = attempt.id;
        let went_on = match step::next_route(job, attempt, &ending) {
            Some(route) => {
                if let Some(next) = job.routes.get(route) {
                    watch(RunEvent::GoingOn { error: &error, next });
                }
                self.go_on(job, id, ending.clone(), route, watch).await
            }
            None => Err(error),
        };
        if went_on.is_err() {
            self.record(move |journal| journal.ended(id, &ending)).await?;
        }
        went_on
    }

    async fn go_on(
        &self,
        job: &JobRecord,
        attempt: AttemptId,
        ending: Ending,
        route: usize,
        watch: Watch<'_>,
    ) -> Result<(), RunError> {
        let via = job.routes.get(route).cloned().unwrap_or_default();
        let connected = self.routes.connect(&via).map_err(RunError::SetUp)?;
        let facts = self.facts(&job.request, job.caps.any()).await;
        let checked = check(job.request.clone(), &connected, facts.as_ref())
            .map_err(|violations| RunError::Violations(vec![violations]))?;
        watch(RunEvent::Checked(&checked));
        let key = key(&job.request, &connected)?;
        let next = Begin::new(route, Quote::from(checked.estimate()), key);
        self.record(move |journal| journal.go_on(attempt, &ending, &next)).await?;
        Ok(())
    }

    async fn refuse_same(&self, order: &Order) -> Result<(), RunError> {
        // Who names a key says that it is the same submit, and the provider makes no second job.
        if self.options.again || order.request.idempotency_key.is_some() {
            return Ok(());
        }
        let order = order.clone();
        match self.record(move |journal| journal.same_open(&order)).await? {
            Some(job) => Err(RunError::Same(job)),
            None => Ok(()),
        }
    }
}

/// Checks; reads the headers of local files, in some milliseconds.
pub(super) fn check(
    request: EditRequest,
    route: &Route,
    facts: Option<&VideoFacts>,
) -> Result<Checked, Violations> {
    request.check_knowing(route.provider.capabilities(), route.staging(), facts)
}

/// The key of a new attempt, where the provider honours one.
fn key(request: &EditRequest, route: &Route) -> Result<Option<String>, RunError> {
    if route.provider.capabilities().idempotency.is_none() {
        return Ok(None);
    }
    match &request.idempotency_key {
        Some(key) => Ok(Some(key.clone())),
        None => fresh_idempotency_key().map(Some).map_err(RunError::SetUp),
    }
}

/// With whole paths: the job may be led on from another directory.
fn in_full(mut order: Order) -> Result<Order, RunError> {
    let whole = |path: &PathBuf| {
        std::path::absolute(path).map_err(|cause| {
            let message = format!("{} cannot be made a whole path", path.display());
            RunError::NoTarget(
                Error::new(ErrorKind::Io, Operation::Check, message).with_source(cause),
            )
        })
    };
    order.target = order.target.as_ref().map(whole).transpose()?;
    let request = &mut order.request;
    for media in std::iter::once(&mut request.video).chain(&mut request.reference_images) {
        if let Media::File(path) = media {
            *path = whole(path)?;
        }
    }
    Ok(order)
}
