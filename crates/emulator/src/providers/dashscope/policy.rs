//! Leave to upload: a signed policy, and the form that must keep to it.
//! Source: <https://help.aliyun.com/zh/model-studio/get-temporary-file-url> (read 2026-11-21).
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::times::utc;
use crate::app::random_uuid;
use crate::links::hmac_sha256;
use crate::wire;

const KEY_ID: &str = "LTAemulator";
const LIFETIME: time::Duration = time::Duration::seconds(300);

/// The video's limit, which is the larger one.
pub(super) const MAX_MB: u64 = 100;

/// Fields of the form that have to be there.
const FIELDS: [&str; 6] =
    ["OSSAccessKeyId", "Signature", "policy", "key", "x-oss-object-acl", "x-oss-forbid-overwrite"];

/// Whom a file belongs to: an account and a model. Tells nothing of the key.
pub(super) fn holder(secret: &[u8], owner: &str, model: &str) -> String {
    let mut holder = hex::encode(hmac_sha256(secret, format!("{owner}\n{model}").as_bytes()));
    holder.truncate(32);
    holder
}

/// Leave for one holder to upload into a folder of its own.
pub(super) fn grant(secret: &[u8], host: &str, holder: &str, now: OffsetDateTime) -> Value {
    let today = utc(now).chars().take(10).collect::<String>();
    let folder = format!("dashscope-instant/{holder}/{today}/{}", random_uuid());
    let policy = json!({
        "expiration": utc(now + LIFETIME),
        "conditions": [
            ["content-length-range", 0, MAX_MB << 20],
            ["starts-with", "$key", folder],
            { "x-oss-object-acl": "private" },
            { "x-oss-forbid-overwrite": "true" },
        ],
    });
    let policy = STANDARD.encode(policy.to_string());
    json!({
        "signature": signature(secret, &policy), "policy": policy, "upload_dir": folder,
        "upload_host": host, "oss_access_key_id": KEY_ID,
        "expire_in_seconds": LIFETIME.whole_seconds(), "max_file_size_mb": MAX_MB,
        "capacity_limit_mb": 999_999_999, "x_oss_object_acl": "private",
        "x_oss_forbid_overwrite": "true",
    })
}

fn signature(secret: &[u8], policy: &str) -> String {
    STANDARD.encode(hmac_sha256(secret, policy.as_bytes()))
}

/// Why a form is refused: a status, and the store's code and message.
pub(super) type Refused = (u16, String);

/// Holds a form against the policy that came with it.
pub(super) fn check(
    secret: &[u8],
    form: &HashMap<String, String>,
    now: OffsetDateTime,
) -> Result<(), Refused> {
    if let Some(missing) = FIELDS.into_iter().find(|field| !form.contains_key(*field)) {
        return Err((
            400,
            format!("InvalidArgument: {missing} is missing, or comes after the file"),
        ));
    }
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("OSSAccessKeyId") != KEY_ID {
        return Err((403, "InvalidAccessKeyId".to_owned()));
    }
    if field("Signature") != signature(secret, field("policy")) {
        return Err((403, "SignatureDoesNotMatch".to_owned()));
    }
    let broken = broken(field("policy"), &field, now);
    let problem = |broken| (403, format!("AccessDenied: Invalid according to Policy: {broken}"));
    broken.map_or(Ok(()), |broken| Err(problem(broken)))
}

/// What of a policy a form does not keep.
fn broken<'a>(
    policy: &str,
    field: &impl Fn(&str) -> &'a str,
    now: OffsetDateTime,
) -> Option<&'static str> {
    // One that cannot be read keeps nothing.
    let text = STANDARD.decode(policy).unwrap_or_default();
    let policy: Value = serde_json::from_slice(&text).unwrap_or_default();
    let ends = OffsetDateTime::parse(wire::text(&policy, "expiration"), &Rfc3339).ok();
    let folder = policy.pointer("/conditions/1/2").and_then(Value::as_str).unwrap_or_default();
    let name = field("key").strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    let problems = [
        (ends.is_none_or(|ends| now > ends), "Policy expired."),
        (name.is_none_or(str::is_empty), "Policy Condition failed: key"),
        (field("x-oss-object-acl") != "private", "Policy Condition failed: x-oss-object-acl"),
        (
            field("x-oss-forbid-overwrite") != "true",
            "Policy Condition failed: x-oss-forbid-overwrite",
        ),
    ];
    problems.into_iter().find(|(is_broken, _)| *is_broken).map(|(_, problem)| problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"secret";

    /// The form that a leave asks for.
    fn form(leave: &Value) -> HashMap<String, String> {
        let text = |name: &str| wire::text(leave, name).to_owned();
        let fields = [
            ("OSSAccessKeyId", text("oss_access_key_id")),
            ("Signature", text("signature")),
            ("policy", text("policy")),
            ("key", format!("{}/clip.mp4", text("upload_dir"))),
            ("x-oss-object-acl", text("x_oss_object_acl")),
            ("x-oss-forbid-overwrite", text("x_oss_forbid_overwrite")),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn a_leave_ends_after_five_minutes() {
        let now = OffsetDateTime::now_utc();
        let form = form(&grant(SECRET, "http://host", "me", now));
        assert_eq!(check(SECRET, &form, now + time::Duration::seconds(299)), Ok(()));
        let (status, reason) =
            check(SECRET, &form, now + time::Duration::seconds(301)).unwrap_err();
        assert_eq!(
            (status, reason.as_str()),
            (403, "AccessDenied: Invalid according to Policy: Policy expired.")
        );
    }

    #[test]
    fn a_form_must_keep_to_its_policy() {
        let now = OffsetDateTime::now_utc();
        let leave = grant(SECRET, "http://host", "me", now);
        let folder = wire::text(&leave, "upload_dir");
        let cases = [
            ("OSSAccessKeyId", "LTAother", 403, "InvalidAccessKeyId"),
            ("Signature", "forged", 403, "SignatureDoesNotMatch"),
            ("policy", "e30=", 403, "SignatureDoesNotMatch"),
            ("key", "elsewhere/clip.mp4", 403, "AccessDenied"),
            ("key", folder, 403, "AccessDenied"),
            ("x-oss-object-acl", "public-read", 403, "AccessDenied"),
            ("x-oss-forbid-overwrite", "false", 403, "AccessDenied"),
        ];
        for (field, value, status, code) in cases {
            let mut form = form(&leave);
            form.insert(field.to_owned(), value.to_owned());
            let (got, reason) = check(SECRET, &form, now).unwrap_err();
            assert!(got == status && reason.starts_with(code), "{field} {got} {reason}");
        }
        for field in FIELDS {
            let mut form = form(&leave);
            form.remove(field);
            assert_eq!(check(SECRET, &form, now).unwrap_err().0, 400, "{field}");
        }
    }

    #[test]
    fn a_holder_is_an_account_and_a_model() {
        let me = holder(SECRET, "sk-me", "m");
        assert_eq!(me, holder(SECRET, "sk-me", "m"));
        assert_ne!(me, holder(SECRET, "sk-you", "m"));
        assert_ne!(me, holder(SECRET, "sk-me", "n"));
    }
}
