//! One suite for all providers: the same request has the same result, and the same fault the same
//! verdict about money. What differs is chosen by capability.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod answers;
mod edit;
mod faults;
mod find;
mod times;
mod unified;
mod webhooks;
