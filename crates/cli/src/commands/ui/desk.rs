//! Where what the page asks is done: quoted, run, kept; and from where it hears how jobs stand.

mod quotes;
mod recover;
mod show;

use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use reshoot_journal::{Filter, JobId};
use reshoot_report::live;
use tokio::{
    select,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::{self, Instant},
};

use self::quotes::Quotes;
use super::{
    form::{self, Wanted},
    notes::{Notes, Troubles},
    quote::{Price, quote},
    refusal::Refusal,
    server::News,
};
use crate::{
    args::{BatchArgs, UiArgs},
    commands::batch::{Batch, Local, Means, Plan},
    exit::{Exit, Failure},
    interrupts::{Interrupted, Interrupts},
    journal::JournalPlace,
    manifest::{Cells, Manifest},
    output::{Event, Output},
    page::{EDITS, Folder},
    shell,
};

/// How often the journal is looked into while jobs are under way, at least.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// How many times less often while none is.
const LOOK_IDLE: u32 = 12;

/// How much of the time may go into looking, as a fraction: one in so many.
const LOOK_SHARE: u32 = 10;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<T>;
type Answer<T> = Reply<Result<T, Refusal>>;

/// What the page asks.
pub(super) enum Ask {
    /// Itself.
    Page(Reply<String>),
    /// What something would cost, and what of it cannot be run.
    Quote(Box<Wanted>, Answer<live::Quote>),
    /// To run what was quoted.
    Run(String, Answer<()>),
    /// To keep a result, or not to.
    Keep { job: String, keep: bool, reply: Answer<String> },
}

/// What is wanted, as it is led.
struct Order {
    args: BatchArgs,
    rows: Vec<Cells>,
}

/// Where all of it comes together.
pub(super) struct Desk<'a> {
    args: &'a UiArgs,
    folder: &'a Folder,
    means: &'a Means<'a>,
    place: JournalPlace,
    form: live::Form,
    troubles: Troubles<'a>,
    news: watch::Sender<News>,
    quotes: RefCell<Quotes>,
    /// How many comparisons are led.
    led: Cell<usize>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        args: &'a UiArgs,
        folder: &'a Folder,
        means: &'a Means<'a>,
        out: &'a dyn Output,
        place: JournalPlace,
        news: watch::Sender<News>,
    ) -> Result<Self, Failure> {
        let (form, troubles) = (form::form(args, folder)?, Troubles::new(out));
        let (quotes, led) = (RefCell::default(), Cell::new(0));
        Ok(Self { args, folder, means, place, form, troubles, news, quotes, led })
    }

    /// Works until it is stopped; then every edit is left at its next safe point.
    pub(super) async fn work(
        &self,
        mut asks: mpsc::Receiver<Ask>,
        mut server: JoinHandle<std::io::Result<()>>,
        interrupts: &mut Interrupts,
    ) -> Result<(), Failure> {
        let mut work: FuturesUnordered<LocalBoxFuture<'_, ()>> = FuturesUnordered::new();
        work.push(self.lead_on().boxed_local());
        let (mut look, mut idle) = (time::interval(LOOK_EVERY), 0_u32);
        look.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let ended = loop {
            select! {
                biased;
                Interrupted = interrupts.next() => break Ok(()),
                _ = &mut server => break Err(Failure::usage("nothing is answered any more")),
                Some(()) = work.next() => {}
                Some(ask) = asks.recv() => work.push(self.answer(ask).boxed_local()),
                _ = look.tick() => {
                    let began = Instant::now();
                    idle = if self.led.get() > 0 { 0 } else { idle + 1 };
                    // Others may look after the same jobs, or take files away.
                    if idle % LOOK_IDLE == 0 {
                        self.tell();
                    }
                    // A long list is looked at less often.
                    look.reset_after(LOOK_EVERY.max(began.elapsed() * LOOK_SHARE));
                }
            }
        };
        server.abort();
        self.means.stop();
        if self.led.get() > 0 {
            let message = "stopping every edit at its next safe point (again to leave them)";
            self.troubles.show(Event::NothingToDo(message));
        }
        let left = self.led.get();
        select! {
            () = async { while work.next().await.is_some() {} } => {}
            // Whoever asks twice does not want to wait: what is in doubt is told below.
            Interrupted = interrupts.next() => {}
        }
        self.write();
        ended?;
        self.tell_doubt()?;
        if left > 0 { Err(stopped()) } else { Ok(()) }
    }

    async fn answer(&self, ask: Ask) {
        // Who asked may have gone away meanwhile: what was done is done.
        match ask {
            Ask::Page(reply) => {
                self.tell();
                drop(reply.send(live::page(&self.page(), &self.form)));
            }
            Ask::Quote(wanted, reply) => drop(reply.send(self.quote(*wanted).await)),
            Ask::Run(id, reply) => self.run(&id, reply).await,
            Ask::Keep { job, keep, reply } => drop(reply.send(self.keep(&job, keep))),
        }
    }

    /// Checks and prices what is wanted, and holds the price until it is run.
    async fn quote(&self, wanted: Wanted) -> Result<live::Quote, Refusal> {
        let (order, notes) = (self.order(&wanted)?, Notes::default());
        let batch = self.batch(&order)?;
        let local = self.means.local(&batch);
        let plan = local.plan(&notes).await?;
        let trouble = local.check_caps(&plan.quoted).err().map(|over| over.message);
        let can_run = trouble.is_none() && plan.quoted.to_begin() > 0;
        let id = can_run.then(|| self.quotes.borrow_mut().hold(wanted, Price::of(&plan.quoted)));
        Ok(quote(&plan.quoted, &notes.into_noted(), &order.rows, id, trouble))
    }

    fn order(&self, wanted: &Wanted) -> Result<Order, Refusal> {
        let rows = wanted.rows(self.folder.path(), self.args)?;
        let (name, results) = (self.name(), self.folder.path().join(EDITS));
        let args = self.args.batch(wanted.providers(self.args)?, name, results);
        Ok(Order { args, rows })
    }

    fn batch<'o>(&self, order: &'o Order) -> Result<Batch<'o>, Failure> {
        let manifest = Manifest::of_rows(order.rows.clone(), self.folder.path().to_owned());
        self.means.batch(&order.args, manifest, self.place.clone())
    }

    /// Runs what was quoted, if it still costs no more.
    async fn run(&self, id: &str, reply: Answer<()>) {
        let outdated = || Refusal::outdated("this quote has been run, or no longer holds");
        let ordered = self.quotes.borrow_mut().take(id).ok_or_else(outdated);
        let ordered = ordered.and_then(|held| Ok((self.order(&held.wanted)?, held.price)));
        let led = match &ordered {
            Ok((order, price)) => self.lead(order, price, reply).await,
            Err(refusal) => return drop(reply.send(Err(refusal.clone()))),
        };
        if let Err(mut failure) = led
            && failure.exit != Exit::Interrupted
        {
            // The page says what can be done, and for how much.
            failure.next.clear();
            self.troubles.fail(&failure);
        }
        self.tell();
        self.write();
    }

    /// Leads an order that costs no more than was agreed to; says so before the first cent.
    async fn lead(&self, order: &Order, agreed: &Price, reply: Answer<()>) -> Result<(), Failure> {
        let refuse = |refusal: Refusal, reply: Answer<()>| {
            drop(reply.send(Err(refusal)));
            Ok(())
        };
        let batch = match self.batch(order) {
            Ok(batch) => batch,
            Err(failure) => return refuse(failure.into(), reply),
        };
        let local = self.means.local(&batch);
        let plan = match affordable(&local, agreed).await {
            Ok(plan) => plan,
            Err(refusal) => return refuse(refusal, reply),
        };
        // Whoever pressed the button may have gone; it was pressed all the same.
        reply.send(Ok(())).unwrap_or_default();
        self.troubles.forget();
        self.led.set(self.led.get() + 1);
        let led = local.lead_unattended(&plan, &self.troubles).await;
        self.led.set(self.led.get() - 1);
        led
    }

    fn keep(&self, job: &str, keep: bool) -> Result<String, Refusal> {
        let file = self.file(job)?;
        let failed = |error: std::io::Error| Refusal::bad(format!("{}: {error}", file.display()));
        let told = if keep {
            let kept = self.folder.keep(&file).map_err(failed)?;
            format!("Kept as {}", kept.display())
        } else {
            self.folder.unkeep(&file).map_err(failed)?;
            "No longer kept; it is still among the edits".to_owned()
        };
        self.tell();
        self.write();
        Ok(told)
    }

    /// The file of a result, which the page calls `12`, or `12.2` for the second.
    fn file(&self, job: &str) -> Result<PathBuf, Refusal> {
        let (number, n) = job.split_once('.').unwrap_or((job, "1"));
        let found = || {
            let (id, n) = (number.parse().ok()?, n.parse::<usize>().ok()?);
            let record = self.means.journal().job(JobId(id)).ok()?;
            let is_ours = record.batch == self.filter().batch;
            let last = record.last().filter(|_| is_ours)?;
            let output = last.outputs.iter().find(|output| output.n == n)?;
            Some(output.file.as_ref()?.path.clone())
        };
        found().ok_or_else(|| Refusal::bad("there is no such result"))
    }

    /// All that was begun in the folder has its name.
    fn name(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        filter.batch = Some(self.means.named(self.name()));
        filter
    }
}

/// What is to be done by now, if it is no more than was agreed to.
async fn affordable(local: &Local<'_>, agreed: &Price) -> Result<Plan, Refusal> {
    let plan = local.plan(&Notes::default()).await?;
    local.check_caps(&plan.quoted).map_err(|over| Refusal::outdated(over.message))?;
    if Price::of(&plan.quoted).is_within(agreed) {
        return Ok(plan);
    }
    Err(Refusal::outdated("the price is no longer what it was: nothing was begun"))
}

fn stopped() -> Failure {
    let message = "stopped while edits were under way";
    Failure::new(Exit::Interrupted, "interrupted", message)
        .money("what was submitted goes on at its provider, and is in the journal; what was not is not paid for")
        .next(format!("{}  # leads them on", shell::again("--overwrite", false)))
}
