//! Where a request lies in the queue: under its owner and its app, without the rest of the model's id.

use reshoot_core::{Error, ErrorKind, JobRef, Operation, Url};

use crate::NAME;

/// The owner and the app under which the requests of this model lie.
const OWNER: &str = "fal-ai";
const APP: &str = "wan";

/// The queue's own hosts.
const HOSTS: [&str; 2] = ["queue.fal.run", "queue.falrun.com"];

/// A request's place. As the id of a job it is the request's id, or `owner/app/id` where a submit's
/// answer named another place than usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) owner: String,
    pub(crate) app: String,
    pub(crate) id: String,
}

impl Place {
    /// The usual place of a request.
    fn usual(id: &str) -> Self {
        Self { owner: OWNER.to_owned(), app: APP.to_owned(), id: id.to_owned() }
    }

    /// The place that the status URL of a submit's answer names, if its host is fal's, or the one that
    /// was set. Any other URL counts for nothing: the key is not sent there.
    pub(crate) fn of(id: &str, status_url: Option<&str>, base: &str) -> Self {
        status_url.and_then(|url| named(id, url, base)).unwrap_or_else(|| Self::usual(id))
    }

    /// The place of a job.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when the id is none of fal's.
    pub(crate) fn of_job(job: &JobRef) -> Result<Self, Error> {
        let id = job.id_for(NAME)?;
        let segments: Vec<_> = id.split('/').collect();
        match segments.as_slice() {
            [id] => Ok(Self::usual(id)),
            [owner, app, id] if segments.iter().all(|segment| is_plain(segment)) => Ok(Self {
                owner: (*owner).to_owned(),
                app: (*app).to_owned(),
                id: (*id).to_owned(),
            }),
            _ => {
                let message = format!("{id:?} is not the id of a request");
                Err(Error::new(ErrorKind::InvalidRequest, Operation::Other, message)
                    .with_provider(NAME))
            }
        }
    }

    /// The job at this place.
    pub(crate) fn job(&self) -> Result<JobRef, Error> {
        if (self.owner.as_str(), self.app.as_str()) == (OWNER, APP) {
            return JobRef::new(NAME, self.id.as_str());
        }
        JobRef::new(NAME, format!("{}/{}/{}", self.owner, self.app, self.id))
    }
}

fn named(id: &str, url: &str, base: &str) -> Option<Place> {
    let (url, base) = (Url::parse(url).ok()?, Url::parse(base).ok()?);
    let ours = url.origin() == base.origin();
    let fals = url.scheme() == "https" && HOSTS.contains(&url.host_str()?);
    if !ours && !fals {
        return None;
    }
    // Behind a proxy the paths lie under the path of the base URL.
    let root = if ours { base.path().trim_end_matches('/') } else { "" };
    let segments: Vec<_> = url.path().strip_prefix(root)?.trim_matches('/').split('/').collect();
    match segments.as_slice() {
        [owner, app, "requests", named, "status"] if *named == id => {
            let place = [owner, app].map(|segment| (*segment).to_owned());
            let [owner, app] = place;
            (is_plain(&owner) && is_plain(&app)).then(|| Place { owner, app, id: id.to_owned() })
        }
        _ => None,
    }
}

fn is_plain(segment: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !matches!(segment, "" | "." | "..") && segment.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submits_status_url_names_the_place_if_its_host_is_fals() {
        let (fal, proxy) = ("https://queue.fal.run", "http://127.0.0.1:4010/fal");
        for (url, base, place) in [
            (Some("https://queue.fal.run/fal-ai/wan/requests/r/status"), fal, "r"),
            (
                Some("https://queue.fal.run/fal-ai/wan-two/requests/r/status"),
                fal,
                "fal-ai/wan-two/r",
            ),
            (
                Some("https://queue.falrun.com/fal-ai/wan-two/requests/r/status"),
                fal,
                "fal-ai/wan-two/r",
            ),
            (
                Some("http://127.0.0.1:4010/fal/fal-ai/wan-two/requests/r/status"),
                proxy,
                "fal-ai/wan-two/r",
            ),
            (
                Some("https://queue.fal.run/fal-ai/wan-two/requests/r/status"),
                proxy,
                "fal-ai/wan-two/r",
            ),
            (Some("https://evil.example/fal-ai/wan-two/requests/r/status"), fal, "r"),
            (Some("https://queue.fal.run.evil.example/a/b/requests/r/status"), fal, "r"),
            (Some("http://queue.fal.run/fal-ai/wan-two/requests/r/status"), fal, "r"),
            (Some("https://queue.fal.run/fal-ai/wan-two/requests/other/status"), fal, "r"),
            (Some("https://queue.fal.run/fal-ai/wan/v2.7/requests/r/status"), fal, "r"),
            (Some("https://queue.fal.run/a%2Fb/c/requests/r/status"), fal, "r"),
            (Some("not a url"), fal, "r"),
            (None, fal, "r"),
        ] {
            let job = Place::of("r", url, base).job().unwrap();
            assert_eq!(job.id(), place, "{url:?} {base}");
            assert_eq!(Place::of_job(&job).unwrap().id, "r");
        }
    }

    #[test]
    fn ids_of_another_form_are_refused() {
        for id in ["a/b", "a/b/c/d", "../x/r", "a/../r", "a//r", "a/b?/r"] {
            let job = JobRef::new(NAME, id).unwrap();
            assert!(Place::of_job(&job).is_err(), "{id}");
        }
    }
}
