//! Money: whole millionths of a US dollar, so that sums are exact.

use std::{fmt, iter::Sum, str::FromStr};

use serde::{Deserialize, Serialize};

const MICROS: i64 = 1_000_000;

/// An amount of US dollars, never negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(into = "f64", try_from = "f64")]
pub struct Usd(i64);

/// A text that is no amount of dollars.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of US dollars: write it as 2.50")]
pub struct NotAnAmount;

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many millionths of a dollar; nothing where it is negative.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(if micros < 0 { 0 } else { micros })
    }

    /// The amount, rounded up to the next millionth: what is set aside must suffice.
    ///
    /// None where it is not a number, negative, or above nine billion.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked")]
    pub fn at_least(dollars: f64) -> Option<Self> {
        let micros = (dollars * MICROS as f64 - 1e-3).ceil().max(0.0);
        let fits = dollars.is_finite() && dollars >= 0.0 && micros < 9e15;
        fits.then_some(Self(micros as i64))
    }

    /// In millionths of a dollar.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Both together; at most the largest amount there is.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

impl From<Usd> for f64 {
    #[allow(clippy::cast_precision_loss, reason = "nobody spends nine billion dollars")]
    fn from(amount: Usd) -> Self {
        amount.0 as Self / MICROS as Self
    }
}

impl TryFrom<f64> for Usd {
    type Error = NotAnAmount;

    fn try_from(dollars: f64) -> Result<Self, NotAnAmount> {
        Self::at_least(dollars).ok_or(NotAnAmount)
    }
}

impl fmt::Display for Usd {
    /// `$2.50`; more digits only where there are smaller parts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, rest) = (self.0 / MICROS, self.0 % MICROS);
        let digits = format!("{rest:06}");
        let small = digits.get(2..).unwrap_or_default().trim_end_matches('0');
        write!(f, "${dollars}.{}{small}", digits.get(..2).unwrap_or_default())
    }
}

impl FromStr for Usd {
    type Err = NotAnAmount;

    /// Reads `2`, `2.5`, `$2.50`: at most six digits after the point, and exactly what is written.
    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        let text = text.trim();
        let text = text.strip_prefix('$').unwrap_or(text);
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 9 || part.len() > 6 || !digits(whole) || !digits(part)
        {
            return Err(NotAnAmount);
        }
        format!("{whole}{part:0<6}").parse().map(Self).map_err(|_| NotAnAmount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_and_shown_with_cents() {
        for (text, micros, shown) in [
            ("2", 2_000_000, "$2.00"),
            ("$2.5", 2_500_000, "$2.50"),
            ("0.000001", 1, "$0.000001"),
            (" 10.125 ", 10_125_000, "$10.125"),
            ("999999999.999999", 999_999_999_999_999, "$999999999.999999"),
        ] {
            let amount: Usd = text.parse().unwrap();
            assert_eq!((amount.micros(), amount.to_string().as_str()), (micros, shown));
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "$", "-1", "1e3", "1,50", "1.2345678", ".5", "nan", "1000000000", "1.-5"] {
            assert_eq!(text.parse::<Usd>(), Err(NotAnAmount), "{text}");
        }
    }

    #[test]
    fn what_is_set_aside_is_rounded_up_and_never_nonsense() {
        for (dollars, micros) in [
            (0.86, Some(860_000)),
            (3.0 * 0.144, Some(432_000)),
            (0.000_000_4, Some(1)),
            (0.0, Some(0)),
            (-1.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (1e12, None),
        ] {
            assert_eq!(Usd::at_least(dollars).map(Usd::micros), micros, "{dollars}");
        }
    }
}
