//! What the provider crates share between their generated clients and reshoot's words.

mod answer;
mod auth;
mod client;
mod fault;
mod lenient;
mod limits;
mod look_back;
mod open_enum;
mod read;
mod upload;

pub use answer::{Answer, retry_after};
pub use auth::KeyHeader;
pub use client::{MAX_ANSWER, connect, execute, http_client, read_json, send};
pub use fault::{Fault, Reading, invalid};
pub use lenient::{LenientNumber, LenientString, in_any_form, or_absent};
pub use limits::*;
pub use look_back::LookBack;
pub use read::{number, percent, text};
pub use upload::{UPLOAD_TIMEOUT, file_body, file_part, unique_name};
