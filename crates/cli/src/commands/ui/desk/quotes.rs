//! The quotes that were shown and can still be run.

use std::collections::VecDeque;

use super::super::{form::Wanted, quote::Price};

/// How many hold at the same time: each page needs one.
const MOST: usize = 32;

/// A quote: what was wanted, and what was said that it costs.
pub(super) struct Held {
    id: String,
    pub(super) wanted: Wanted,
    pub(super) price: Price,
}

/// The newest quotes.
#[derive(Default)]
pub(super) struct Quotes {
    held: VecDeque<Held>,
    /// How many there were.
    count: u64,
}

impl Quotes {
    /// Holds a quote, and says what it is run by.
    pub(super) fn hold(&mut self, wanted: Wanted, price: Price) -> String {
        self.count += 1;
        let id = format!("quote-{}", self.count);
        self.held.push_back(Held { id: id.clone(), wanted, price });
        while self.held.len() > MOST {
            self.held.pop_front();
        }
        id
    }

    /// Takes a quote away, so that it is run once however often the button is pressed.
    pub(super) fn take(&mut self, id: &str) -> Option<Held> {
        let at = self.held.iter().position(|held| held.id == id)?;
        self.held.remove(at)
    }
}
