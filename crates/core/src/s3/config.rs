//! Which bucket, where, and with what credentials.

use rusty_s3::UrlStyle;

use crate::{
    error::{Error, ErrorKind, Operation},
    secret::ApiKey,
};

/// A bucket and the credentials for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct S3Config {
    /// The bucket's name.
    pub bucket: String,
    /// What the names of all objects begin with, without slashes at its ends; may be empty.
    pub prefix: String,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The store's base URL, if it is not AWS. The bucket then stands in the path.
    pub endpoint: Option<String>,
    /// The name of the access key.
    pub access_key_id: String,
    /// The secret of the access key.
    pub secret_access_key: ApiKey,
    /// The token that belongs to temporary credentials.
    pub session_token: Option<ApiKey>,
}

impl S3Config {
    /// The bucket that `target` names, `s3://bucket/prefix`, with the rest from variables that
    /// `var` looks up: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
    /// `AWS_REGION` or `AWS_DEFAULT_REGION`, and `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` for
    /// stores other than AWS. An empty variable counts as unset. With an endpoint the region is
    /// `us-east-1` if none is set.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] names what is missing or wrong.
    pub fn from_vars(target: &str, var: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let (bucket, prefix) = read_target(target)?;
        let any = |names: &[&str]| {
            let value = |name: &&str| var(name).filter(|value| !value.trim().is_empty());
            names.iter().find_map(value).map(|value| value.trim().to_owned())
        };
        let need = |names: &[&str]| any(names).ok_or_else(|| missing(names));
        let endpoint = any(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
        let region = match any(&["AWS_REGION", "AWS_DEFAULT_REGION"]) {
            Some(region) => region,
            None if endpoint.is_some() => "us-east-1".to_owned(),
            None => return Err(missing(&["AWS_REGION"])),
        };
        check_region(&region)?;
        Ok(Self {
            bucket,
            prefix,
            region,
            endpoint,
            access_key_id: need(&["AWS_ACCESS_KEY_ID"])?,
            secret_access_key: ApiKey::new(need(&["AWS_SECRET_ACCESS_KEY"])?)?,
            session_token: any(&["AWS_SESSION_TOKEN"]).map(ApiKey::new).transpose()?,
        })
    }

    /// The base URL, and where in a URL the bucket stands.
    pub(super) fn address(&self) -> (String, UrlStyle) {
        if let Some(endpoint) = &self.endpoint {
            return (endpoint.clone(), UrlStyle::Path);
        }
        // AWS in China has a domain of its own.
        let china = if self.region.starts_with("cn-") { ".cn" } else { "" };
        // A name with dots matches no certificate as part of the host.
        let dotted = self.bucket.contains('.');
        let style = if dotted { UrlStyle::Path } else { UrlStyle::VirtualHost };
        (format!("https://s3.{}.amazonaws.com{china}", self.region), style)
    }
}

/// Reads `s3://bucket/prefix`. Bucket names by
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html> (2026-11-20).
fn read_target(target: &str) -> Result<(String, String), Error> {
    let rest = target.strip_prefix("s3://").unwrap_or_default();
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let bucket_fits = (3..=63).contains(&bucket.len())
        && bucket.chars().all(fits)
        && !bucket.contains("..")
        && !bucket.starts_with(['-', '.'])
        && !bucket.ends_with(['-', '.']);
    let prefix = prefix.trim_matches('/');
    let prefix_fits = !prefix.split('/').any(|part| matches!(part, "." | ".."))
        && !prefix.chars().any(char::is_control)
        && prefix.len() <= 512;
    if bucket_fits && prefix_fits {
        return Ok((bucket.to_owned(), prefix.to_owned()));
    }
    Err(unusable("the store must read s3://bucket or s3://bucket/prefix"))
}

/// The region becomes part of a host name.
fn check_region(region: &str) -> Result<(), Error> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if region.len() <= 63 && region.chars().all(fits) {
        return Ok(());
    }
    Err(unusable("AWS_REGION is not the name of a region"))
}

fn missing(names: &[&str]) -> Error {
    unusable(format!("the store needs {} to be set", names.join(" or ")))
}

fn unusable(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, Operation::Configure, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Vars<'a> = &'a [(&'a str, &'a str)];

    const KEY: Vars<'_> = &[("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "hush")];

    fn config(target: &str, more: Vars<'_>) -> Result<S3Config, Error> {
        S3Config::from_vars(target, |name| {
            let pair = more.iter().chain(KEY).find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        })
    }

    #[test]
    fn a_target_names_bucket_and_prefix() {
        for (target, expected) in [
            ("s3://clips", Some(("clips", ""))),
            ("s3://clips/", Some(("clips", ""))),
            ("s3://clips/a/b/", Some(("clips", "a/b"))),
            ("s3://my.clips/a", Some(("my.clips", "a"))),
            ("s3://", None),
            ("s3://ab", None),
            ("s3://Clips", None),
            ("s3://-clips", None),
            ("s3://a..b", None),
            ("s3://clips/../x", None),
            ("s3://user@clips/x", None),
            ("clips", None),
            ("https://clips", None),
        ] {
            let read = config(target, &[("AWS_REGION", "eu-central-1")]).ok();
            let read = read.as_ref().map(|it| (it.bucket.as_str(), it.prefix.as_str()));
            assert_eq!(read, expected, "{target}");
        }
    }

    #[test]
    fn the_address_follows_region_endpoint_and_name() {
        for (target, vars, base, in_path) in [
            (
                "s3://clips",
                [("AWS_REGION", "eu-central-1")],
                "https://s3.eu-central-1.amazonaws.com",
                false,
            ),
            (
                "s3://clips",
                [("AWS_DEFAULT_REGION", "cn-north-1")],
                "https://s3.cn-north-1.amazonaws.com.cn",
                false,
            ),
            (
                "s3://my.clips",
                [("AWS_REGION", "us-east-1")],
                "https://s3.us-east-1.amazonaws.com",
                true,
            ),
            (
                "s3://clips",
                [("AWS_ENDPOINT_URL", "https://s3.example")],
                "https://s3.example",
                true,
            ),
            ("s3://clips", [("AWS_ENDPOINT_URL_S3", "http://[::1]:9")], "http://[::1]:9", true),
        ] {
            let (address, style) = config(target, &vars).unwrap().address();
            assert_eq!(
                (address.as_str(), matches!(style, UrlStyle::Path)),
                (base, in_path),
                "{target}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (unset, named) in [
            ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
            ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
            ("AWS_REGION", "AWS_REGION"),
        ] {
            let error = S3Config::from_vars("s3://clips", |name| {
                (name != unset && name != "AWS_DEFAULT_REGION")
                    .then(|| "x".to_owned())
                    .filter(|_| !name.starts_with("AWS_ENDPOINT"))
            });
            assert!(error.unwrap_err().message().contains(named), "{unset}");
        }
    }

    #[test]
    fn a_region_cannot_lead_to_another_host() {
        assert!(config("s3://clips", &[("AWS_REGION", "evil.example/")]).is_err());
    }

    #[test]
    fn secrets_do_not_show() {
        let more = [("AWS_REGION", "x"), ("AWS_SESSION_TOKEN", "quiet")];
        let shown = format!("{:?}", config("s3://clips", &more).unwrap());
        assert!(!shown.contains("hush") && !shown.contains("quiet"), "{shown}");
    }
}
