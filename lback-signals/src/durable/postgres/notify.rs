//! Notifies the workers of other processes of commits of this one.
//!
//! `NOTIFY` makes the commits of a database take turns, so it is never a part of a transaction of the application.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sqlx::AssertSqlSafe;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::own_pool::{Access, OwnPool};
use crate::durable::error::OutboxError;

/// The least time between two notifications. Commits in between share the next one.
const INTERVAL: Duration = Duration::from_millis(50);

/// The time after which a notification is given up. Workers also poll.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The channel of the schema that has the tables, as an expression on `pg_class`: outboxes of other schemas do not
/// wake each other.
macro_rules! channel {
    () => {
        "'lback_outbox_' || relnamespace"
    };
}

/// The row of `pg_class` that [`channel`] is about.
macro_rules! of_table {
    () => {
        " FROM pg_class WHERE oid = 'lback_delivery'::regclass"
    };
}

pub(super) use {channel, of_table};

/// Nothing is to be sent.
const IDLE: u8 = 0;
/// A notification was sent, and the interval since then is not over.
const SENT: u8 = 1;
/// A notification is to be sent.
const DUE: u8 = 2;

/// Sends at most one notification per interval, the first one at once.
#[derive(Debug)]
pub(super) struct Notifier {
    /// The payload of the notifications, by which an outbox ignores those that it has sent itself.
    id: String,
    /// Unless it is [`IDLE`], a task runs.
    state: AtomicU8,
}

impl Notifier {
    pub(super) fn new() -> Result<Self, OutboxError> {
        let id = getrandom::u64().map_err(|error| OutboxError::Unavailable(error.into()))?;
        Ok(Self {
            id: format!("{id:016x}"),
            state: AtomicU8::new(IDLE),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Notifies the workers of other processes, in a task. Without a runtime, they find the deliveries by polling.
    pub(super) fn committed(shared: &Arc<Shared>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if shared.notifier.state.swap(DUE, Ordering::AcqRel) == IDLE {
            let task = Task {
                shared: Arc::clone(shared),
                has_ended: false,
            };
            runtime.spawn(task.run());
        }
    }

    async fn notify(&self, own_pool: &OwnPool) -> Result<(), OutboxError> {
        let mut own = own_pool.begin(Access::Write).await?;
        let notify = format!(
            // A crash of the server ends its sessions, so this commit does not wait for the disk.
            concat!(
                "SET LOCAL synchronous_commit = off; SELECT pg_notify(",
                channel!(),
                ", '{}')",
                of_table!()
            ),
            self.id
        );
        // The simple protocol also works behind a pooler that knows no prepared statements.
        let notify = sqlx::raw_sql(AssertSqlSafe(notify)).execute(own.connection());
        notify.await.map_err(OutboxError::of_database)?;
        own.commit().await
    }
}

/// Sends until there is nothing to send. If it is dropped before, as with its runtime, the next commit starts
/// another one.
struct Task {
    shared: Arc<Shared>,
    has_ended: bool,
}

impl Task {
    async fn run(mut self) {
        while self.is_due() {
            let Shared {
                notifier, own_pool, ..
            } = &*self.shared;
            // The statements of the workers report an error that lasts.
            drop(timeout(TIMEOUT, notifier.notify(own_pool)).await);
            sleep(INTERVAL).await;
        }
    }

    /// Takes the notification that is due, or ends the task.
    fn is_due(&mut self) -> bool {
        let before = self.shared.notifier.state.fetch_sub(1, Ordering::AcqRel);
        self.has_ended = before == SENT;
        before == DUE
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if !self.has_ended {
            self.shared.notifier.state.store(IDLE, Ordering::Release);
        }
    }
}
