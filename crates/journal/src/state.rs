//! Where an attempt stands, and what it can become: the state machine of money.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where one attempt at one provider stands. Each state is written **before** what it permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Meant, quoted, and its price set aside. Nothing has left this machine that costs money.
    Intent,
    /// The paid request may be leaving, or may have left.
    Submitting,
    /// The provider made a job; its id is here.
    Accepted,
    /// The provider works on it.
    Running,
    /// Done at the provider; the result is not here yet.
    Succeeded,
    /// Every result is here, whole.
    Downloaded,
    /// Proved that no job was made: nothing is owed.
    Refused,
    /// The job ended without a result.
    Failed,
    /// The job was stopped.
    Canceled,
    /// The job was done, but the provider no longer has its result.
    Expired,
    /// It is not known whether a job was made.
    PerhapsCharged,
    /// Given up by its user.
    Abandoned,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 12] = [
        Self::Intent,
        Self::Submitting,
        Self::Accepted,
        Self::Running,
        Self::Succeeded,
        Self::Downloaded,
        Self::Refused,
        Self::Failed,
        Self::Canceled,
        Self::Expired,
        Self::PerhapsCharged,
        Self::Abandoned,
    ];

    /// The word for it, as it stands in the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Submitting => "submitting",
            Self::Accepted => "accepted",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Downloaded => "downloaded",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::PerhapsCharged => "perhaps_charged",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether something is still to be done or to be found out.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Intent
                | Self::Submitting
                | Self::Accepted
                | Self::Running
                | Self::Succeeded
                | Self::PerhapsCharged
        )
    }

    /// Whether it is not known that a job was made, nor that none was.
    #[must_use]
    pub const fn is_in_doubt(self) -> bool {
        matches!(self, Self::Submitting | Self::PerhapsCharged)
    }

    /// The states that this one can follow. A step from any other is refused by the journal: somebody
    /// else has moved the attempt.
    #[must_use]
    pub const fn after(self) -> &'static [Self] {
        use State as S;
        match self {
            // It was proved that nothing was made, and it is still wanted.
            S::Intent => &[S::Submitting, S::PerhapsCharged],
            S::Submitting => &[S::Intent],
            // Whatever was thought of it: an id that a provider gave is kept.
            S::Accepted => &[S::Submitting, S::PerhapsCharged, S::Intent, S::Refused, S::Abandoned],
            S::Running => &[S::Accepted],
            // From `Downloaded`: its file is gone, or is not what was written.
            S::Succeeded => &[S::Accepted, S::Running, S::Downloaded],
            S::Downloaded => &[S::Succeeded],
            S::Refused => &[S::Intent, S::Submitting],
            S::PerhapsCharged => &[S::Submitting, S::PerhapsCharged],
            S::Failed | S::Canceled => &[S::Accepted, S::Running],
            S::Expired => &[S::Accepted, S::Running, S::Succeeded],
            S::Abandoned => &[
                S::Intent,
                S::Submitting,
                S::PerhapsCharged,
                S::Accepted,
                S::Running,
                S::Succeeded,
            ],
        }
    }
}

impl fmt::Display for State {
    /// The word as people say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PerhapsCharged => "perhaps charged",
            state => state.as_str(),
        })
    }
}

/// A word that is no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a state: {known}", known = State::ALL.map(State::as_str).join(", "))]
pub struct NotAState(String);

impl FromStr for State {
    type Err = NotAState;

    fn from_str(word: &str) -> Result<Self, NotAState> {
        let given = word.replace(['-', ' '], "_");
        let known = Self::ALL.into_iter().find(|state| state.as_str() == given);
        known.ok_or_else(|| NotAState(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_is_written_and_as_it_is_said() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert!("lost".parse::<State>().unwrap_err().to_string().contains("perhaps_charged"));
    }

    #[test]
    fn a_submit_leaves_only_from_an_intent() {
        assert_eq!(State::Submitting.after(), [State::Intent]);
    }

    #[test]
    fn what_was_accepted_is_never_called_unpaid_or_in_doubt_again() {
        for state in [State::Intent, State::Submitting, State::Refused, State::PerhapsCharged] {
            let unpaid = |before: &State| before.is_in_doubt() || *before == State::Intent;
            assert!(state.after().iter().all(unpaid), "{state}");
        }
    }
}
