//! Wakes the workers of this process after commits of other ones.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgRow};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Shared;
use super::notify::{channel, of_table};
use super::own_pool::Access;
use crate::durable::arrivals::Arrivals;
use crate::stderr;

/// The time in which a notification to oneself has to arrive, and a connection to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The time between two tests of the connection. One that the network has lost may not report an error.
const TEST_INTERVAL: Duration = Duration::from_mins(1);

/// The pause before the first attempt to reconnect. It doubles with each attempt.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(500);

const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);

/// The time without an attempt, where notifications do not arrive.
const POOLER_DELAY: Duration = Duration::from_mins(5);

/// Reads the channel and the process that serves the connection.
const CHANNEL: &str = concat!(
    "SELECT ",
    channel!(),
    " AS channel, pg_backend_pid() AS process",
    of_table!()
);

const PROCESS: &str = "SELECT pg_backend_pid() AS process";

/// Listens on one connection for all workers of an outbox, in a task that the first one starts.
#[derive(Default)]
pub(super) struct Listener {
    task: Mutex<Option<JoinHandle<()>>>,
    /// Cloned while a worker waits.
    waiters: Arc<()>,
    /// Whether a worker has begun to wait since the last test of the connection.
    was_awaited: AtomicBool,
    has_warned: AtomicBool,
}

impl Listener {
    /// Waits until the number of changes is not `seen`, and returns it. Listens meanwhile, so that changes of other
    /// processes count.
    pub(super) async fn changed(&self, shared: &Arc<Shared>, seen: u64) -> u64 {
        let waiter = Arc::clone(&self.waiters);
        self.start(shared);
        let count = shared.arrivals.changed(seen).await;
        drop(waiter);
        count
    }

    fn start(&self, shared: &Arc<Shared>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        self.was_awaited.store(true, Ordering::Relaxed);
        // One whose runtime was dropped is finished.
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            *task = Some(runtime.spawn(run(Arc::downgrade(shared))));
        }
    }

    /// Returns whether a worker waits, or did since the last call. If not, the task ends, and the next worker starts
    /// another one.
    fn is_wanted(&self) -> bool {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let was_awaited = self.was_awaited.swap(false, Ordering::Relaxed);
        let is_wanted = was_awaited || Arc::strong_count(&self.waiters) > 1;
        if !is_wanted {
            *task = None;
        }
        is_wanted
    }

    #[cold]
    fn warn(&self) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            stderr::warn(format_args!(
                "the workers of this process find deliveries of other processes only when they poll, since \
                 notifications of PostgreSQL do not arrive, as behind a pooler in transaction mode: connect the \
                 process of the worker directly, or to a pooler in session mode"
            ));
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
            task.abort();
        }
    }
}

/// Listens until the outbox is dropped, no worker waits any more, or the application closes its pool.
async fn run(outbox: Weak<Shared>) {
    let Some(mut closed) = outbox.upgrade().map(|shared| shared.pool.close_event()) else {
        return;
    };
    let listened = closed.do_until(async {
        let mut delay = MIN_RETRY_DELAY;
        while let Some(shared) = outbox.upgrade() {
            match Session::open(&shared).await {
                Ok(session) => {
                    delay = MIN_RETRY_DELAY;
                    // There may have been notifications before.
                    shared.arrivals.wake();
                    drop(shared);
                    if !session.receive(&outbox).await {
                        return;
                    }
                    sleep(delay).await;
                }
                Err(Unheard::Pooled) => {
                    shared.listener.warn();
                    drop(shared);
                    sleep(POOLER_DELAY).await;
                }
                // The statements of the workers report it.
                Err(Unheard::Unavailable) => {
                    drop(shared);
                    sleep(delay).await;
                    delay = (delay * 2).min(MAX_RETRY_DELAY);
                }
            }
            if outbox.upgrade().is_none_or(|it| !it.listener.is_wanted()) {
                return;
            }
        }
    });
    drop(listened.await);
}

/// Why a connection does not listen.
enum Unheard {
    /// Notifications do not arrive on it.
    Pooled,
    Unavailable,
}

impl From<sqlx::Error> for Unheard {
    fn from(_: sqlx::Error) -> Self {
        Self::Unavailable
    }
}

/// A connection that listens.
struct Session {
    listener: PgListener,
    /// The statement that listens.
    listen: String,
    arrivals: Arrivals,
    /// The payload of the notifications that this outbox sends.
    own_id: String,
}

impl Session {
    async fn open(shared: &Shared) -> Result<Self, Unheard> {
        let options = shared.pool.options().clone();
        let options = options
            .min_connections(0)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        let connect = shared.pool.connect_options().as_ref().clone();
        let pool = options.connect_lazy_with(connect);
        let mut listener = PgListener::connect_with(&pool).await?;
        // A new session is opened instead, with all tests.
        listener.eager_reconnect(false);
        listener.ignore_pool_close_event(true);

        let channel = test(&mut listener, shared).await?;
        let listen = format!("LISTEN {channel}");
        let listening = listener.execute(AssertSqlSafe(listen.clone()));
        let listening = timeout(ANSWER_TIMEOUT, listening).await;
        listening.map_err(|_| Unheard::Unavailable)??;
        Ok(Self {
            listener,
            listen,
            arrivals: shared.arrivals.clone(),
            own_id: shared.notifier.id().to_owned(),
        })
    }

    /// Wakes the workers at each notification. Returns `true` if the connection is lost, and `false` if no worker waits
    /// any more.
    async fn receive(mut self, outbox: &Weak<Shared>) -> bool {
        let mut next_test = Instant::now() + TEST_INTERVAL;
        loop {
            match timeout_at(next_test, self.listener.try_recv()).await {
                Ok(Ok(Some(notification))) => {
                    if notification.payload() != self.own_id {
                        self.arrivals.wake();
                    }
                }
                Ok(Ok(None) | Err(_)) => return true,
                Err(_) => {
                    if outbox.upgrade().is_none_or(|it| !it.listener.is_wanted()) {
                        return false;
                    }
                    // A repeated LISTEN changes nothing, and shows operators what the connection is for.
                    let again = self.listener.execute(AssertSqlSafe(self.listen.clone()));
                    if !matches!(timeout(ANSWER_TIMEOUT, again).await, Ok(Ok(_))) {
                        return true;
                    }
                    next_test = Instant::now() + TEST_INTERVAL;
                }
            }
        }
    }
}

/// Tests that a notification of another connection arrives. Returns the channel of the outbox.
///
/// Behind a pooler in transaction mode it does not. There, `LISTEN` would stay on a server connection that other
/// clients use, too, and sqlx fails a statement if a notification arrives with its answer. The test therefore first
/// looks for a pooler in a way that leaves nothing behind, and then listens on a channel that no outbox notifies.
async fn test(listener: &mut PgListener, shared: &Shared) -> Result<String, Unheard> {
    let random = getrandom::u64().map_err(|_| Unheard::Unavailable)?;
    let test_channel = format!("lback_test_{random:016x}");
    let asking = async {
        let row = sqlx::raw_sql(CHANNEL).fetch_one(&mut *listener).await?;
        let own = shared.own_pool.begin(Access::Write).await;
        let mut own = own.map_err(|_| Unheard::Unavailable)?;
        let other = sqlx::raw_sql(PROCESS).fetch_one(own.connection()).await?;
        Ok::<_, Unheard>((row, own, other))
    };
    let answers = timeout(ANSWER_TIMEOUT, asking).await;
    let (row, mut own, other) = answers.map_err(|_| Unheard::Unavailable)??;
    let (channel, process) = (row.try_get("channel")?, process(&row)?);

    let hear = async {
        // The transaction has a connection of the server for itself: most poolers take the one last used.
        let row = sqlx::raw_sql(PROCESS).fetch_one(&mut *listener).await?;
        if self::process(&other)? == process || self::process(&row)? != process {
            return Err(Unheard::Pooled);
        }
        listener.listen(&test_channel).await?;
        let notify = format!("SELECT pg_notify('{test_channel}', '')");
        let notify = sqlx::raw_sql(AssertSqlSafe(notify)).execute(own.connection());
        notify.await?;
        own.commit().await.map_err(|_| Unheard::Unavailable)?;
        while let Some(notification) = listener.try_recv().await? {
            if notification.channel() == test_channel {
                listener.unlisten(&test_channel).await?;
                return Ok(channel);
            }
        }
        Err(Unheard::Unavailable)
    };
    // A pooler of one connection does not answer before the transaction ends.
    let heard = timeout(ANSWER_TIMEOUT, hear).await;
    heard.unwrap_or(Err(Unheard::Pooled))
}

fn process(row: &PgRow) -> Result<i32, sqlx::Error> {
    row.try_get("process")
}
