//! What a page shows, as plain data.

use std::time::Duration;

use crate::MediaPath;

/// Everything that a page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The heading, and the title of the window.
    pub title: String,
    /// What must be known before all else: that no model ran, say.
    pub notice: Option<String>,
    /// When it was so, in words; none: it is so now.
    pub as_of: Option<String>,
    /// The clips, each with its edits, in the order in which they are to be shown.
    pub clips: Vec<Clip>,
}

/// A clip, and what was made of it. One without edits is not shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clip {
    /// What people call it; the name of its file, say. Never a path.
    pub name: String,
    /// The original, if it lies in the page's folder; without it there is no before, only after.
    pub original: Option<MediaPath>,
    /// Frames per second of the original: how far a step goes. Thirty where it is not known.
    pub frame_rate: Option<f64>,
    /// What was made of it, provider by provider or prompt by prompt.
    pub edits: Vec<Edit>,
}

/// One edit of a clip. A job with several results is several edits; say its price at the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The provider's word.
    pub provider: String,
    /// What was asked for. It is shown as it is, whatever is in it.
    pub prompt: String,
    /// Name and value of each other setting. What follows the `?` of a link in a value is left
    /// out, as are a user and a password, since both may be secrets.
    pub settings: Vec<(String, String)>,
    /// What became of it.
    pub state: State,
    /// Its number where it is written down: what a person types to learn more.
    pub job: Option<String>,
    /// What it was said to cost at most, in US dollars.
    pub quoted: Option<f64>,
    /// What counts for it now that it is known, in US dollars: what was billed, or the quote where the
    /// provider does not tell, or nothing. None while it is open.
    pub settled: Option<f64>,
    /// What the provider says that it billed.
    pub billed: Option<Charge>,
    /// How long it waited at the provider before it ran.
    pub queued: Option<Time>,
    /// How long it ran.
    pub running: Option<Time>,
    /// How long it took in all, from submit to end, as it was seen from here.
    pub took: Option<Duration>,
    /// Whether somebody has chosen to keep it.
    pub kept: bool,
}

impl Edit {
    /// An edit of which no more is known than this.
    #[must_use]
    pub fn new(provider: impl Into<String>, prompt: impl Into<String>, state: State) -> Self {
        Self {
            provider: provider.into(),
            prompt: prompt.into(),
            settings: Vec::new(),
            state,
            job: None,
            quoted: None,
            settled: None,
            billed: None,
            queued: None,
            running: None,
            took: None,
            kept: false,
        }
    }

    /// What it cost in US dollars, or will at most.
    pub(crate) fn price(&self) -> Option<f64> {
        self.settled.or_else(|| self.billed?.usd).or(self.quoted)
    }

    /// The size of its file.
    pub(crate) const fn bytes(&self) -> Option<u64> {
        match self.state {
            State::Done { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// How long it took in all: in queue and running, if both are known. None while it is open.
    pub(crate) fn time(&self) -> Option<Duration> {
        match (self.queued, self.running) {
            _ if matches!(self.state, State::Open { .. }) => None,
            (Some(queued), Some(running)) => Some(queued.span.saturating_add(running.span)),
            (queued, running) => self.took.or(Some(running.or(queued)?.span)),
        }
    }
}

/// How long something took, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// How long.
    pub span: Duration,
    /// Whether it is what was seen from here, by asking now and then, and not what the provider tells.
    pub is_seen: bool,
}

/// What became of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Done {
        /// Where its file is.
        file: MediaPath,
        /// The size of the file.
        bytes: u64,
        /// The file's SHA-256 in hexadecimal.
        sha256: String,
    },
    /// It ended without a result.
    Failed {
        /// Why. Links in it are shortened as in settings.
        reason: String,
    },
    /// It has not ended, or nobody knows how it did.
    Open {
        /// Where it stands, in a word or two: "queued", "running", "perhaps charged".
        word: String,
        /// How long ago it was submitted, and how long such jobs take in all; none: nobody waits for it.
        progress: Option<(Duration, Duration)>,
    },
}

/// What was billed: dollars, the provider's own credits, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Charge {
    /// US dollars.
    pub usd: Option<f64>,
    /// The provider's credits.
    pub credits: Option<f64>,
}
