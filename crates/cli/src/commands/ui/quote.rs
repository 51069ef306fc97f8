//! From a plan to what the page says about it.

use reshoot_journal::Usd;
use reshoot_report::live::{Quote, QuoteAt};
use serde_json::Value;

use super::notes::Noted;
use crate::{
    manifest::Cells,
    output::{Quoted, QuotedAt},
    page::dollars,
};

/// What was quoted: all that the button says must still hold when it is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Price {
    usd: Usd,
    runs: u64,
    unknown: u64,
}

impl Price {
    pub(super) fn of(quoted: &Quoted) -> Self {
        let unknown = quoted.at.iter().map(|at| at.unknown).sum();
        Self { usd: quoted.usd, runs: quoted.to_begin(), unknown }
    }

    /// Whether who agreed to `shown` has agreed to this.
    pub(super) fn is_within(&self, shown: &Self) -> bool {
        self.usd <= shown.usd && self.runs <= shown.runs && self.unknown <= shown.unknown
    }
}

/// What the page says about a plan. `id` is what it is run by.
pub(super) fn quote(
    quoted: &Quoted,
    noted: &Noted,
    rows: &[Cells],
    id: Option<String>,
    trouble: Option<String>,
) -> Quote {
    let price = Price::of(quoted);
    let at = quoted.at.iter().map(|at| at_provider(at, noted, rows)).collect();
    Quote {
        id,
        runs: count(price.runs),
        usd: (price.runs > price.unknown).then(|| dollars(price.usd)),
        unknown: count(price.unknown),
        done: count(quoted.done + quoted.open),
        at,
        trouble,
    }
}

fn at_provider(at: &QuotedAt, noted: &Noted, rows: &[Cells]) -> QuoteAt {
    let is_its = |line: u64| {
        let row = usize::try_from(line).ok().and_then(|line| rows.get(line.checked_sub(1)?));
        row.and_then(|row| row.get("provider")).and_then(Value::as_str) == Some(at.provider)
    };
    let mut violations: Vec<String> = Vec::new();
    for (line, wrong) in &noted.unfit {
        if is_its(*line) && !violations.contains(wrong) {
            violations.push(wrong.clone());
        }
    }
    QuoteAt {
        provider: at.provider.to_owned(),
        runs: count(at.rows),
        usd: (at.rows > at.unknown).then(|| dollars(at.usd)),
        violations,
        warnings: if at.rows > 0 { noted.warnings.clone() } else { Vec::new() },
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
