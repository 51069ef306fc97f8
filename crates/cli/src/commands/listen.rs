//! `reshoot listen`: receives the webhooks of every provider that there is a key for, until it is stopped.

mod desk;
mod secret;

use std::sync::Arc;

use axum::Router;
use reshoot::{
    Descriptor, PROVIDERS, Provider, Url,
    capabilities::{Signature, Webhook},
};
use reshoot_webhook::{Receiver, Token, router};
use tokio::{net::TcpListener, sync::mpsc};

use super::Context;
use crate::{
    args::{ConnectionArgs, ListenArgs},
    config,
    exit::{Failure, with_cause},
    output::{self, Event},
    session::Connections,
};
use desk::Desk;

/// How many hints may wait to be written down; with more, providers are told to deliver again.
const HINTS: usize = 1024;

pub(super) async fn run(args: &ListenArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let journal = context.journal.open()?;
    let secret = secret::of(&journal)?;
    if let Some(descriptor) = args.print_url {
        output::result(url(&args.public_url, descriptor, &secret.token(descriptor.name())));
        return Ok(());
    }
    let lines = lines()?;
    let listener = TcpListener::bind((args.bind, args.port)).await.map_err(|error| {
        let (bind, port) = (args.bind, args.port);
        Failure::usage(format!("nothing can listen on {bind}:{port}: {}", with_cause(&error)))
            .next("choose another --port; 0 takes a free one")
    })?;
    let mut receiver = Receiver::new();
    for line in &lines {
        let (provider, token) = (line.descriptor.name(), secret.token(line.descriptor.name()));
        let url = url(&args.public_url, line.descriptor, &token);
        context.out.show(Event::Listening { provider, url: &url, advice: line.advice });
        receiver = receiver.with(Arc::clone(&line.provider), token);
    }
    let (sender, hints) = mpsc::channel(HINTS);
    let app = mounted(router(receiver, sender), args.public_url.path());
    if let Ok(address) = listener.local_addr() {
        context.out.show(Event::Ready(address));
    }
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let providers = lines.iter().map(|line| line.descriptor.name()).collect();
    Desk::new(journal, providers, args, context).work(hints, server).await
}

/// A provider that is listened to.
struct Line {
    descriptor: &'static Descriptor,
    provider: Arc<dyn Provider>,
    advice: Option<&'static str>,
}

/// Every provider that there is a key for.
fn lines() -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for descriptor in PROVIDERS {
        if config::has_key(descriptor)? {
            lines.push(line(descriptor)?);
        }
    }
    if lines.is_empty() {
        return Err(Failure::usage("there is no key for any provider: nobody can be listened to")
            .next("reshoot providers lists the variables that keys are taken from"));
    }
    Ok(lines)
}

fn line(descriptor: &'static Descriptor) -> Result<Line, Failure> {
    let via = config::via(descriptor, &ConnectionArgs::default(), None)?;
    let has_secret = config::settings(descriptor, &via)?.webhook_secret.is_some();
    let provider = Connections::real().route(&via)?.provider;
    Ok(Line { descriptor, provider, advice: advice(descriptor, has_secret) })
}

/// What a person has to do in the provider's dashboard.
fn advice(descriptor: &Descriptor, has_secret: bool) -> Option<&'static str> {
    let can = descriptor.capabilities;
    match (can.webhook.value, can.signature.value) {
        (Webhook::Dashboard, Signature::Body) if !has_secret => Some(
            "nothing is believed before its webhook_secret is in the configuration file; both the URL \
             and the secret are set up in its dashboard",
        ),
        (Webhook::Dashboard, _) => Some("the URL is set up in its dashboard, not with --webhook"),
        (_, Signature::Job) if !has_secret => {
            Some("deliveries are checked once its webhook_secret is in the configuration file")
        }
        _ => None,
    }
}

/// `PUBLIC-URL/PROVIDER/TOKEN`
fn url(public: &Url, descriptor: &Descriptor, token: &Token) -> String {
    let public = public.as_str().trim_end_matches('/');
    format!("{public}/{}/{}", descriptor.name(), token.expose())
}

/// Answers below the public URL's path, and without it: some proxies take it off.
fn mounted(app: Router, path: &str) -> Router {
    match path.trim_end_matches('/') {
        "" => app,
        path => app.clone().nest(path, app),
    }
}
