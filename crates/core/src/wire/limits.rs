//! The limits that a spec states for a request, checked before the request is sent.

use std::fmt;

/// A field of a wire request that breaks a limit of the provider's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldViolation {
    /// The field as the provider calls it, such as `seed` or `media[1].url`.
    pub field: String,
    /// What is wrong and what the limit is, such as `is 11; at most 10 is allowed`.
    pub message: String,
}

impl fmt::Display for FieldViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// Collects every violation of a request; used by the `validate` functions of generated code.
#[derive(Debug, Default)]
pub struct Limits(Vec<FieldViolation>);

impl Limits {
    /// A number, with its limits included in the range.
    pub fn number(&mut self, field: &str, value: &impl Amount, min: Option<f64>, max: Option<f64>) {
        let Some(value) = value.amount() else { return };
        if let Some(min) = min.filter(|min| value < *min || value.is_nan()) {
            self.add(field, format!("is {value}; at least {min} is needed"));
        }
        if let Some(max) = max.filter(|max| value > *max) {
            self.add(field, format!("is {value}; at most {max} is allowed"));
        }
    }

    /// A text, measured in Unicode scalar values, or a list, measured in items.
    pub fn length(
        &mut self,
        field: &str,
        value: &impl Length,
        min: Option<usize>,
        max: Option<usize>,
    ) {
        let Some((length, unit)) = value.length() else {
            return;
        };
        if let Some(min) = min.filter(|min| length < *min) {
            self.add(field, format!("has {length} {unit}; at least {min} needed"));
        }
        if let Some(max) = max.filter(|max| length > *max) {
            self.add(field, format!("has {length} {unit}; at most {max} allowed"));
        }
    }

    /// What is wrong inside a field that has fields of its own.
    pub fn inside(&mut self, field: &str, inner: Result<(), Vec<FieldViolation>>) {
        for violation in inner.err().unwrap_or_default() {
            self.add(&format!("{field}.{}", violation.field), violation.message);
        }
    }

    /// Ends the check.
    ///
    /// # Errors
    /// Every violation found, if any was.
    pub fn finish(self) -> Result<(), Vec<FieldViolation>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }

    fn add(&mut self, field: &str, message: String) {
        let field = field.to_owned();
        self.0.push(FieldViolation { field, message });
    }
}

/// What [`Limits::number`] can measure: none if it is absent.
pub trait Amount {
    /// The number.
    fn amount(&self) -> Option<f64>;
}

impl Amount for f64 {
    fn amount(&self) -> Option<f64> {
        Some(*self)
    }
}

impl Amount for i64 {
    // Limits are far below 2^53, from where on a cast would round.
    fn amount(&self) -> Option<f64> {
        Some(*self as f64)
    }
}

impl Amount for serde_json::Number {
    fn amount(&self) -> Option<f64> {
        self.as_f64()
    }
}

impl<T: Amount> Amount for Option<T> {
    fn amount(&self) -> Option<f64> {
        self.as_ref().and_then(T::amount)
    }
}

/// What [`Limits::length`] can measure: none if it is absent.
pub trait Length {
    /// The length and what it is counted in.
    fn length(&self) -> Option<(usize, &'static str)>;
}

impl Length for String {
    fn length(&self) -> Option<(usize, &'static str)> {
        Some((self.chars().count(), "characters"))
    }
}

impl<T> Length for Vec<T> {
    fn length(&self) -> Option<(usize, &'static str)> {
        Some((self.len(), "items"))
    }
}

impl<T: Length> Length for Option<T> {
    fn length(&self) -> Option<(usize, &'static str)> {
        self.as_ref().and_then(T::length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(limits: Limits) -> Vec<String> {
        let violations = limits.finish().err().unwrap_or_default();
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_keep_to_their_range() {
        for (value, expected) in [
            (-1_i64, Some("n is -1; at least 0 is needed")),
            (0, None),
            (10, None),
            (11, Some("n is 11; at most 10 is allowed")),
        ] {
            let mut limits = Limits::default();
            limits.number("n", &Some(value), Some(0.0), Some(10.0));
            assert_eq!(texts(limits), Vec::from_iter(expected), "{value}");
        }
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        for (value, expected) in [
            ("", Some("prompt has 0 characters; at least 1 needed")),
            ("é", None),
            ("éé", None),
            ("ééé", Some("prompt has 3 characters; at most 2 allowed")),
        ] {
            let mut limits = Limits::default();
            limits.length("prompt", &value.to_owned(), Some(1), Some(2));
            assert_eq!(texts(limits), Vec::from_iter(expected), "{value}");
        }
    }

    #[test]
    fn what_is_absent_breaks_no_limit() {
        let mut limits = Limits::default();
        limits.number("n", &None::<i64>, Some(1.0), None);
        limits.length("prompt", &None::<String>, Some(1), None);
        assert_eq!(limits.finish(), Ok(()));
    }

    #[test]
    fn all_violations_come_at_once_with_their_paths() {
        let mut inner = Limits::default();
        inner.length("url", &String::new(), Some(1), None);
        let mut limits = Limits::default();
        limits.number("n", &9_i64, None, Some(4.0));
        limits.length("images", &vec![(); 5], None, Some(4));
        limits.inside("media[1]", inner.finish());
        assert_eq!(
            texts(limits),
            [
                "n is 9; at most 4 is allowed",
                "images has 5 items; at most 4 allowed",
                "media[1].url has 0 characters; at least 1 needed",
            ]
        );
    }
}
