#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
#[cfg(feature = "axum")]
mod http;
mod receiver;
mod seen;
#[cfg(test)]
mod testing;
mod token;

pub use answer::Answer;
#[cfg(feature = "axum")]
pub use http::{AT_ONCE, router};
pub use receiver::{Incoming, MAX_BODY, NeedsToken, Receiver};
pub use seen::REMEMBERED;
pub use token::{NotASecret, Token, TokenSecret};
