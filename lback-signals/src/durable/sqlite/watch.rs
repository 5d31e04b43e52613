//! Changes of the database by other connections, such as those of other processes.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::durable::arrivals::Arrivals;

/// The time between two looks.
const INTERVAL: Duration = Duration::from_millis(100);

/// The time after a look that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks at `PRAGMA data_version`, which differs after a commit of another connection. It means nothing across
/// connections, so there is one for this alone, which never writes.
#[derive(Debug)]
pub(super) struct Watch {
    options: Arc<SqliteConnectOptions>,
    /// Locked by the one waiter that looks for all.
    looking: Mutex<Looking>,
}

#[derive(Debug)]
struct Looking {
    connection: Option<SqliteConnection>,
    version: Option<i64>,
    next: Instant,
}

impl Watch {
    pub(super) fn new(options: Arc<SqliteConnectOptions>) -> Self {
        Self {
            options,
            looking: Mutex::new(Looking {
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
        let mut look = pin!(self.look(arrivals));
        poll_fn(|context| {
            if let Poll::Ready(count) = changed.as_mut().poll(context) {
                return Poll::Ready(count);
            }
            match look.as_mut().poll(context) {
                // A look may have counted a change.
                Poll::Pending => changed.as_mut().poll(context),
                Poll::Ready(never) => match never {},
            }
        })
        .await
    }

    async fn look(&self, arrivals: &Arrivals) -> Infallible {
        let mut looking = self.looking.lock().await;
        loop {
            sleep_until(looking.next).await;
            looking.next = Instant::now() + INTERVAL;
            // An error is reported by the workers' own statements.
            if let Ok(version) = looking.version(&self.options).await {
                if looking.version.replace(version) != Some(version) {
                    arrivals.wake();
                }
            } else {
                looking.connection = None;
                looking.version = None;
                looking.next = Instant::now() + PAUSE;
            }
        }
    }
}

impl Looking {
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
