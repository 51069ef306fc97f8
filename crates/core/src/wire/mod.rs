//! What the provider crates share between their generated clients and reshoot's words.

mod answer;
mod auth;
mod call;
mod client;
mod delivery;
mod fault;
mod kept;
mod lenient;
mod limits;
mod look_back;
mod open_enum;
mod read;
mod upload;

pub use answer::{Answer, retry_after};
pub use auth::KeyHeader;
pub use call::{answered, one_job_at_a_time, opened, submitted};
pub use client::{MAX_ANSWER, connect, execute, http_client};
pub use delivery::{DeliveryCheck, TOLERANCE, hmac_sha256_fits, told_secret};
pub use fault::{Fault, Reading, invalid};
pub use kept::{KEY_DOUBTED, KEY_LIFETIME, Kept};
pub use lenient::{LenientNumber, LenientString, in_any_form, or_absent};
pub use limits::*;
pub use look_back::{LookBack, listed};
pub use read::{number, percent, seconds, text};
pub use upload::{
    UPLOAD_TIMEOUT, file_body, file_part, no_files_url, post_form, put_file, send_form,
    unique_name, upload_target,
};
