#![doc = include_str!("../README.md")]

mod caps;
mod error;
mod holder;
mod open;
mod reconcile;
pub mod record;
mod runner;
mod state;
mod store;
mod usd;

pub use caps::Caps;
pub use error::{JournalError, OverCap, Scope, StoreError};
pub use holder::{BEAT, LEASE};
pub use record::{
    Attempt, AttemptId, EventRecord, FileRecord, JobId, JobRecord, Moment, Order, OutputRecord,
    Quote, Via,
};
pub use runner::{
    Closely, Doubt, Goal, Outcome, Route, Routes, RunError, RunEvent, RunOptions, Runner, Watch,
};
pub use state::{NotAState, State};
pub use store::{
    BatchRow, Begin, Ending, Filter, Journal, Listed, Listing, Owed, Room, Spend, SpendLine, Taken,
};
pub use usd::{NotAnAmount, Usd};
