//! The same jobs led by reshoot: through a journal and a gate, and by the provider's calls alone.

use std::{sync::Arc, time::Duration};

use reshoot::{
    ApiKey, DownloadOptions, EditOptions, EditRequest, Error, Gate, Provider, ProviderExt,
    Settings, Url, WaitOptions,
};
use reshoot_journal::{Goal, Journal, Order, Outcome, Route, RunError, RunOptions, Runner, Via};
use tokio::time::sleep;

use crate::load::{CLIP, Load, Orders, PROMPT, PROVIDER};

/// Leads all jobs through a journal and a gate, and says how many became a file.
pub(crate) async fn lead(orders: Orders, journal: Journal) -> usize {
    let runner = runner(&orders, journal);
    let one = |orders: Arc<Orders>, n| {
        let (runner, order) = (runner.clone(), Order::new(request(), Some(orders.target(n))));
        // The rows of a batch are told apart by their number, so they are begun as such.
        let order = order.with_row("bench", n.to_string());
        async move { told(led(&runner, order).await) }
    };
    orders.lead(one).await
}

async fn led(runner: &Runner, order: Order) -> Result<bool, RunError> {
    let id = runner.begin(order, &[Via::new(PROVIDER)], &mut |_| {}).await?;
    let outcome = runner.lead(id, Goal::Downloaded, &mut |_| {}).await?;
    Ok(matches!(outcome, Outcome::Downloaded { .. }))
}

fn runner(orders: &Orders, journal: Journal) -> Runner {
    let Load { at_once, starts, .. } = orders.load;
    let gate = Gate::new(reshoot::Load { at_once, starts, per: Duration::from_secs(1) });
    let provider = provider(&orders.base);
    let routes = move |_: &Via| -> Result<Route, Error> {
        Ok(Route::new(Arc::clone(&provider)).with_gate(Some(gate.clone())))
    };
    let mut options = RunOptions::default();
    options.wait = WaitOptions::default().with_pace(orders.load.pace());
    options.download = DownloadOptions::default().with_loopback(true);
    // Each is told from the others by its row alone.
    options.again = true;
    Runner::new(journal, Arc::new(routes), options)
}

/// Leads all jobs by the provider's calls alone, and says how many became a file.
pub(crate) async fn edit(orders: Orders) -> usize {
    let provider = provider(&orders.base);
    let one = |orders: Arc<Orders>, n| {
        let provider = Arc::clone(&provider);
        async move {
            sleep(orders.until(n)).await;
            let mut options = EditOptions::default();
            options.wait = WaitOptions::default().with_pace(orders.load.pace());
            options.download = DownloadOptions::default().with_loopback(true);
            let target = orders.target(n);
            let edited = provider.edit(request(), &target, &options, &mut |_| {}).await;
            told(edited.map(|_| true))
        }
    };
    orders.lead(one).await
}

/// Says what went wrong.
fn told<E: std::fmt::Display>(led: Result<bool, E>) -> bool {
    led.inspect_err(|error| eprintln!("bench: {error}")).unwrap_or(false)
}

fn provider(base: &str) -> Arc<dyn Provider> {
    let mut settings = Settings::new(ApiKey::new("key").unwrap()).with_base_url(base);
    settings.timeout = Duration::from_secs(30);
    Arc::from((reshoot::provider(PROVIDER).unwrap().connect)(settings).unwrap())
}

fn request() -> EditRequest {
    EditRequest::new(Url::parse(CLIP).unwrap(), PROMPT)
}
