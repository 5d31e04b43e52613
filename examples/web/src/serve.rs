//! Starting and ending the program.

use std::time::Duration;

use anyhow::Context;
use lback_auth::Accounts;
use lback_signals::background;
use lback_signals::durable::Worker;
use tokio::net::TcpListener;
use tokio::time::interval;

use crate::app::App;
use crate::cli::Settings;
use crate::connections::{GRACE, serve_connections};
use crate::data::{self, Store};
use crate::routes;

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
    if let Some(url) = app.mails_url() {
        println!("mails are shown at {url}");
    }

    // 1. No new connections, and no request runs.
    serve_connections(listener, routes(&app), interrupted(&app)).await;
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
async fn interrupted(app: &App) {
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

async fn purge_daily(accounts: Accounts<Store>) {
    let mut day = interval(DAY);
    loop {
        day.tick().await;
        if let Err(error) = accounts.purge().await {
            tracing::error!(%error, "expired rows were not deleted");
        }
    }
}
