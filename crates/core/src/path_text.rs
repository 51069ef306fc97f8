//! Paths as JSON: a text where the path is one, its bytes in hex digits where it is not.
//!
//! For `#[serde(with = "path_text")]`. Names of files need not be text; what names a paid result must
//! be kept all the same.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Bytes { hex: String },
}

/// Writes a path.
///
/// # Errors
/// That of the serializer, and for names outside Unix that are no text.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    let form = match path.to_str() {
        Some(text) => Form::Text(text.to_owned()),
        None => bytes(path).ok_or_else(|| ser::Error::custom("the path is not text"))?,
    };
    form.serialize(serializer)
}

/// Reads a path.
///
/// # Errors
/// That of the deserializer, and where the form is neither a text nor hex digits.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    match Form::deserialize(deserializer)? {
        Form::Text(text) => Ok(text.into()),
        Form::Bytes { hex } => {
            from_hex(&hex).ok_or_else(|| de::Error::custom("the path's bytes cannot be read"))
        }
    }
}

#[cfg(unix)]
fn bytes(path: &Path) -> Option<Form> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = path.as_os_str().as_bytes();
    Some(Form::Bytes { hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
}

#[cfg(not(unix))]
fn bytes(_: &Path) -> Option<Form> {
    None
}

#[cfg(unix)]
fn from_hex(hex: &str) -> Option<PathBuf> {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let bytes = digits?.chunks(2).map(byte).collect::<Option<_>>()?;
    Some(OsString::from_vec(bytes).into())
}

#[cfg(unix)]
fn byte(digits: &[u8]) -> Option<u8> {
    match digits {
        [high, low] => Some(high << 4 | low),
        _ => None,
    }
}

#[cfg(not(unix))]
fn from_hex(_: &str) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder(#[serde(with = "super")] PathBuf);

    #[test]
    fn a_path_that_is_text_is_written_as_it_is() {
        let json = serde_json::to_string(&Holder("a/ü.mp4".into())).unwrap();
        assert_eq!(json, "\"a/ü.mp4\"");
        assert_eq!(serde_json::from_str::<Holder>(&json).unwrap(), Holder("a/ü.mp4".into()));
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_survives() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let holder = Holder(OsStr::from_bytes(b"a\xff/\x00b").into());
        let json = serde_json::to_string(&holder).unwrap();
        assert_eq!(json, r#"{"hex":"61ff2f0062"}"#);
        assert_eq!(serde_json::from_str::<Holder>(&json).unwrap(), holder);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for json in [r#"{"hex":"6"}"#, r#"{"hex":"zz"}"#, "5"] {
            assert!(serde_json::from_str::<Holder>(json).is_err(), "{json}");
        }
    }
}
