//! What an earlier run left, and what this one leaves: jobs that were paid for, or may have been.

use futures_util::{StreamExt, stream::FuturesUnordered};
use reshoot_journal::{Goal, JobId, RunError, State};

use super::Desk;
use crate::{
    exit::{Exit, Failure},
    journal::JournalPlace,
    lead::Lead,
    output::Output,
    page::EDITS,
};

impl Desk<'_> {
    /// Leads on what an earlier run has paid for. What it had not sent is not wanted any more.
    pub(super) async fn lead_on(&self) {
        let args = self.args.batch(Vec::new(), self.name(), self.folder.path().join(EDITS));
        let lead = self.means.lead(&args);
        let mut filter = self.filter();
        filter.states = State::ALL.into_iter().filter(|state| state.is_open()).collect();
        let jobs = match self.means.journal().list(&filter) {
            Ok(listing) => listing.jobs,
            Err(error) => return self.troubles.fail(&Failure::journal(&error)),
        };
        self.led.set(self.led.get() + 1);
        let led = jobs.into_iter().map(|job| self.lead_job(&lead, job.id, job.state));
        led.collect::<FuturesUnordered<_>>().collect::<Vec<()>>().await;
        self.led.set(self.led.get() - 1);
        self.tell();
        self.write();
    }

    async fn lead_job(&self, lead: &Lead, id: JobId, state: State) {
        if let Err(failure) = self.settled(lead, id, state).await {
            self.troubles.note(&failure);
            self.troubles.fail(&failure);
        }
    }

    /// Leads a job to its end, if there is one at its provider. Nothing is submitted: that is for whoever
    /// presses the button.
    async fn settled(&self, lead: &Lead, id: JobId, mut state: State) -> Result<(), Failure> {
        let failed = |error| Failure::of_run(error, Some(id), &lead.runner, &self.place);
        if state.is_in_doubt() {
            state = match lead.runner.reconcile(id, &mut |_| {}).await {
                Ok(settled) => settled,
                Err(RunError::Held { .. }) => return Ok(()),
                Err(error) => return Err(failed(error)),
            };
        }
        if state == State::Intent {
            return lead.abandon_unsent(id);
        }
        match lead.runner.lead(id, Goal::Downloaded, &mut |_| {}).await {
            // Somebody else looks after it.
            Ok(_) | Err(RunError::Held { .. } | RunError::Stopped(_)) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Fails by a job of which nobody knows whether it was made, if there is one.
    pub(super) fn tell_doubt(&self) -> Result<(), Failure> {
        let mut filter = self.filter();
        filter.states = vec![State::Submitting, State::PerhapsCharged];
        let doubtful = self.means.journal().list(&filter);
        let doubtful = doubtful.map_err(|error| Failure::journal(&error))?;
        doubtful.jobs.first().map_or(Ok(()), |job| Err(in_doubt(job.id, &self.place)))
    }
}

fn in_doubt(id: JobId, place: &JournalPlace) -> Failure {
    let message = format!("job {id} was submitted, and it is not known whether it was made");
    Failure::new(Exit::PerhapsCharged, "perhaps_charged", message)
        .money("perhaps charged: do not simply run it again")
        .next(place.reconcile(id))
}
