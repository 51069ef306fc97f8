//! What `edit` and `submit` begin with: what is wanted, whether it can be had, and its intent.

use std::path::PathBuf;

use reshoot::{Descriptor, EditRequest, Staging};
use reshoot_emulator::Emulator;
use reshoot_journal::{JobId, Journal, Order, RunEvent, Via};

use super::Context;
use crate::{
    args::{ConnectionArgs, MoneyArgs},
    config,
    exit::Failure,
    interrupts::Interrupted,
    lead::{Lead, show},
    output::Event,
    session::{Connections, start_emulator},
};

/// An edit that is wanted, and the ways on which it may be had.
pub(super) struct Wanted {
    order: Order,
    routes: Vec<Via>,
}

/// Where local files will go.
pub(super) const fn staging(has_bucket: bool) -> Staging {
    if has_bucket { Staging::Store } else { Staging::Provider }
}

/// The ways to the providers that were named.
pub(super) fn routes(
    providers: &[&'static Descriptor],
    connection: &ConnectionArgs,
    stage: Option<&str>,
) -> Result<Vec<Via>, Failure> {
    let named = connection.base_url.is_some() || connection.files_url.is_some();
    if named && providers.len() > 1 {
        return Err(Failure::usage(
            "--base-url and --files-url are for one provider: with several, set the variables, such \
             as EVOLINK_BASE_URL",
        ));
    }
    providers.iter().map(|descriptor| config::via(descriptor, connection, stage)).collect()
}

/// Runs `work` at an emulator inside this process. Its jobs end with the process, so the record of them
/// does too, unless the user named a journal.
pub(super) async fn emulated(
    connection: &ConnectionArgs,
    context: &mut Context<'_>,
    work: impl AsyncFnOnce(&Emulator, Journal, &mut Context<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if connection.base_url.is_some() || connection.files_url.is_some() {
        return Err(Failure::usage(
            "--emulator brings its own addresses: leave --base-url and --files-url out",
        ));
    }
    context.out.show(Event::Emulated);
    let journal = if context.journal.is_named() {
        context.journal.open()?
    } else {
        Journal::in_memory().map_err(|error| Failure::usage(error.to_string()))?
    };
    let emulator = start_emulator().await?;
    let worked = work(&emulator, journal, context).await.map_err(Failure::emulated);
    emulator.shutdown().await;
    worked
}

/// Puts together what is wanted. Refuses what no provider of the list can run, with every reason.
pub(super) fn wanted(
    request: EditRequest,
    target: Option<PathBuf>,
    overwrite: bool,
    money: &MoneyArgs,
    routes: Vec<Via>,
    staging: &dyn Fn(&Descriptor) -> Staging,
) -> Result<Wanted, Failure> {
    if let Some(target) = &target {
        let options = reshoot::DownloadOptions::default().with_overwrite(overwrite);
        reshoot::download::check_targets(target, usize::from(request.outputs), &options)
            .map_err(|error| Failure::no_target(&error, target))?;
    }
    let mut refused = None;
    let able = crate::lead::providers(&routes).into_iter().any(|descriptor| {
        let checked = reshoot::check(request.clone(), descriptor, staging(descriptor));
        checked.map_err(|violations| refused = refused.take().or(Some(violations))).is_ok()
    });
    if let (false, Some(violations)) = (able, refused) {
        return Err(Failure::violations(violations));
    }
    let order = Order::new(request, target)
        .with_overwrite(overwrite)
        .with_batch(money.batch.clone())
        .with_caps(money.caps.caps());
    Ok(Wanted { order, routes })
}

/// Checks that there is a key for every provider that may be tried: a failover must not find out late.
pub(super) fn connectable(connections: &Connections, wanted: &Wanted) -> Result<(), Failure> {
    wanted.routes.iter().try_for_each(|via| connections.route(via).map(drop))
}

/// Writes down the intent.
pub(super) async fn begin(
    lead: &Lead,
    wanted: &Wanted,
    context: &mut Context<'_>,
) -> Result<JobId, Failure> {
    let out = context.out;
    // A record that ends with the process needs no number.
    let stays = lead.runner.journal().path().is_some();
    let mut watch = |event: RunEvent<'_>| {
        if stays || !matches!(event, RunEvent::Recorded(_)) {
            show(out, &event, lead.is_emulated());
        }
    };
    let begun = lead.runner.begin(wanted.order.clone(), &wanted.routes, &mut watch);
    let begun = context.interrupts.or(begun).await;
    begun
        .map_err(|Interrupted| Failure::interrupted_unspent())?
        .map_err(|error| Failure::of_run(error, None, &lead.runner, &context.journal))
}
