//! Values of an answer that may come in the wrong form without costing the rest of the answer.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Number, Value};

/// A number that some answers carry as a string (`"8.5"`). Anything that is not a finite number is
/// absent, never an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct LenientNumber(Option<f64>);

impl LenientNumber {
    /// The number; none if the provider sent something else.
    #[must_use]
    pub const fn get(self) -> Option<f64> {
        self.0
    }
}

impl From<f64> for LenientNumber {
    fn from(number: f64) -> Self {
        Self(Some(number).filter(|number| number.is_finite()))
    }
}

impl From<Value> for LenientNumber {
    fn from(value: Value) -> Self {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        Self(number.filter(|number| number.is_finite()))
    }
}

impl<'de> Deserialize<'de> for LenientNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for LenientNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Display for LenientNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |number| number.fmt(f))
    }
}

/// A text that some answers carry as a number or a boolean, such as an id or an error code. Anything
/// else is absent, never an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LenientString(Option<String>);

impl LenientString {
    /// The text; none if the provider sent something else.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text; none if the provider sent something else.
    #[must_use]
    pub fn into_string(self) -> Option<String> {
        self.0
    }
}

impl From<&str> for LenientString {
    fn from(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<Value> for LenientString {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        })
    }
}

impl<'de> Deserialize<'de> for LenientString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for LenientString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Display for LenientString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str().unwrap_or_default())
    }
}

/// Reads an optional field of an answer, for `#[serde(deserialize_with)]`: a number sent as a text is
/// still a number, and the other way round; what does not fit the documented type at all is as good
/// as absent, so that one odd field never costs the job id beside it.
///
/// # Errors
/// Only if the text is not JSON at all.
pub fn or_absent<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(read(value).unwrap_or_default())
}

/// Reads a required field of an answer, for `#[serde(deserialize_with)]`: as [`or_absent`] does, but
/// what does not fit is an error.
///
/// # Errors
/// When the value does not fit the type in either form.
pub fn in_any_form<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    read(Value::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    T::deserialize(&value).or_else(|error| {
        let other = other_form(value).and_then(|value| T::deserialize(value).ok());
        other.ok_or(error)
    })
}

/// The same value in the other form in which providers send it.
fn other_form(value: Value) -> Option<Value> {
    match value {
        Value::Bool(flag) => Some(Value::from(flag.to_string())),
        Value::Number(number) => Some(whole(&number).unwrap_or_else(|| number.to_string().into())),
        Value::String(text) => serde_json::from_str(text.trim())
            .ok()
            .filter(|value: &Value| matches!(value, Value::Number(_) | Value::Bool(_))),
        Value::Array(items) => Some(items.into_iter().filter(|item| !item.is_null()).collect()),
        Value::Null | Value::Object(_) => None,
    }
}

/// `20.0` as `20`.
fn whole(number: &Number) -> Option<Value> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    serde_json::from_str(&format!("{float:.0}")).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_as_numbers_or_strings() {
        for (value, number) in [
            (json!(20), Some(20.0)),
            (json!(-0.5), Some(-0.5)),
            (json!("8.5"), Some(8.5)),
            (json!(" 7 "), Some(7.0)),
            (json!("inf"), None),
            (json!("NaN"), None),
            (json!("soon"), None),
            (json!(""), None),
            (json!(null), None),
            (json!(true), None),
            (json!({"amount": 1}), None),
            (json!([1]), None),
        ] {
            let read: LenientNumber = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(read.get(), number, "{value}");
        }
    }

    #[test]
    fn strings_come_as_strings_numbers_or_booleans() {
        for (value, text) in [
            (json!("abc"), Some("abc")),
            (json!(""), Some("")),
            (json!(402), Some("402")),
            (json!(9_007_199_254_740_993_i64), Some("9007199254740993")),
            (json!(false), Some("false")),
            (json!(null), None),
            (json!({"code": 1}), None),
            (json!([]), None),
        ] {
            let read: LenientString = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(read.as_str(), text, "{value}");
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Answer {
        #[serde(deserialize_with = "in_any_form")]
        id: String,
        #[serde(default, deserialize_with = "or_absent")]
        progress: Option<i64>,
        #[serde(default, deserialize_with = "or_absent")]
        outputs: Vec<String>,
    }

    #[test]
    fn an_odd_field_costs_only_itself() {
        for (json, progress, outputs) in [
            (r#"{"id":"j"}"#, None, &[][..]),
            (r#"{"id":"j","progress":7,"outputs":["u"]}"#, Some(7), &["u"]),
            (r#"{"id":"j","progress":"7","outputs":["u",null]}"#, Some(7), &["u"]),
            (r#"{"id":"j","progress":7.0}"#, Some(7), &[]),
            (r#"{"id":"j","progress":7.5}"#, None, &[]),
            (r#"{"id":"j","progress":null,"outputs":null}"#, None, &[]),
            (r#"{"id":"j","progress":"7 %","outputs":{"0":"u"}}"#, None, &[]),
            (r#"{"id":"j","progress":[],"outputs":[{}]}"#, None, &[]),
        ] {
            let outputs = outputs.iter().map(ToString::to_string).collect();
            let expected = Answer { id: "j".to_owned(), progress, outputs };
            assert_eq!(serde_json::from_str::<Answer>(json).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn a_required_text_may_be_a_number_but_not_missing() {
        for (json, id) in [
            (r#"{"id":"12"}"#, Some("12")),
            (r#"{"id":12}"#, Some("12")),
            (r#"{"id":null}"#, None),
            (r#"{"id":{}}"#, None),
            ("{}", None),
        ] {
            let read = serde_json::from_str::<Answer>(json).ok().map(|answer| answer.id);
            assert_eq!(read.as_deref(), id, "{json}");
        }
    }

    #[test]
    fn absent_is_written_as_null() {
        assert_eq!(serde_json::to_string(&LenientNumber::from(f64::NAN)).unwrap(), "null");
        assert_eq!(serde_json::to_string(&LenientString::default()).unwrap(), "null");
        assert_eq!(serde_json::to_string(&LenientString::from("x")).unwrap(), "\"x\"");
    }
}
