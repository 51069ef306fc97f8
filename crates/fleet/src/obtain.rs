//! From a plan to a provider's job: the one part that costs money.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reshoot_core::JobRef;

use crate::{
    decide::{self, AfterSubmit, Verdict, after_submit, verdict},
    engine::{Claim, Halt, kept},
    job::Job,
    outcome::{Outcome, Progress, Stage},
    work::{Looked, Plan, Sent},
};

/// What a submit came to.
enum Settled {
    /// This is the job.
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
        made: &mut Option<JobRef>,
    ) -> Result<Result<JobRef, Outcome>, Halt> {
        let (mut attempt, mut absences, mut pause) = (1_u32, 0_u32, Duration::ZERO);
        loop {
            self.engine.pace(&self.gate, self.order.cap, pause).await?;
            let (since, answer) = self.attempt(plan, attempt).await?;
            match after_submit(answer.sent, attempt) {
                AfterSubmit::Follow(id) => return self.ours(&id, answer.canceled, made).await,
                AfterSubmit::GiveUp(reason) => {
                    self.engine.unclaim().await?;
                    return Ok(Err(Outcome::Refused { reason }));
                }
                AfterSubmit::SendAgain(_) if answer.canceled => return Err(Halt::Canceled),
                AfterSubmit::SendAgain(wait) => {
                    self.engine.renew(&self.gate, self.order.cap).await?;
                    pause = wait;
                }
                AfterSubmit::Settle(reason) => match self.settle(plan, since, reason).await? {
                    Settled::Found(id) => return self.ours(&id, answer.canceled, made).await,
                    Settled::Doubt(reason) => return Ok(Err(Outcome::PerhapsCharged { reason })),
                    Settled::Absent if answer.canceled => return Err(Halt::Canceled),
                    Settled::Absent => {
                        absences = absences.saturating_add(1);
                        if !decide::may_send_anew(absences) {
                            self.engine.unclaim().await?;
                            let reason = "the provider made no job of several submits";
                            return Ok(Err(Outcome::refused(reason)));
                        }
                        pause = Duration::ZERO;
                    }
                },
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// Claims an attempt, and sends it if the claim is ours.
    async fn attempt(&self, plan: &Plan, attempt: u32) -> Result<(u64, Answer), Halt> {
        self.engine.note(&Progress { usd: plan.usd, ..Progress::at(Stage::Submitting) });
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

    /// Keeps an id, before anything else is done with it.
    async fn ours(
        &self,
        id: &str,
        canceled: bool,
        made: &mut Option<JobRef>,
    ) -> Result<Result<JobRef, Outcome>, Halt> {
        let job = match JobRef::new(self.order.provider.as_str(), id) {
            Ok(job) => job,
            Err(error) => {
                return Ok(Err(Outcome::PerhapsCharged { reason: error.to_string() }));
            }
        };
        *made = Some(job.clone());
        self.engine.keep(id).await?;
        // Whoever's it was thought to be: the provider gave it to us.
        self.engine.own(&self.order.provider, id).await?;
        if canceled { Err(Halt::Canceled) } else { Ok(Ok(job)) }
    }

    /// Finds out whether a submit made a job; sends nothing, except the same under a key that the
    /// provider surely remembers.
    async fn settle(&self, plan: &Plan, since: u64, reason: String) -> Result<Settled, Halt> {
        self.engine.note(&Progress { usd: plan.usd, ..Progress::at(Stage::Settling) });
        match self.settled(plan, since).await {
            Ok(Settled::Doubt(doubt)) => Ok(Settled::Doubt(format!("{reason}; {doubt}"))),
            Err(Halt::Canceled) => {
                Ok(Settled::Doubt(format!("{reason}; and the look-up was canceled")))
            }
            other => other,
        }
    }

    async fn settled(&self, plan: &Plan, since: u64) -> Result<Settled, Halt> {
        if plan.replays
            && let Sent::Accepted(id) = self.replay(plan, since).await?
        {
            return Ok(Settled::Found(id));
        }
        let mut asked = 0_u32;
        loop {
            let mut looked = self.look(plan, since).await?;
            if let Verdict::Adopt(ids) = verdict(&looked, plan, asked) {
                if let Some(id) = self.first_free(ids).await? {
                    return Ok(Settled::Found(id));
                }
                looked = looked.without_ours();
            }
            match verdict(&looked, plan, asked) {
                Verdict::Absent => return Ok(Settled::Absent),
                Verdict::Doubt(reason) => return Ok(Settled::Doubt(reason)),
                Verdict::AskAgain(pause) => self.engine.sleep(pause).await?,
                Verdict::Adopt(_) => {
                    return Err(Halt::Broken("a list that was emptied".to_owned()));
                }
            }
            self.engine.renew(&self.gate, self.order.cap).await?;
            asked = asked.saturating_add(1);
        }
    }

    /// The first of these jobs that is not another key's; it is ours from then on.
    async fn first_free(&self, ids: Vec<String>) -> Result<Option<String>, Halt> {
        for id in ids {
            if self.engine.own(&self.order.provider, &id).await? {
                return Ok(Some(id));
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
