//! Changes of the database by other connections, such as those of other processes.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::durable::arrivals::Arrivals;

/// The time between two queries.
const INTERVAL: Duration = Duration::from_millis(100);

/// The time after a query that failed.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Polls `PRAGMA data_version`, which differs after a commit of another connection. It means nothing across
/// connections, so there is one for this alone, which never writes.
#[derive(Debug)]
pub(super) struct Watch {
    options: Arc<SqliteConnectOptions>,
    /// Locked by the one waiter that polls for all.
    poller: Mutex<Poller>,
}

#[derive(Debug)]
struct Poller {
    connection: Option<SqliteConnection>,
    version: Option<i64>,
    next: Instant,
}

impl Watch {
    pub(super) fn new(options: Arc<SqliteConnectOptions>) -> Self {
        Self {
            options,
            poller: Mutex::new(Poller {
                connection: None,
                version: None,
                next: Instant::now(),
            }),
        }
    }

    /// Waits until the number of changes is not `seen`, and returns it. Counts the changes of other connections
    /// meanwhile.
    pub(super) async fn changed(&self, arrivals: &Arrivals, seen: u64) -> u64 {
        let mut changed = pin!(arrivals.changed(seen));
        let mut polling = pin!(self.poll_database(arrivals));
        poll_fn(|context| {
            if let Poll::Ready(count) = changed.as_mut().poll(context) {
                return Poll::Ready(count);
            }
            match polling.as_mut().poll(context) {
                // It may have counted a change.
                Poll::Pending => changed.as_mut().poll(context),
                Poll::Ready(never) => match never {},
            }
        })
        .await
    }

    /// Waits until no worker polls, and closes the connection.
    pub(super) async fn close(&self) {
        let mut poller = self.poller.lock().await;
        poller.version = None;
        if let Some(connection) = poller.connection.take() {
            // An error loses nothing, since the connection only reads.
            let _ = connection.close().await;
        }
    }

    async fn poll_database(&self, arrivals: &Arrivals) -> Infallible {
        let mut poller = self.poller.lock().await;
        loop {
            sleep_until(poller.next).await;
            poller.next = Instant::now() + INTERVAL;
            // An error is reported by the workers' own statements.
            if let Ok(version) = poller.version(&self.options).await {
                if poller.version.replace(version) != Some(version) {
                    arrivals.wake();
                }
            } else {
                poller.connection = None;
                poller.version = None;
                poller.next = Instant::now() + RETRY_DELAY;
            }
        }
    }
}

impl Poller {
    async fn version(&mut self, options: &SqliteConnectOptions) -> Result<i64, sqlx::Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let options = options
                    .clone()
                    .create_if_missing(false)
                    .optimize_on_close(false, None)
                    .disable_statement_logging();
                none.insert(options.connect().await?)
            }
        };
        let version = sqlx::query_scalar("PRAGMA data_version");
        version.fetch_one(connection).await
    }
}
