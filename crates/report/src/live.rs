//! The page while work is in progress: a new comparison is begun in it, and its list keeps up.
//!
//! Only what is shown is made here. Whoever serves the page answers what its script asks, relative
//! to the page's own address; each request but GET has the header `X-Reshoot: 1`:
//!
//! | Request | Answer |
//! |---|---|
//! | `PUT clips?name=walk.mp4`, the file as body | 201 `{"clip", "name", "about"}` |
//! | `POST quote`, what is chosen | 200 `{"html", "quote", "label"}`: [`quote`], its id or null, [`label`] |
//! | `POST run {"quote"}` | 202 `{}`, or 409 where the quote no longer holds |
//! | `POST keep {"job", "keep"}` | 200 `{"message"}` |
//! | `GET edits?after=VERSION`, from 0 | 200 `{"version", "counts", "summary", "list"}`: [`update`], or 204 |
//!
//! Other answers carry `{"message"}`, which is shown. What is chosen is `clip`, `prompts`, `seeds`,
//! `providers`, `resolution`, `audio`, and where they are given `aspect_ratio`, `duration` (seconds)
//! and `negative_prompt`. Nothing is run but by the press of the button that says the price.

mod form;
mod page;
mod quote;

pub use page::{page, policy, update};
pub use quote::{label, quote};

/// What can be chosen for a new comparison. The first of each list is what is chosen at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The providers, in the order in which they are to be shown.
    pub providers: Vec<Choice>,
    /// Size classes of the result.
    pub resolutions: Vec<String>,
    /// Shapes of the result besides the clip's own.
    pub aspect_ratios: Vec<String>,
    /// What can become of the sound.
    pub audio: Vec<String>,
    /// The largest clip that is taken, in bytes.
    pub most_bytes: u64,
    /// What people call the folder that results go to.
    pub folder: String,
    /// The limit of what is spent, such as "at most $5.00 in all".
    pub cap: Option<String>,
}

/// A provider that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The provider's word.
    pub name: String,
    /// What it calls itself.
    pub title: String,
    /// Why it cannot be used, with what to do about it; none if it can.
    pub trouble: Option<String>,
}

/// What a comparison would cost in all, and what of it cannot be run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quote {
    /// What the quote is run by; none if there is nothing that can be run.
    pub id: Option<String>,
    /// How many edits would be submitted.
    pub runs: usize,
    /// What those at a known price cost at most, in US dollars; none if no price is known.
    pub usd: Option<f64>,
    /// How many of the runs are at an unknown price.
    pub unknown: usize,
    /// How many more are there already and are not paid for again; they are not among the runs.
    pub done: usize,
    /// The same for each provider that is chosen.
    pub at: Vec<QuoteAt>,
    /// Why nothing is run although something could be: the limit, say.
    pub trouble: Option<String>,
}

/// What a comparison would cost at one provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuoteAt {
    /// The provider's word.
    pub provider: String,
    /// How many edits would be submitted to it.
    pub runs: usize,
    /// What they cost at most, in US dollars; none if that is not known.
    pub usd: Option<f64>,
    /// Why it cannot be run, or not all of it.
    pub violations: Vec<String>,
    /// What is to be known before it is run.
    pub warnings: Vec<String>,
}

/// What changes in the page while it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The line beneath the heading, as text.
    pub counts: String,
    /// The section of prices and times, as HTML.
    pub summary: String,
    /// The items of the list, as HTML.
    pub list: String,
}
