//! `reshoot ui`: the page of comparisons, live on this machine: clips come in, are quoted, run and compared.
//!
//! ```text
//! browser ──▶ guard ──▶ server ──asks──▶ desk ──▶ batch ──▶ journal
//!    ▲                    │ ▲              │
//!    └────────────────────┘ └────news──────┘
//! ```
//!
//! The server belongs to whoever holds the token in its address. The desk does one thing after the other
//! where money is concerned, and is the same machinery as `reshoot batch`.

mod desk;
mod form;
mod guard;
mod notes;
mod quote;
mod refusal;
mod server;
mod upload;

use std::net::Ipv4Addr;

use reshoot_webhook::TokenSecret;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};

use self::{desk::Desk, server::Counter};
use super::{Context, batch::Means, begin};
use crate::{
    args::{ConnectionArgs, UiArgs},
    exit::{Failure, with_cause},
    output::Event,
    page::Folder,
};

/// How many questions may wait at the desk.
const ASKS: usize = 64;

pub(super) async fn run(args: &UiArgs, context: &mut Context<'_>) -> Result<(), Failure> {
    let folder = Folder::new(&args.output, args.overwrite, args.staging.emulator)?;
    folder.make(upload::CLIPS)?;
    let _lock = folder.lock()?;
    if args.staging.emulator {
        let connection = ConnectionArgs::default();
        return begin::emulated(&connection, context, async |emulator, journal, context| {
            serve(args, &folder, &Means::emulated(journal, emulator, &args.load), context).await
        })
        .await;
    }
    let means = Means::real(context.journal.open()?, &args.load);
    serve(args, &folder, &means, context).await
}

async fn serve(
    args: &UiArgs,
    folder: &Folder,
    means: &Means<'_>,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let token = TokenSecret::random().map_err(|error| Failure::usage(error.to_string()))?;
    let token = token.token("ui");
    let at = (Ipv4Addr::LOCALHOST, args.port);
    let unusable = |error: std::io::Error| {
        let message = format!("nothing can listen on {}:{}: {}", at.0, at.1, with_cause(&error));
        Failure::usage(message).next("choose another --port; 0 takes a free one")
    };
    let listener = TcpListener::bind(at).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let url = format!("http://{address}/{}/", token.expose());
    let (asks, asked) = mpsc::channel(ASKS);
    let (news, told) = watch::channel(server::News::default());
    let counter = Counter::new(token, address, asks, told, folder.path(), args.most_bytes());
    let server = tokio::spawn(async move { axum::serve(listener, server::router(counter)).await });
    context.out.show(Event::Serving(&url));
    let desk = Desk::new(args, folder, means, context.out, context.journal.clone(), news)?;
    desk.work(asked, server, &mut context.interrupts).await
}
