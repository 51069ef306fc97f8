#![doc = include_str!("../README.md")]
//! # The crate
//! [`Worker`] serves the workflow `ClipJob` and the virtual objects `Fence`, `JobOwner` and `Gate`;
//! [`Client`] hands jobs in and asks how far they are.

mod client;
mod clip_job;
mod engine;
mod fence;
mod gate;
mod moment;
mod owner;
mod worker;

pub use client::{Client, ClientError, Receipt, Status};
pub use clip_job::Cancel;
pub use fence::{FenceAsk, FenceState};
pub use gate::GateAsk;
pub use owner::OwnerState;
pub use worker::{RETENTION, Worker};
