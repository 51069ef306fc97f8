//! Which provider a row goes to first, and which after it. Pure.

use reshoot::Descriptor;
use reshoot_journal::Usd;

use crate::{args::Weight, exit::Failure, manifest::RowKey};

/// How rows are shared among providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Each row at the cheapest that can run it.
    Cheapest,
    /// By weight, one for each provider.
    Spread(Vec<u32>),
}

impl Share {
    /// What was typed; without any weight all are the same.
    pub(super) fn new(
        spread: Option<&[Weight]>,
        providers: &[&'static Descriptor],
    ) -> Result<Self, Failure> {
        let Some(weights) = spread else {
            return Ok(Self::Cheapest);
        };
        if weights.is_empty() {
            return Ok(Self::Spread(vec![1; providers.len()]));
        }
        let is = |one: &Descriptor, other: &Descriptor| one.name() == other.name();
        if let Some(stray) = weights.iter().find(|it| !providers.iter().any(|p| is(p, it.of))) {
            let message = format!("--spread names {0}, --provider does not", stray.of.name());
            return Err(Failure::usage(message));
        }
        let weight = |provider: &&'static Descriptor| {
            weights.iter().find(|it| is(it.of, provider)).map_or(0, |it| it.weight)
        };
        Ok(Self::Spread(providers.iter().map(weight).collect()))
    }
}

/// What a provider would take for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// Which of the batch's providers.
    pub(super) provider: usize,
    /// None: it is not known.
    pub(super) usd: Option<Usd>,
}

/// The offers in the order in which they are tried. The same row always goes the same way, so that what
/// was quoted is what is done.
pub(super) fn in_order(mut offers: Vec<Offer>, share: &Share, key: RowKey) -> Vec<Offer> {
    offers.sort_by_key(|offer| (offer.usd.is_none(), offer.usd));
    if let Share::Spread(weights) = share
        && let Some(drawn) = drawn(&offers, weights, key)
    {
        let first = offers.remove(drawn);
        offers.insert(0, first);
    }
    offers
}

/// Which offer a row draws, by the weights of those that are made.
fn drawn(offers: &[Offer], weights: &[u32], key: RowKey) -> Option<usize> {
    let weight = |offer: &Offer| u64::from(weights.get(offer.provider).copied().unwrap_or(0));
    let mut left = key.below(offers.iter().map(weight).sum());
    offers.iter().position(|offer| {
        let weight = weight(offer);
        let is_drawn = left < weight;
        left = left.saturating_sub(weight);
        is_drawn
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn key(n: usize) -> RowKey {
        RowKey::of_file(Path::new(&n.to_string()))
    }

    fn order(prices: &[Option<&str>], share: &Share, n: usize) -> Vec<usize> {
        let offer = |(provider, price): (usize, &Option<&str>)| Offer {
            provider,
            usd: price.map(|usd| usd.parse().unwrap()),
        };
        let offers = prices.iter().enumerate().map(offer).collect();
        in_order(offers, share, key(n)).iter().map(|offer| offer.provider).collect()
    }

    #[test]
    fn the_cheapest_goes_first_unknown_prices_last_and_equals_as_they_were_typed() {
        let order = |prices: &[Option<&str>]| order(prices, &Share::Cheapest, 1);
        assert_eq!(order(&[Some("2"), Some("1"), Some("3")]), [1, 0, 2]);
        assert_eq!(order(&[None, Some("9"), None, Some("9")]), [1, 3, 0, 2]);
    }

    #[test]
    fn rows_are_spread_by_weight_and_the_same_row_always_goes_the_same_way() {
        let share = Share::Spread(vec![3, 1, 0]);
        let prices = [Some("2"), Some("1"), Some("3")];
        let mut counts = [0_u32; 3];
        for n in 0..4000 {
            let first = order(&prices, &share, n)[0];
            assert_eq!(first, order(&prices, &share, n)[0]);
            counts[first] += 1;
        }
        assert!(counts[0].abs_diff(3000) < 100 && counts[1].abs_diff(1000) < 100, "{counts:?}");
        assert_eq!(counts[2], 0);
    }

    #[test]
    fn after_the_one_that_was_drawn_come_the_others_cheapest_first() {
        let share = Share::Spread(vec![0, 0, 1]);
        assert_eq!(order(&[Some("2"), Some("1"), Some("3")], &share, 1), [2, 1, 0]);
    }

    #[test]
    fn a_row_that_no_provider_with_a_weight_can_run_goes_to_the_cheapest() {
        let share = Share::Spread(vec![0, 0]);
        assert_eq!(order(&[Some("2"), Some("1")], &share, 1), [1, 0]);
        assert!(order(&[], &share, 1).is_empty());
    }
}
