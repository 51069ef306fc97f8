//! Caps on spending: whether an edit may be begun. Pure.

use crate::{OverCap, Scope, Usd};

/// How much may be spent. Enforced in the same transaction that records the intent, so that two
/// processes cannot both slip under a cap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caps {
    /// For the job with all its attempts; for the whole batch where the job is part of one.
    pub max_cost: Option<Usd>,
    /// For all jobs of the journal that are begun on one day, UTC.
    pub max_cost_per_day: Option<Usd>,
    /// Whether a provider that publishes no price may be used under a cap. Its jobs then count as
    /// nothing.
    pub allow_unknown_price: bool,
    /// What somebody agreed to pay for the job: no attempt of it may be quoted at more. Unknown prices
    /// pass, since they were agreed to as such.
    pub agreed: Option<Usd>,
}

impl Caps {
    /// Caps the job, or the batch it is part of.
    #[must_use]
    pub const fn with_max_cost(mut self, cap: Option<Usd>) -> Self {
        self.max_cost = cap;
        self
    }

    /// Caps each day.
    #[must_use]
    pub const fn with_max_cost_per_day(mut self, cap: Option<Usd>) -> Self {
        self.max_cost_per_day = cap;
        self
    }

    /// Lets unknown prices pass, or not.
    #[must_use]
    pub const fn with_unknown_price(mut self, allow: bool) -> Self {
        self.allow_unknown_price = allow;
        self
    }

    /// Holds each attempt of a job to the price that somebody agreed to.
    #[must_use]
    pub const fn with_agreed(mut self, agreed: Option<Usd>) -> Self {
        self.agreed = agreed;
        self
    }

    /// Whether anything is capped, beside the price that was agreed to.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.max_cost.is_some() || self.max_cost_per_day.is_some()
    }
}

/// What was spent or set aside before, in the scopes that caps hold for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    /// By the job, or by its batch.
    pub(crate) scope: Scope,
    pub(crate) in_scope: Usd,
    pub(crate) today: Usd,
}

/// Whether `quote` more may be spent; none: the price is unknown.
pub(crate) fn allow(
    caps: &Caps,
    spent: &Spent,
    quote: Option<Usd>,
    provider: &str,
) -> Result<(), OverCap> {
    let Some(quote) = quote else {
        return if caps.any() && !caps.allow_unknown_price {
            Err(OverCap::UnknownPrice { provider: provider.to_owned() })
        } else {
            Ok(())
        };
    };
    if let Some(agreed) = caps.agreed.filter(|agreed| quote > *agreed) {
        return Err(OverCap::Dearer { agreed, quote });
    }
    let scoped = caps.max_cost.map(|cap| (spent.scope.clone(), cap, spent.in_scope));
    let daily = caps.max_cost_per_day.map(|cap| (Scope::Day, cap, spent.today));
    for (scope, cap, spent) in scoped.into_iter().chain(daily) {
        if spent.plus(quote) > cap {
            return Err(OverCap::Exceeded { scope, cap, spent, quote });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    fn verdict(caps: &Caps, in_scope: &str, today: &str, quote: Option<&str>) -> String {
        let spent = Spent { scope: Scope::Job, in_scope: usd(in_scope), today: usd(today) };
        match allow(caps, &spent, quote.map(usd), "novita") {
            Ok(()) => "may".to_owned(),
            Err(over) => over.to_string(),
        }
    }

    #[test]
    fn a_cap_may_be_reached_and_not_passed() {
        let caps =
            Caps::default().with_max_cost(Some(usd("1"))).with_max_cost_per_day(Some(usd("5")));
        for (in_scope, today, quote, expected) in [
            ("0", "0", "1", "may"),
            ("0", "4", "1", "may"),
            (
                "0",
                "0",
                "1.000001",
                "it would cost $1.000001; $1.00 of the $1.00 for this job are left",
            ),
            ("0.5", "0.5", "0.6", "it would cost $0.60; $0.50 of the $1.00 for this job are left"),
            ("0", "4.5", "0.6", "it would cost $0.60; $0.50 of the $5.00 for today (UTC) are left"),
            ("0", "9", "0.1", "it would cost $0.10; $0.00 of the $5.00 for today (UTC) are left"),
        ] {
            assert_eq!(verdict(&caps, in_scope, today, Some(quote)), expected);
        }
    }

    #[test]
    fn no_attempt_is_dearer_than_what_was_agreed_to() {
        let caps = Caps::default().with_agreed(Some(usd("0.864")));
        for (quote, expected) in [
            (Some("0.864"), "may"),
            (Some("2.592"), "it would cost $2.592, and $0.864 was agreed to"),
            (None, "may"),
        ] {
            assert_eq!(verdict(&caps, "9", "9", quote), expected);
        }
    }

    #[test]
    fn an_unknown_price_passes_no_cap_unless_it_is_allowed() {
        let capped = Caps::default().with_max_cost(Some(usd("100")));
        for (caps, passes) in [
            (Caps::default(), true),
            (capped.clone(), false),
            (Caps::default().with_max_cost_per_day(Some(usd("100"))), false),
            (capped.with_unknown_price(true), true),
        ] {
            assert_eq!(verdict(&caps, "0", "0", None) == "may", passes, "{caps:?}");
        }
    }
}
