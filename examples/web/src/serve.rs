//! Starting and ending the program.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use lback_auth::Accounts;
use lback_signals::background;
use lback_signals::durable::Worker;
use tokio::net::TcpListener;
use tokio::time::{interval, sleep};

use crate::app::App;
use crate::cli::Settings;
use crate::data::{self, Store};
use crate::routes;

/// How long requests may go on after the program was told to end.
const GRACE: Duration = Duration::from_secs(10);

const DAY: Duration = Duration::from_hours(24);

/// Serves until the program is interrupted.
pub(crate) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let app = App::open(settings, address).await?;
    app.install()?;
    let worker = Worker::new(&app.outbox).spawn()?; // mails, and what an earlier process has left
    let purge = tokio::spawn(purge_daily(app.accounts.clone()));

    println!("{} is served on {address}", app.origin);
    if settings.mail.is_none() {
        println!(
            "mails are files in {}",
            data::mails(&settings.data.folder).display()
        );
    }

    // 1. No new connections, and the requests that run have ended.
    let router = routes(&app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, router).with_graceful_shutdown(interrupted(app.clone()));
    tokio::select! {
        result = server.into_future() => result?,
        () = grace_is_over(&app) => tracing::warn!("requests were cut off"),
    }
    purge.abort();
    // 2. No mail is being sent, and those that wait are in the database.
    worker.shutdown().await;
    // 3. The queue of the background is empty.
    let drained = background::drain_async(GRACE).await;
    if !drained.is_complete() {
        tracing::error!(
            "{} receivers in the background were not called",
            drained.undelivered().len()
        );
    }
    // 4. No connection is open.
    app.outbox.close().await;
    app.accounts.store().close().await;
    println!("closed");
    Ok(())
}

/// Waits for SIGTERM or Ctrl-C, and ends the streams.
async fn interrupted(app: App) {
    let ctrl_c = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = ctrl_c => {}
            },
            Err(_) => drop(ctrl_c.await),
        }
    }
    #[cfg(not(unix))]
    drop(ctrl_c.await);
    app.ending.send_replace(true);
}

async fn grace_is_over(app: &App) {
    let mut ending = app.ending.subscribe();
    // The sender lives as long as `app`.
    let _ = ending.wait_for(|is_ending| *is_ending).await;
    sleep(GRACE).await;
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
