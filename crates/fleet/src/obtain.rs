//! From a plan to a provider's job: the one part that costs money.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reshoot_core::JobRef;

use crate::{
    decide::{self, AfterSubmit, Verdict, after_submit, verdict},
    engine::{Claim, Halt, Owner, kept},
    job::{Job, Known, surely},
    millis,
    outcome::{Outcome, Stage},
    work::{Looked, Plan, Sent},
};

/// What a submit came to.
enum Settled {
    /// This is the job, and nobody else's.
    Found(String),
    /// No job was made.
    Absent,
    /// Nobody can tell.
    Doubt(String),
}

/// A submit's answer, and whether somebody canceled meanwhile.
struct Answer {
    sent: Sent,
    canceled: bool,
}

impl Job<'_> {
    /// A job of the provider's, or how it ended without one.
    ///
    /// Claims each attempt before it sends it; sends only on a claim that was made in this very run.
    pub(crate) async fn obtain(
        &self,
        plan: &Plan,
        known: &mut Known,
    ) -> Result<Result<JobRef, Outcome>, Halt> {
        let (mut attempt, mut absences, mut pause) = (1_u32, 0_u32, Duration::ZERO);
        loop {
            self.pace(pause).await?;
            self.engine.note(&known.at(Stage::Submitting));
            let (since, Answer { sent, mut canceled }) = self.attempt(plan, attempt).await?;
            let settled = match after_submit(sent, attempt) {
                AfterSubmit::Follow(id) => self.named(plan, known, id, &mut canceled).await?,
                AfterSubmit::Settle(reason) => {
                    self.settle(plan, known, since, reason, &mut canceled).await?
                }
                AfterSubmit::GiveUp(reason) => return self.give_up(reason).await,
                AfterSubmit::SendAgain(_) if canceled => return Err(Halt::Canceled),
                AfterSubmit::SendAgain(wait) => {
                    (attempt, pause) = (attempt.saturating_add(1), wait);
                    continue;
                }
            };
            match settled {
                Settled::Found(id) => return self.made(&id, canceled, known),
                Settled::Doubt(reason) => return Ok(Err(Outcome::PerhapsCharged { reason })),
                Settled::Absent if canceled => return Err(Halt::Canceled),
                Settled::Absent => absences = absences.saturating_add(1),
            }
            if !decide::may_send_anew(absences) {
                let reason = "the provider made no job of several submits";
                return self.give_up(reason.to_owned()).await;
            }
            (attempt, pause) = (attempt.saturating_add(1), Duration::ZERO);
        }
    }

    /// Nothing was made, and nothing will be.
    async fn give_up(&self, reason: String) -> Result<Result<JobRef, Outcome>, Halt> {
        surely(&mut false, || self.engine.unclaim()).await?;
        Ok(Err(Outcome::Refused { reason }))
    }

    fn made(
        &self,
        id: &str,
        canceled: bool,
        known: &mut Known,
    ) -> Result<Result<JobRef, Outcome>, Halt> {
        let job = match JobRef::new(self.order.provider.as_str(), id) {
            Ok(job) => job,
            Err(error) => {
                return Ok(Err(Outcome::PerhapsCharged { reason: error.to_string() }));
            }
        };
        known.job = Some(job.clone());
        if canceled { Err(Halt::Canceled) } else { Ok(Ok(job)) }
    }

    /// Claims an attempt, and sends it if the claim is ours.
    async fn attempt(&self, plan: &Plan, attempt: u32) -> Result<(u64, Answer), Halt> {
        let (since, sent) = match self.engine.claim(attempt).await? {
            Claim::Ours { since } => return Ok((since, self.send(plan, since).await?)),
            Claim::Before { since, id: Some(id) } => (since, Sent::Accepted(id)),
            Claim::Before { since, id: None } => {
                (since, Sent::Unknown("a submit was under way when its process ended".to_owned()))
            }
        };
        // What was sent before is no new answer; it is kept like one, so that each run of the code
        // takes the same steps.
        let sent = self.kept_submit(move || async move { sent }).await?;
        Ok((since, sent))
    }

    async fn send(&self, plan: &Plan, since: u64) -> Result<Answer, Halt> {
        let (work, order, plan) = (Arc::clone(&self.work), Arc::clone(&self.order), plan.clone());
        self.kept_submit(move || async move { work.submit(&order, &plan, since).await }).await
    }

    /// Keeps what came of a submit. Where a cancel cuts in, the answer may be here all the same, in
    /// memory: it is kept by a step of its own.
    async fn kept_submit<F>(
        &self,
        submit: impl FnOnce() -> F + Send + 'static,
    ) -> Result<Answer, Halt>
    where
        F: Future<Output = Sent> + Send + 'static,
    {
        let cell = Arc::new(Mutex::new(None));
        let copy = Arc::clone(&cell);
        let work = move || async move {
            let sent = submit().await;
            *copy.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent.clone());
            sent
        };
        match kept(self.engine, "submit", work).await {
            Ok(sent) => Ok(Answer { sent, canceled: false }),
            Err(Halt::Canceled) => {
                let unknown = || Sent::Unknown("it was canceled during the submit".to_owned());
                let rescue = move || async move {
                    cell.lock().unwrap_or_else(PoisonError::into_inner).take()
                };
                let rescued: Option<Sent> = kept(self.engine, "rescue", rescue).await?;
                Ok(Answer { sent: rescued.unwrap_or_else(unknown), canceled: true })
            }
            Err(broken) => Err(broken),
        }
    }

    /// The job that the provider named as ours. An equal edit that is in doubt may have taken it for its
    /// own meanwhile; then what that edit's own submit may have made is ours. Equal edits have equal jobs:
    /// who leads which does not matter, as long as each is led by one.
    async fn named(
        &self,
        plan: &Plan,
        known: &Known,
        id: String,
        canceled: &mut bool,
    ) -> Result<Settled, Halt> {
        // Before anything else is done with it.
        surely(canceled, || self.engine.keep(&id)).await?;
        let provider = self.order.provider.as_str();
        match surely(canceled, || self.engine.own(provider, &id, None)).await? {
            Owner::Another { doubt: Some(since) } => {
                let reason = format!("an equal edit in doubt took the job {id}");
                self.doubt(self.listed(plan, known, since, canceled).await, &reason)
            }
            // Two may have been sent under one key of the caller's own: then both have this job.
            Owner::Us | Owner::Another { doubt: None } => Ok(Settled::Found(id)),
        }
    }

    /// Finds out whether a submit made a job; sends nothing, except the same under a key that the
    /// provider surely remembers.
    async fn settle(
        &self,
        plan: &Plan,
        known: &Known,
        since: u64,
        reason: String,
        canceled: &mut bool,
    ) -> Result<Settled, Halt> {
        self.engine.note(&known.at(Stage::Settling));
        if plan.replays {
            match self.replay(plan, since).await {
                Ok(Sent::Accepted(id)) => return self.named(plan, known, id, canceled).await,
                Ok(_) => {}
                Err(halt) => return self.doubt(Err(halt), &reason),
            }
        }
        self.doubt(self.listed(plan, known, since, canceled).await, &reason)
    }

    /// Why there is a doubt at all, before why it stays. A look-up that is canceled leaves it.
    fn doubt(&self, settled: Result<Settled, Halt>, reason: &str) -> Result<Settled, Halt> {
        let stays = match settled {
            Ok(Settled::Doubt(stays)) => stays,
            Err(Halt::Canceled) => "and the look-up was canceled".to_owned(),
            other => return other,
        };
        Ok(Settled::Doubt(format!("{reason}; {stays}")))
    }

    /// Looks through the provider's list for the job of a submit at `since`.
    async fn listed(
        &self,
        plan: &Plan,
        known: &Known,
        since: u64,
        canceled: &mut bool,
    ) -> Result<Settled, Halt> {
        self.engine.note(&known.at(Stage::Settling));
        let (mut since, mut asked, mut waited) = (since, 0_u32, Duration::ZERO);
        loop {
            let mut looked = self.look(plan, since).await?;
            if let Verdict::Adopt(ids) = verdict(&looked, plan, asked, millis(waited)) {
                let before = since;
                if let Some(id) = self.adopt(ids, &mut since, canceled).await? {
                    return Ok(Settled::Found(id));
                }
                // Somebody took one of these in a doubt older than ours: theirs may be there as well.
                if since < before {
                    continue;
                }
                looked = looked.without_ours();
            }
            match verdict(&looked, plan, asked, millis(waited)) {
                Verdict::Absent => return Ok(Settled::Absent),
                Verdict::Doubt(reason) => return Ok(Settled::Doubt(reason)),
                Verdict::AskAgain(pause) => {
                    self.engine.sleep(pause).await?;
                    waited = waited.saturating_add(pause);
                }
                Verdict::Adopt(_) => {
                    return Err(Halt::Broken("a list that was emptied".to_owned()));
                }
            }
            self.engine.renew(&self.gate, self.cap).await?;
            asked = asked.saturating_add(1);
        }
    }

    /// The first of these jobs that is not another key's; it is ours from then on. `since` goes back to
    /// the oldest doubt in which one of them was taken.
    async fn adopt(
        &self,
        ids: Vec<String>,
        since: &mut u64,
        canceled: &mut bool,
    ) -> Result<Option<String>, Halt> {
        let provider = self.order.provider.as_str();
        for id in ids {
            let doubt = Some(*since);
            match surely(canceled, || self.engine.own(provider, &id, doubt)).await? {
                Owner::Us => {
                    surely(canceled, || self.engine.keep(&id)).await?;
                    return Ok(Some(id));
                }
                Owner::Another { doubt: Some(theirs) } => *since = theirs.min(*since),
                Owner::Another { doubt: None } => {}
            }
        }
        Ok(None)
    }

    async fn replay(&self, plan: &Plan, since: u64) -> Result<Sent, Halt> {
        let (work, order, plan) = (Arc::clone(&self.work), Arc::clone(&self.order), plan.clone());
        kept(self.engine, "replay", move || async move { work.replay(&order, &plan, since).await })
            .await
    }

    async fn look(&self, plan: &Plan, since: u64) -> Result<Looked, Halt> {
        let (work, order, plan) = (Arc::clone(&self.work), Arc::clone(&self.order), plan.clone());
        kept(self.engine, "look", move || async move { work.look(&order, &plan, since).await })
            .await
    }
}
