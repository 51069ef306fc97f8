//! The fleet's engine over one run of a Restate workflow.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reshoot_core::async_trait;
use reshoot_fleet::{Cap, Claim, Engine, Halt, Owner, Progress, Start, StepWork, Turn, now_ms};
use restate_sdk::prelude::*;
use serde_json::Value;

use crate::{
    clip_job::PROGRESS,
    fence::{FenceAsk, FenceClient},
    gate::{GateAsk, GateClient},
    moment::{moment, nonce},
    owner::{JobOwnerClient, OwnerState},
};

/// The code that Restate gives a canceled invocation's operations.
pub(crate) const CANCELED: u16 = 409;

/// One run of the code of one workflow.
pub(crate) struct RestateEngine<'ctx> {
    ctx: WorkflowContext<'ctx>,
    /// Tells this workflow from an earlier one of the same key, whose record was dropped.
    owner: String,
}

impl<'ctx> RestateEngine<'ctx> {
    pub(crate) async fn new(ctx: WorkflowContext<'ctx>) -> Result<Self, TerminalError> {
        let owner = ctx.run(|| async { Ok(nonce()?) }).name("owner").await?;
        Ok(Self { ctx, owner })
    }

    fn gate(&self, gate: &str) -> GateClient<'ctx> {
        self.ctx.object_client::<GateClient<'_>>(gate)
    }

    fn fence(&self) -> FenceClient<'ctx> {
        self.ctx.object_client::<FenceClient<'_>>(self.ctx.key())
    }

    async fn ask(&self, bell: String, cap: Cap, pause: Duration) -> Result<Json<GateAsk>, Halt> {
        let Json(now) =
            self.ctx.run(|| async { Ok(Json(moment()?)) }).name("now").await.map_err(halt)?;
        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        Ok(Json(GateAsk { holder: self.ctx.key().to_owned(), now, bell, cap, pause }))
    }
}

#[async_trait]
impl Engine for RestateEngine<'_> {
    fn key(&self) -> &str {
        self.ctx.key()
    }

    async fn step(&self, name: &'static str, work: StepWork) -> Result<Value, Halt> {
        let run = move || async move {
            let done: HandlerResult<Json<Value>> =
                work().await.map(Json).map_err(HandlerError::from);
            done
        };
        self.ctx.run(run).name(name).await.map(|Json(value)| value).map_err(halt)
    }

    async fn sleep(&self, span: Duration) -> Result<(), Halt> {
        if span.is_zero() {
            return Ok(());
        }
        self.ctx.sleep(span).await.map_err(halt)
    }

    /// Two writes. The fence is for ever, and tells another workflow of the same key. The mark is in
    /// this workflow's journal: who runs its closure runs the code for the first time, and its result
    /// is on disk before anything goes on. Who finds it there runs the code again.
    async fn claim(&self, attempt: u32) -> Result<Claim, Halt> {
        let ask =
            FenceAsk { owner: self.owner.clone(), attempt, since: now_kept(&self.ctx).await? };
        let Json(held) = self.fence().claim(Json(ask)).call().await.map_err(halt)?;
        if held.owner != self.owner {
            return Ok(Claim::Before { since: held.since, id: held.id });
        }
        let here = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&here);
        let run = move || async move {
            mark.store(true, Ordering::SeqCst);
            Ok(now_ms())
        };
        let since = self.ctx.run(run).name("claim").await.map_err(halt)?;
        let first = here.load(Ordering::SeqCst);
        Ok(if first { Claim::Ours { since } } else { Claim::Before { since, id: None } })
    }

    async fn keep(&self, id: &str) -> Result<(), Halt> {
        self.fence().keep(id.to_owned()).call().await.map_err(halt)
    }

    async fn unclaim(&self) -> Result<(), Halt> {
        self.fence().clear().call().await.map_err(halt)
    }

    async fn own(&self, provider: &str, id: &str, doubt: Option<u64>) -> Result<Owner, Halt> {
        let job = self.ctx.object_client::<JobOwnerClient<'_>>(format!("{provider}:{id}"));
        let ask = OwnerState { key: self.ctx.key().to_owned(), doubt };
        job.own(Json(ask)).call().await.map(|Json(owner)| owner).map_err(halt)
    }

    async fn acquire(&self, gate: &str, cap: Cap) -> Result<(), Halt> {
        loop {
            let (bell, rung) = self.ctx.awakeable::<bool>();
            let ask = self.ask(bell, cap, Duration::ZERO).await?;
            let Json(turn) = self.gate(gate).acquire(ask).call().await.map_err(halt)?;
            match turn {
                Turn::Granted => return Ok(()),
                Turn::Queued => return rung.await.map(drop).map_err(halt),
                Turn::Later(wait) => self.sleep(Duration::from_millis(wait)).await?,
            }
        }
    }

    async fn pace(&self, gate: &str, cap: Cap, pause: Duration) -> Result<Start, Halt> {
        let ask = self.ask(String::new(), cap, pause).await?;
        self.gate(gate).start(ask).call().await.map(|Json(start)| start).map_err(halt)
    }

    async fn renew(&self, gate: &str, cap: Cap) -> Result<(), Halt> {
        let ask = self.ask(String::new(), cap, Duration::ZERO).await?;
        // Nobody waits for the receipt.
        drop(self.gate(gate).renew(ask).send());
        Ok(())
    }

    async fn release(&self, gate: &str, hold: Duration) -> Result<(), Halt> {
        let ask = self.ask(String::new(), Cap::default(), hold).await?;
        drop(self.gate(gate).release(ask).send());
        Ok(())
    }

    fn note(&self, progress: &Progress) {
        self.ctx.set(PROGRESS, Json(progress.clone()));
    }
}

async fn now_kept(ctx: &WorkflowContext<'_>) -> Result<u64, Halt> {
    ctx.run(|| async { Ok(now_ms()) }).name("now").await.map_err(halt)
}

fn halt(error: TerminalError) -> Halt {
    if error.code() == CANCELED { Halt::Canceled } else { Halt::Broken(error.to_string()) }
}
