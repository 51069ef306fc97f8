//! What talks to a provider, and what is kept of its answers.

use async_trait::async_trait;
use reshoot_core::{Charge, EditRequest, JobRef, Url};
use serde::{Deserialize, Serialize};

use crate::{
    order::{Order, Pacing},
    outcome::File,
};

/// The calls of one edit. Each may be made again after a crash; only [`submit`](Work::submit) costs
/// money, and only the job logic decides when that is called.
#[async_trait]
pub trait Work: Send + Sync {
    /// Checks the order and brings its files to where the provider reads them.
    async fn prepare(&self, order: &Order) -> Prepared;

    /// The paid request, claimed at `since`: sends nothing if that is too long ago, since whoever found
    /// the claim may have looked the job up by now.
    async fn submit(&self, order: &Order, plan: &Plan, since: u64) -> Sent;

    /// The very same request under the very same key, while the provider surely remembers that key;
    /// sends nothing otherwise.
    async fn replay(&self, order: &Order, plan: &Plan, since: u64) -> Sent;

    /// Looks for the job that a submit at `since` may have made.
    async fn look(&self, order: &Order, plan: &Plan, since: u64) -> Looked;

    /// Asks once how a job stands.
    async fn status(&self, order: &Order, job: &JobRef) -> Seen;

    /// Fetches the results, whole or not at all.
    async fn fetch(&self, order: &Order, job: &JobRef) -> Fetched;

    /// Stops a job, if the provider does that.
    async fn cancel(&self, order: &Order, job: &JobRef) -> Stopping;
}

/// A request that can be submitted, and what the provider allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The request, the same for every try, its key included.
    pub request: EditRequest<Url>,
    /// Whether a submit may be repeated under its key.
    pub replays: bool,
    /// The most it costs by its estimate, in US dollars; none where unknown.
    pub usd: Option<f64>,
    /// How often to ask.
    pub pacing: Pacing,
    /// After how many milliseconds a submit is given up. Part of the plan, since what follows counts on
    /// it, and whoever sends may have been started with another one.
    pub within: u64,
    /// From how many milliseconds after a submit on a list shows the job that it made.
    pub lag: u64,
    /// From how many milliseconds after a submit on no job can come of it any more, and every list
    /// would show it.
    pub latest: u64,
    /// For how many milliseconds a job runs, typically.
    pub runs_for: u64,
}

/// What came of preparing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prepared {
    /// It can be submitted.
    Ready(Box<Plan>),
    /// It cannot be; nothing was spent.
    Unfit(String),
    /// It may go better later; nothing was spent.
    Again(String),
}

/// What came of a submit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sent {
    /// This job was made.
    Accepted(String),
    /// Proved: no job was made.
    Refused {
        /// Why.
        reason: String,
        /// After how many milliseconds it may be sent again; none: never.
        again: Option<u64>,
    },
    /// Perhaps a job was made.
    Unknown(String),
}

/// What came of a look-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    /// The provider's list.
    List {
        /// Jobs with our very input, made nearest to the claim first.
        ours: Vec<String>,
        /// How many more may be ours, since the provider does not tell their input.
        perhaps: usize,
        /// Whether every job made since was looked at.
        complete: bool,
        /// Milliseconds since the claim, by this machine's clock.
        age: u64,
    },
    /// There is none.
    CannotList,
    /// It did not come.
    Missed(String),
}

impl Looked {
    /// The list without the jobs of our input: they are other keys'.
    pub(crate) fn without_ours(self) -> Self {
        match self {
            Self::List { perhaps, complete, age, .. } => {
                Self::List { ours: Vec::new(), perhaps, complete, age }
            }
            other => other,
        }
    }
}

/// What came of a poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Not ended.
    Running {
        /// Percent done.
        percent: Option<u8>,
    },
    /// Done.
    Succeeded {
        /// What was billed.
        billed: Option<Charge>,
    },
    /// Ended without a result.
    Failed {
        /// Why.
        reason: String,
        /// Whether the provider says that nothing was billed.
        unbilled: bool,
    },
    /// Stopped by somebody.
    Canceled,
    /// The provider says that it no longer has the job, or its result.
    Gone,
    /// The poll failed; that says nothing about the job.
    Missed {
        /// Milliseconds that the provider asks to wait.
        pause: Option<u64>,
        /// Whether it will not pass by itself: a key that is not accepted, say.
        stuck: bool,
    },
}

/// What came of a download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fetched {
    /// All files are here.
    Files(Vec<File>),
    /// It may go better later.
    Again(String),
    /// The provider has them no more.
    Gone(String),
}

/// What came of stopping a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopping {
    /// Whether it surely takes up no room at the provider any more.
    pub ended: bool,
    /// What became of it, in plain words.
    pub note: String,
}
