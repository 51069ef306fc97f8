//! The generator: from `specs/*.yaml` to typed clients, and the house rules; used by developers and
//! tests, never by a downstream build.

pub mod bench;
pub mod fleet;
pub mod generate;
pub mod normalise;
pub mod ours;
pub mod outline;
pub mod regen;
pub mod repo;
pub mod rules;
pub mod spec;
pub mod summary;
pub mod tidy;
pub mod write;
