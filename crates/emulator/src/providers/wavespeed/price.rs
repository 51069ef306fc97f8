//! What an edit costs, and the two routes that say so beforehand.
use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::{MODEL, authorize, body, error, success};
use crate::app::{App, Origin, Shared, round};
use crate::jobs::Billed;
use crate::wire::{self, Answer, Refusal};

/// Dollars a second, of input and of output.
const USD_720P: f64 = 0.10;
const USD_1080P: f64 = 0.15;

/// Seconds of a clip that are billed at least and at most.
const LEAST_SECONDS: f64 = 2.0;
const MOST_SECONDS: f64 = 10.0;

/// Dollars for the shortest clip: what a quote without a clip falls to.
pub(super) const BASE_USD: f64 = 2.0 * LEAST_SECONDS * USD_720P;

pub(super) fn billed(app: &App, origin: &Origin, input: &Value) -> Billed {
    let (input_seconds, output_seconds) =
        app.seconds(origin, input.get("duration").and_then(Value::as_f64));
    let credits = usd(input_seconds, output_seconds, wire::text(input, "resolution"));
    Billed { input_seconds, output_seconds, credits }
}

/// 720p where nothing is said, unlike at the other providers.
fn usd(input_seconds: f64, output_seconds: f64, resolution: &str) -> f64 {
    let rate = if resolution == "1080p" { USD_1080P } else { USD_720P };
    let seconds: f64 = [input_seconds, output_seconds]
        .iter()
        .map(|seconds| seconds.clamp(LEAST_SECONDS, MOST_SECONDS))
        .sum();
    round(rate * seconds)
}

pub(super) async fn quote(State(app): State<Shared>, request: Request) -> Answer {
    let price = estimate(&app, request, "/api/v3/model/price").await?;
    Ok(success(json!({
        "model_id": MODEL, "price": price, "discounted_price": price, "currency": "USD",
    })))
}

/// The older route.
pub(super) async fn unit_price(State(app): State<Shared>, request: Request) -> Answer {
    let price = estimate(&app, request, "/api/v3/model/pricing").await?;
    Ok(success(json!({ "model_id": MODEL, "unit_price": price, "currency": "USD" })))
}

/// Missing inputs are not refused, they make it cheap.
async fn estimate(app: &App, request: Request, path: &str) -> Result<f64, Refusal> {
    authorize(&request)?;
    let body = body(request, path).await?;
    if wire::text(&body, "model_id") != MODEL {
        return Err(error(404, "no such model").into());
    }
    let inputs = body.get("inputs").cloned().unwrap_or_default();
    Ok(match wire::text(&inputs, "video") {
        "" => BASE_USD,
        video => billed(app, &app.origin(video), &inputs).credits,
    })
}

#[cfg(test)]
mod tests {
    use super::usd;

    #[test]
    fn seconds_in_and_out_are_paid_within_limits() {
        let cases = [
            (5.0, 5.0, "", 1.0),
            (5.0, 5.0, "720p", 1.0),
            (5.0, 5.0, "1080p", 1.5),
            (8.0, 3.0, "720p", 1.1),
            (1.0, 1.0, "720p", 0.4),
            (30.0, 10.0, "1080p", 3.0),
        ];
        for (input, output, resolution, dollars) in cases {
            assert_eq!(usd(input, output, resolution), dollars, "{input} {output} {resolution}");
        }
    }
}
