//! The layer around each handler: counts the call, waits the latency, lets a fault strike.
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::{HeaderValue, StatusCode, header};

use crate::app::{Shared, random_hex};
use crate::faults::Operation;
use crate::kinds::{Fault, JobFault};
use crate::providers::Provider;
use crate::{links, server, spoil};

/// Which call of which provider a route is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) provider: &'static Provider,
    pub(crate) operation: Operation,
}

/// In a request's extensions: what this call does to its job.
#[derive(Debug, Clone)]
pub(crate) struct Strike(pub(crate) Option<JobFault>);

/// Puts the layer around a route.
pub(crate) fn guard(app: &Shared, site: Site, route: MethodRouter<Shared>) -> MethodRouter<Shared> {
    route.route_layer(middleware::from_fn_with_state((app.clone(), site), strike))
}

async fn strike(
    State((app, site)): State<(Shared, Site)>,
    mut request: Request,
    next: Next,
) -> Response {
    app.received(site.provider.name, site.operation);
    let fault = app.fault(site.provider.name, site.operation);
    pause(app.config.latency).await;
    if let Some(Fault::Slow { ms }) = fault {
        pause(Duration::from_millis(ms)).await;
    }
    if let Some(response) = fault.as_ref().and_then(|fault| instead(fault, site)) {
        return named(response);
    }
    request.extensions_mut().insert(Strike(fault.as_ref().and_then(Fault::on_job)));
    let response = named(next.run(request).await);
    match fault {
        Some(fault) => after(fault, site, response).await,
        None => response,
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// A request id, as gateways add it.
fn named(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&format!("req_{}", random_hex(8))) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// The answer of faults that strike before anything is done.
fn instead(fault: &Fault, site: Site) -> Option<Response> {
    match fault {
        Fault::ResetBefore => Some(server::hang_up()),
        Fault::RateLimited { retry_after, as_date } => {
            Some(rate_limited(site, *retry_after, *as_date))
        }
        Fault::Html502 => Some(html_502()),
        Fault::ErrorBefore { status } => {
            Some((site.provider.error)(*status, "the emulator was told to refuse this call"))
        }
        Fault::DeadLink { status } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NOT_FOUND);
            Some(links::refusal(status, "NoSuchKey"))
        }
        Fault::ExpiredLink => {
            Some(links::refusal(StatusCode::FORBIDDEN, "AccessDenied: Request has expired"))
        }
        _ => None,
    }
}

/// What is left of the answer of faults that strike after the work is done.
async fn after(fault: Fault, site: Site, response: Response) -> Response {
    match fault {
        Fault::LostReply => server::hang_up(),
        Fault::ErrorAfter { status } => {
            (site.provider.error)(status, "the emulator was told to fail after the work")
        }
        Fault::Hang => std::future::pending().await,
        other => spoil::spoil(other, site.provider, response).await,
    }
}

fn rate_limited(site: Site, retry_after: Option<u64>, as_date: bool) -> Response {
    let mut response = (site.provider.error)(429, "too many requests");
    let text = retry_after.map(|seconds| match as_date {
        true => {
            httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(seconds))
        }
        false => seconds.to_string(),
    });
    if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn html_502() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], Body::from(page))
        .into_response()
}
