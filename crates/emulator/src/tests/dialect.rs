//! How a provider is spoken to: what stands beside its module, so that every test speaks to all.
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::providers::{PROVIDERS, Provider, find};

/// One way of submitting to one provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    /// The path of the submit, as the contract writes it.
    pub(crate) submit: &'static str,
    /// The path of a status call, as the contract writes it, with `ID` where the id goes.
    pub(crate) status: &'static str,
    /// What to put for that path in the contract, where that is written otherwise.
    pub(crate) status_operation: &'static str,
    /// The path where the result is, with `ID`; the status path where that tells it too.
    pub(crate) result: &'static str,
    /// Where the submit's answer says the id.
    pub(crate) id: &'static str,
    /// Where the status says the state.
    pub(crate) state: &'static str,
    pub(crate) words: Words,
    /// The link to the clip in the answer at `result`.
    pub(crate) link: fn(&Value) -> Option<String>,
    /// The status of the submit's answer.
    pub(crate) accepted: u16,
    /// Where failures say their status, for providers that answer them with 200.
    pub(crate) hidden_status: Option<&'static str>,
    /// The header that carries the key, and what stands before the key there.
    pub(crate) key: (&'static str, &'static str),
    /// A body that is accepted, for this clip.
    pub(crate) body: fn(&str) -> Value,
    /// Where errors say what is wrong.
    pub(crate) error: &'static str,
    /// The status of a body that is wrong.
    pub(crate) invalid: u16,
    /// An id that nobody has, and the status that it gets.
    pub(crate) nobody: (&'static str, u16),
    /// What five seconds cost in `body`.
    pub(crate) credits: f64,
    /// How to ask for a webhook: puts its URL into body or query.
    pub(crate) hook: Hook,
    /// Where a delivery says the state, and the word for a job that is done.
    pub(crate) delivered: (&'static str, &'static str),
}

/// The words for the states of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    pub(crate) queued: &'static str,
    pub(crate) running: &'static str,
    pub(crate) done: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) canceled: &'static str,
}

/// Where a webhook's URL goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hook {
    /// Into the body of the submit.
    Body(fn(&mut Value, &str)),
    /// Into the query of the submit, under this name.
    Query(&'static str),
    /// Into the provider's dashboard, with this event.
    Dashboard(&'static str),
}

/// Every way of submitting to every provider.
pub(crate) fn dialects() -> impl Iterator<Item = Dialect> {
    PROVIDERS.iter().flat_map(|provider: &&Provider| provider.dialects).copied()
}

impl Dialect {
    pub(crate) fn authorized(self, request: RequestBuilder) -> RequestBuilder {
        self.authorized_as(request, "sk-test")
    }

    pub(crate) fn authorized_as(self, request: RequestBuilder, key: &str) -> RequestBuilder {
        let request = request.header(self.key.0, format!("{}{key}", self.key.1));
        self.required_headers()
            .into_iter()
            .fold(request, |request, (name, value)| request.header(name, value))
    }

    /// The headers without which the contract allows no submit, as in its examples.
    fn required_headers(self) -> Vec<(&'static str, &'static str)> {
        let document = find(self.name).map(|provider| provider.contract.document());
        let place = format!("/paths/{}/post/parameters", self.submit.replace('/', "~1"));
        let listed = document.and_then(|document| document.pointer(&place)?.as_array());
        let resolved = listed.into_iter().flatten().map(|parameter| {
            let reference = parameter.get("$ref").and_then(Value::as_str);
            let found = reference.and_then(|at| document?.pointer(at.trim_start_matches('#')));
            found.unwrap_or(parameter)
        });
        resolved
            .filter(|parameter| parameter["in"] == "header" && parameter["required"] == true)
            .filter_map(|header| Some((header["name"].as_str()?, header["example"].as_str()?)))
            .collect()
    }

    pub(crate) fn status_of(self, id: &str) -> String {
        self.status.replace("ID", id)
    }

    /// The status that an answer means: what it says in its body, where failures hide there.
    pub(crate) fn outcome(self, status: u16, body: &Value) -> u16 {
        let hidden = self.hidden_status.and_then(|field| body.pointer(field)?.as_u64());
        hidden.and_then(|code| u16::try_from(code).ok()).unwrap_or(status)
    }
}
