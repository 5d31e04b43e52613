//! Starting and ending the program.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use lback_auth::{Accounts, PasswordPolicy};
use lback_signals::durable::Worker;
use lback_signals::{LiveView, background, provide, set_observer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{interval, sleep};

use crate::app::App;
use crate::cli::Settings;
use crate::data::{self, Store};
use crate::mail::Mailer;
use crate::{operators, origin, routes};

/// The dispatches that the live feed keeps.
const VIEW: usize = 1000;

/// How long requests may go on after the program was told to end.
const GRACE: Duration = Duration::from_secs(10);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Serves until the program is interrupted.
pub(crate) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let origin = origin::of_site(settings.url.as_deref(), address)?;
    let folder = &settings.data.folder;
    let (store, outbox) = data::open(folder).await?;
    operators::create_table(&store).await?;

    let accounts = Accounts::builder(store, data::session_key(folder)?)
        .policy(PasswordPolicy::new().with_service_name("Analytical Engines"))
        .build()?;
    let view = LiveView::new(VIEW);
    set_observer(view.clone())?;
    let mails = data::mails(folder);
    let mailer = Mailer::new(
        settings.mail.as_deref(),
        &mails,
        &settings.mail_from,
        origin.clone(),
    )?;
    provide(mailer)?;
    provide(accounts.token_issuer())?;
    let worker = Worker::new(&outbox).spawn()?; // mails, and what an earlier process has left
    let purge = tokio::spawn(purge_daily(accounts.clone()));

    let (end, is_ending) = watch::channel(false);
    let shows_mails = settings.url.is_none() && settings.mail.is_none();
    let app = App {
        accounts: accounts.clone(),
        outbox: outbox.clone(),
        view,
        origin: Arc::new(origin.clone()),
        trusted_proxies: settings.trusted_proxies,
        mails: shows_mails.then(|| mails.clone()),
        is_ending,
    };
    announce(settings, &origin, address, &mails);

    // 1. No new connections, and the requests that run have ended.
    let service = routes(&app).into_make_service_with_connect_info::<SocketAddr>();
    let told_to_end = {
        let end = end.clone();
        async move {
            interrupted().await;
            let _ = end.send(true);
        }
    };
    let mut is_ending = end.subscribe();
    tokio::select! {
        served = async { axum::serve(listener, service).with_graceful_shutdown(told_to_end).await } => served?,
        () = async { let _ = is_ending.wait_for(|it| *it).await; sleep(GRACE).await } => {}
    }
    purge.abort();
    // 2. No mail is being sent, and those that wait are in the database.
    worker.shutdown().await;
    // 3. The queue of the background is empty.
    background::drain_async(GRACE).await;
    // 4. No connection is open.
    outbox.close().await;
    accounts.store().close().await;
    println!("closed");
    Ok(())
}

fn announce(
    settings: &Settings,
    origin: &lback_auth::axum::Origin,
    address: SocketAddr,
    mails: &std::path::Path,
) {
    println!("{origin} is served on {address}");
    if settings.mail.is_none() {
        println!("mails are files in {}", mails.display());
    }
    if !origin.is_https() {
        println!("cookies have no `Secure`, since the site is on this machine alone");
    }
}

async fn purge_daily(accounts: Accounts<Store>) {
    let mut day = interval(DAY);
    loop {
        day.tick().await;
        if let Err(error) = accounts.purge().await {
            tracing::error!(%error, "expired rows were not deleted");
        }
    }
}

/// Waits for SIGTERM or Ctrl-C.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
