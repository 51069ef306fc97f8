//! The provider's temporary store: a form, signed by a policy, that any holder may send.

use std::time::{Duration, SystemTime};

use reqwest::multipart::{Form, Part};
use reshoot_core::{
    Error, ErrorKind, LocalFile, Operation, Staged, Url,
    wire::{number, text},
};

use crate::{NAME, generated::types};

/// How long a file lives there.
const LIFETIME: Duration = Duration::from_secs(48 * 60 * 60);

/// A policy for one file, and the name that the file will have in the store.
#[derive(Debug)]
pub(crate) struct Ticket {
    policy: types::UploadPolicy,
    key: String,
}

impl Ticket {
    /// Reads the policy for a file that shall be called `name`.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`] when there is none; [`ErrorKind::InvalidRequest`] when the file is
    /// larger than it allows.
    pub(crate) fn new(
        answer: types::UploadPolicyAnswer,
        file: &LocalFile,
        name: &str,
    ) -> Result<Self, Error> {
        let refuse = |kind, message: String| {
            Error::new(kind, Operation::Upload, message).with_provider(NAME)
        };
        let policy = answer.data.ok_or_else(|| {
            refuse(ErrorKind::Unreadable, "the answer holds no policy for an upload".to_owned())
        })?;
        let most = number(policy.max_file_size_mb).filter(|most| *most > 0.0);
        // A file's length is far below what a number with a fraction can hold.
        #[allow(clippy::cast_precision_loss)]
        let megabytes = file.bytes as f64 / f64::from(1 << 20);
        if let Some(most) = most.filter(|most| megabytes > *most) {
            let message = format!(
                "{} has {megabytes:.1} MB; the provider's store takes {most} MB at present",
                file.path.display()
            );
            return Err(refuse(ErrorKind::InvalidRequest, message));
        }
        let key = format!("{}/{name}", policy.upload_dir.trim_end_matches('/'));
        Ok(Self { policy, key })
    }

    /// Where the form is to be sent.
    pub(crate) fn host(&self) -> &str {
        &self.policy.upload_host
    }

    /// The form; the file must come last.
    pub(crate) fn form(&self, file: Part, content_type: &'static str) -> Form {
        let Self { policy, key } = self;
        let optional = |field: &Option<_>| text(field.clone()).unwrap_or_default();
        Form::new()
            .text("OSSAccessKeyId", policy.oss_access_key_id.clone())
            .text("Signature", policy.signature.clone())
            .text("policy", policy.policy.clone())
            .text("key", key.clone())
            .text("x-oss-object-acl", optional(&policy.x_oss_object_acl))
            .text("x-oss-forbid-overwrite", optional(&policy.x_oss_forbid_overwrite))
            .text("success_action_status", "200")
            .text("x-oss-content-type", content_type)
            .part("file", file)
    }

    /// Where the model, and nobody else, can read the file then.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`] when its name makes no address.
    pub(crate) fn staged(&self, now: SystemTime) -> Result<Staged, Error> {
        let url = Url::parse(&format!("oss://{}", self.key)).map_err(|error| {
            let message = "the provider's store gave no usable name for the file";
            Error::new(ErrorKind::Unreadable, Operation::Upload, message)
                .with_provider(NAME)
                .with_source(error)
        })?;
        Ok(Staged::new(url, now.checked_add(LIFETIME)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use reshoot_core::MediaKind;
    use serde_json::{Value, json};

    use super::*;

    fn ticket(most: &Value, bytes: u64) -> Result<Ticket, Error> {
        let policy = json!({
            "policy": "p", "signature": "s", "upload_dir": "dashscope-instant/Ab1/2026-11-21/x",
            "upload_host": "https://store.example", "oss_access_key_id": "k",
            "max_file_size_mb": most,
        });
        let file = LocalFile::new(PathBuf::from("a.mp4"), MediaKind::Video, bytes, "video/mp4");
        let answer = serde_json::from_value(json!({"data": policy})).unwrap();
        Ticket::new(answer, &file, "reshoot-1.mp4")
    }

    #[test]
    fn the_model_reads_a_file_by_its_name_in_the_store() {
        let staged = ticket(&json!(100), 5).unwrap().staged(SystemTime::UNIX_EPOCH).unwrap();
        let name = "oss://dashscope-instant/Ab1/2026-11-21/x/reshoot-1.mp4";
        assert_eq!(staged.url.as_str(), name);
        assert_eq!(staged.expires, Some(SystemTime::UNIX_EPOCH + LIFETIME));
    }

    #[test]
    fn a_file_that_the_policy_does_not_allow_is_not_sent() {
        for (most, bytes, fine) in [
            (json!(1), 1 << 20, true),
            (json!(1), (1 << 20) + 1, false),
            (json!("1"), (1 << 20) + 1, false),
            (Value::Null, 1 << 30, true),
        ] {
            assert_eq!(ticket(&most, bytes).is_ok(), fine, "{most} {bytes}");
        }
    }
}
