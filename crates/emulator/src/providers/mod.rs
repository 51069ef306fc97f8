//! The table of providers. A new one is a module here and a line in [`PROVIDERS`].
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::MethodRouter;
use http::Uri;
use serde_json::json;

use crate::app::{App, Shared};
use crate::faults::Operation;
use crate::inject::{self, Site};
use crate::jobs::{Job, Phase};
use crate::validate::Contract;
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire;

mod apiframe;
mod dashscope;
mod evolink;
mod fal;
mod kie;
mod novita;
mod replicate;
mod skills_video;
mod wavespeed;

/// All providers, in the order in which they are listed.
pub(crate) static PROVIDERS: &[&Provider] = &[
    &apiframe::PROVIDER,
    &dashscope::PROVIDER,
    &evolink::PROVIDER,
    &fal::PROVIDER,
    &kie::PROVIDER,
    &novita::PROVIDER,
    &replicate::PROVIDER,
    &skills_video::PROVIDER,
    &wavespeed::PROVIDER,
];

/// What the emulator has to know of a provider.
#[derive(Debug)]
pub(crate) struct Provider {
    /// The provider's word: `/<name>` is its root.
    pub(crate) name: &'static str,
    /// Whether it has a file service of its own at `/<name>-files`.
    pub(crate) file_service: bool,
    /// What is set up in its dashboard instead of with each submit.
    pub(crate) dashboard: Dashboard,
    pub(crate) contract: Contract,
    /// Fields of answers without which a client could do nothing at all: no fault takes them away.
    pub(crate) vital: &'static [&'static str],
    /// The one of them that says how a job stands.
    pub(crate) status: &'static str,
    /// Paths that lead to this provider too: what they begin with, and what stands there instead.
    pub(crate) aliases: &'static [(&'static str, &'static str)],
    /// How long a link to a finished clip lives.
    pub(crate) link_lifetime: Duration,
    /// Pauses before the second, third … try of a delivery, in milliseconds.
    pub(crate) webhook_retries: &'static [u64],
    pub(crate) routes: fn(&Routes<'_>) -> Router<Shared>,
    /// An error in the provider's own format.
    pub(crate) error: fn(u16, &str) -> Response,
    /// What the provider delivers at a moment; nothing, if it is silent then or nobody asked.
    pub(crate) event: fn(&App, &Job, &Phase, Moment, &Subscription) -> Option<Event>,
    /// How the tests speak to it.
    #[cfg(test)]
    pub(crate) dialects: &'static [crate::tests::Dialect],
}

/// What a person sets up in a provider's dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dashboard {
    /// Nothing: webhooks are asked for with each submit.
    Nothing,
    /// The secret that deliveries are signed with; without one they are not signed.
    Secret,
    /// Webhooks, with their secret.
    Webhooks,
}

/// Mounts a provider's handlers, each with the fault layer around it.
#[derive(Debug)]
pub(crate) struct Routes<'a> {
    app: &'a Shared,
    provider: &'static Provider,
}

impl Routes<'_> {
    /// A route's handlers, guarded.
    pub(crate) fn on(
        &self,
        operation: Operation,
        route: MethodRouter<Shared>,
    ) -> MethodRouter<Shared> {
        inject::guard(self.app, Site { provider: self.provider, operation }, route)
    }
}

pub(crate) fn routes(app: &Shared) -> Router<Shared> {
    PROVIDERS.iter().fold(Router::new(), |router, provider| {
        router.merge((provider.routes)(&Routes { app, provider }))
    })
}

pub(crate) fn names() -> Vec<&'static str> {
    PROVIDERS.iter().map(|provider| provider.name).collect()
}

pub(crate) fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.name == name)
}

pub(crate) fn link_lifetime(name: &str) -> Duration {
    find(name).map_or(crate::links::DAY, |provider| provider.link_lifetime)
}

/// The path under the provider's root that an alias stands for; `None` when the path is no alias.
pub(crate) fn canonical(path: &str) -> Option<String> {
    let aliases = PROVIDERS.iter().flat_map(|provider| provider.aliases);
    aliases
        .into_iter()
        .find_map(|(from, to)| path.strip_prefix(from).map(|rest| format!("{to}{rest}")))
}

/// A path that nobody serves, answered by the provider whose root it is under.
pub(crate) async fn not_found(uri: Uri) -> Response {
    match owner(&uri) {
        Some(provider) => (provider.error)(404, "no such path"),
        None => wire::json(
            404,
            json!({ "error": format!("no such path; providers: {}", names().join(", ")) }),
        ),
    }
}

/// A method that a path does not have.
pub(crate) async fn not_allowed(uri: Uri) -> Response {
    match owner(&uri) {
        Some(provider) => (provider.error)(405, "this path does not have this method"),
        None => wire::json(405, json!({ "error": "this path does not have this method" })),
    }
}

fn owner(uri: &Uri) -> Option<&'static Provider> {
    let root = uri.path().trim_start_matches('/').split('/').next()?;
    find(root).or_else(|| find(root.strip_suffix("-files")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_sdks_send_them_lead_to_the_provider() {
        let cases = [
            ("/v3/async/task-result", "/novita/v3/async/task-result"),
            ("/v1/videos/generations", "/evolink/v1/videos/generations"),
            ("/api/v1/files/list", "/evolink-files/api/v1/files/list"),
            ("/v2/jobs/1", "/apiframe/v2/jobs/1"),
            ("/fal-ai/wan/requests/1", "/fal/fal-ai/wan/requests/1"),
            ("/files/upload/multipart", "/fal-files/files/upload/multipart"),
            ("/.well-known/jwks.json", "/fal-files/.well-known/jwks.json"),
            ("/v1/models/pricing", "/fal-files/v1/models/pricing"),
            ("/skills-video/api/v1/generation/x", "/skills-video/generation/x"),
            ("/skills-video/v1/generation/x", "/skills-video/generation/x"),
            ("/api/v1/generations/running", "/skills-video/generations/running"),
            ("/v1/generation/x", "/skills-video/generation/x"),
            ("/api/v3/predictions/x/result", "/wavespeed/api/v3/predictions/x/result"),
            ("/dashscope/api/v1/tasks/1", "/dashscope/tasks/1"),
            ("/api/v1/tasks?page_no=1", "/dashscope/tasks?page_no=1"),
            ("/api/v1/uploads", "/dashscope/uploads"),
            ("/api/v1/services/aigc/x", "/dashscope/services/aigc/x"),
            ("/services/aigc/x", "/dashscope/services/aigc/x"),
            ("/replicate/v1/predictions/1/cancel", "/replicate/predictions/1/cancel"),
            ("/v1/predictions/1", "/replicate/predictions/1"),
            ("/v1/files/1", "/replicate/files/1"),
            ("/v1/account", "/replicate/account"),
        ];
        for (from, to) in cases {
            assert_eq!(canonical(from).as_deref(), Some(to));
        }
    }

    #[test]
    fn paths_under_a_root_are_no_aliases() {
        for path in [
            "/novita/v3/async/task-result",
            "/evolink/v1/tasks/1",
            "/apiframe/v2/me",
            "/fal/fal-ai/wan/requests/1",
            "/fal-files/storage/auth/token",
            "/skills-video/credits",
            "/wavespeed/api/v3/balance",
            "/replicate/predictions",
        ] {
            assert_eq!(canonical(path), None);
        }
    }
}
