//! What is left in the account, and what an edit costs.
use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::{PROVIDER, authorize, error, sentence, submit, success};
use crate::app::{App, Shared};
use crate::wire::{self, Answer};

/// What the account holds before anything is spent.
const BALANCE: f64 = 1_000_000.0;

const USD_PER_CREDIT: f64 = 0.005;

pub(super) fn left(app: &App) -> i64 {
    whole(BALANCE - app.spent(PROVIDER.name))
}

#[expect(clippy::cast_possible_truncation, reason = "at most a million credits, already whole")]
pub(super) fn whole(credits: f64) -> i64 {
    credits as i64
}

/// The balance stands in `data` itself.
pub(super) async fn credits(State(app): State<Shared>, request: Request) -> Answer {
    authorize(&request)?;
    Ok(success(left(&app)))
}

/// Rows are named in words. The first is of another model: it only looks like an edit's.
const ROWS: [(&str, &str, f64); 3] = [
    ("wan 2.7 video, text-to-video, 720p", "wan/2-7-text-to-video", 1.0),
    ("wan 2.7 video, videoedit, 720p", super::MODEL, submit::CREDITS_720P),
    ("wan 2.7 video, videoedit, 1080p", super::MODEL, submit::CREDITS_1080P),
];

/// Public: no key is asked for.
pub(super) async fn prices(request: Request) -> Answer {
    let body = wire::body(request).await.map_err(|problem| error(422, &problem))?;
    if let Some(violation) =
        PROVIDER.contract.request("/client/v1/model-pricing/page", &body).first()
    {
        return Err(error(422, &sentence(violation)).into());
    }
    let number = |field: &str| {
        body.get(field).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(1)
    };
    let (page, size) = (number("pageNum"), number("pageSize"));
    let (words, kind) = (wire::text(&body, "modelDescription"), wire::text(&body, "interfaceType"));
    let wanted = |name: &str| name.contains(words) && (kind.is_empty() || kind == "video");
    let rows: Vec<Value> =
        ROWS.iter().filter(|(name, _, _)| wanted(name)).map(|row| view(*row)).collect();
    let (total, pages) = (rows.len(), rows.len().div_ceil(size));
    let shown: Vec<Value> =
        rows.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    Ok(success(json!({ "records": shown, "total": total, "pages": pages })))
}

fn view((name, model, credits): (&str, &str, f64)) -> Value {
    let model: String = url::form_urlencoded::byte_serialize(model.as_bytes()).collect();
    json!({
        "modelDescription": name, "interfaceType": "video", "provider": "Wan",
        "creditPrice": whole(credits).to_string(), "creditUnit": "per second",
        "usdPrice": format!("{:.2}", credits * USD_PER_CREDIT),
        "anchor": format!("https://kie.ai/wan-2-7-video?model={model}"),
    })
}
