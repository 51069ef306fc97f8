//! Links that are signed anew again and again, and lead to the same clip. Pure.

use reshoot::Url;

/// What gives a signature away, and what else it brings; names are told apart by more than their case
/// nowhere. A name that ends in `-` begins many.
const SCHEMES: [(&str, &[&str]); 6] = [
    ("x-amz-signature", &["x-amz-"]),
    ("x-goog-signature", &["x-goog-"]),
    ("x-oss-signature", &["x-oss-"]),
    // CloudFront, Google's and Amazon's older ways, and Alibaba's.
    (
        "signature",
        &[
            "signature",
            "expires",
            "policy",
            "key-pair-id",
            "hash-algorithm",
            "awsaccesskeyid",
            "googleaccessid",
            "ossaccesskeyid",
            "security-token",
            "x-amz-security-token",
        ],
    ),
    // Azure.
    (
        "sig",
        &[
            "sig", "sv", "ss", "srt", "sr", "sp", "st", "se", "spr", "sip", "skoid", "sktid",
            "skt", "ske", "sks", "skv",
        ],
    ),
    ("hdnts", &["hdnts"]),
];

/// A link without its signature. What else stands in it may name the clip, and stays.
pub(crate) fn unsigned(url: &Url) -> Url {
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let used = SCHEMES.iter().find(|(mark, _)| names.iter().any(|name| name == mark));
    let Some((_, brought)) = used else {
        return url.clone();
    };
    let is_brought = |name: &str| {
        let name = name.to_ascii_lowercase();
        brought.iter().any(|it| name == *it || (it.ends_with('-') && name.starts_with(it)))
    };
    let kept: Vec<_> = url
        .query_pairs()
        .filter(|(name, _)| !is_brought(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut plain = url.clone();
    plain.set_query(None);
    if !kept.is_empty() {
        plain.query_pairs_mut().extend_pairs(kept);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_taken_off_and_what_names_the_clip_is_not() {
        for (link, expected) in [
            ("a.mp4", "a.mp4"),
            ("a.mp4?id=7", "a.mp4?id=7"),
            ("a.mp4?st=7&Expires=5", "a.mp4?st=7&Expires=5"),
            (
                "a.mp4?versionId=3&X-Amz-Date=1&X-Amz-Expires=9&X-Amz-Signature=ab",
                "a.mp4?versionId=3",
            ),
            ("a.mp4?X-Goog-Signature=ab&X-Goog-Date=1", "a.mp4"),
            ("a.mp4?AWSAccessKeyId=K&Expires=5&Signature=s", "a.mp4"),
            ("a.mp4?Policy=p&Signature=s&Key-Pair-Id=K&id=7", "a.mp4?id=7"),
            ("a.mp4?sv=2024&se=x&sr=b&sp=r&sig=s", "a.mp4"),
        ] {
            let url = |link: &str| Url::parse(&format!("https://h.example/{link}")).unwrap();
            assert_eq!(unsigned(&url(link)), url(expected));
        }
    }
}
