//! The outbox behind PgBouncer, which the tests start.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lback_signals::durable::{Outbox, PostgresOutbox};
use lback_signals::{Res, Scope, Signal, receiver, signal};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Row as _};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::Level;

use super::{execute, outbox, outbox_with, row, waking};
use crate::collector::{Collected, collecting_in_real_time};
use crate::postgres_schema::Schema;
use crate::worker::{until, until_done, worker};

/// PgBouncer on a socket in a folder. It ends on drop.
struct Pooler {
    folder: TempDir,
    process: Child,
}

impl Pooler {
    /// Settings are further lines of its configuration.
    async fn start(schema: &Schema, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let metadata = fs::metadata(folder.path()).unwrap();
        // It refuses to be root, and changes to another user.
        let user = if metadata.uid() == 0 {
            fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
            "user = daemon"
        } else {
            ""
        };
        let (server, name) = (&schema.server, &schema.name);
        let (host, port, username) = (server.get_host(), server.get_port(), server.get_username());
        let database = server.get_database().unwrap_or(username);
        let socket = folder.path().display();
        let configuration = format!(
            "[databases]
            shop = host={host} port={port} dbname={database} user={username} connect_query='SET search_path = {name}'
            [pgbouncer]
            listen_addr =
            unix_socket_dir = {socket}
            auth_type = any
            ignore_startup_parameters = extra_float_digits
            {user}
            {settings}"
        );
        let configuration: Vec<_> = configuration.lines().map(str::trim).collect();
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, configuration.join("\n")).unwrap();
        // Debian has it off the PATH of users.
        let program = ["/usr/sbin/pgbouncer", "pgbouncer"];
        let program = program.iter().find(|it| fs::exists(it).unwrap_or(false));
        let mut command = Command::new(program.unwrap_or(&"pgbouncer"));
        let command = command.arg("--quiet").arg(&file).stderr(Stdio::null());
        let process = command.spawn().expect("install PgBouncer");
        let pooler = Self { folder, process };
        let socket = pooler.folder.path().join(".s.PGSQL.6432");
        until(async || UnixStream::connect(&socket).is_ok()).await;
        pooler
    }

    /// Returns options that connect to the schema, without a cache of prepared statements.
    fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass().socket(self.folder.path());
        let options = options.port(6432).username("shop").database("shop");
        options.statement_cache_capacity(0)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[signal(durable(name = "postgres.pooled", version = 1))]
struct Pooled {
    number: u32,
}

#[receiver(signal = Pooled, durable(name = "postgres.take"))]
async fn take(pooled: &Pooled, taken: Res<'_, mpsc::UnboundedSender<u32>>) {
    taken.send(pooled.number).unwrap();
}

/// Delivers through an outbox, whose worker finds the deliveries of another one by polling.
async fn deliver(outbox: &PostgresOutbox, sender: &PostgresOutbox) {
    let (sends, mut taken) = mpsc::unbounded_channel();
    let worker = Scope::new().provide(sends).run(|| {
        let worker = worker(outbox).only(take);
        let interval = Duration::from_millis(10);
        worker.with_poll_interval(interval).spawn().unwrap()
    });
    for number in 0..5 {
        let mut transaction = sender.begin().await.unwrap();
        let sent = transaction.run(async |_| {
            Pooled { number }.send();
            Ok::<_, sqlx::Error>(())
        });
        sent.await.unwrap();
        transaction.commit().await.unwrap();
        let delivered = timeout(Duration::from_secs(30), taken.recv()).await;
        assert_eq!(delivered.expect("the worker polls"), Some(number));
    }
    until_done(outbox).await;
    worker.shutdown().await;
}

/// Counts the channels on which the two connections of the pooler listen.
async fn channels(pooler: &Pooler) -> i64 {
    let mut count = 0;
    let mut all = Vec::new();
    for _ in 0..2 {
        let mut connection = pooler.options().connect().await.unwrap();
        // Keeps it from the next one.
        execute(&mut connection, "BEGIN").await;
        let channels = sqlx::raw_sql("SELECT count(*) FROM pg_listening_channels()");
        let channels = channels.fetch_one(&mut connection).await.unwrap();
        count += channels.get::<i64, _>(0);
        all.push(connection);
    }
    for mut connection in all {
        execute(&mut connection, "COMMIT").await;
    }
    count
}

/// Waits for the warning that notifications do not arrive, which comes once.
async fn until_warned(outbox: &PostgresOutbox, warnings: &Collected) {
    let mut lines = Vec::new();
    until(async || {
        drop(timeout(Duration::ZERO, outbox.changed(0)).await);
        lines.extend(warnings.take());
        // sqlx may warn of the statement that a pooler does not answer.
        lines.retain(|it: &String| it.contains("transaction mode"));
        !lines.is_empty()
    })
    .await;
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_pooler_in_transaction_mode_is_found_before_listening() {
    collecting_in_real_time(Level::WARN, async |warnings| {
        let schema = Schema::new().await;
        outbox(&schema).await;
        let pooler = Pooler::start(&schema, "pool_mode = transaction\ndefault_pool_size = 2").await;
        let outbox = outbox_with(pooler.options()).await;
        until_warned(&outbox, warnings).await;
        // A notification would fail the statements of other programs.
        assert_eq!(channels(&pooler).await, 0);
    });
}

/// It gives a client the connection again that the client has used before.
#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_pooler_that_looks_like_the_server_is_found() {
    collecting_in_real_time(Level::WARN, async |warnings| {
        let schema = Schema::new().await;
        outbox(&schema).await;
        let settings = "pool_mode = transaction\ndefault_pool_size = 2\nserver_round_robin = 1";
        let pooler = Pooler::start(&schema, settings).await;
        let outbox = outbox_with(pooler.options()).await;
        // Opens both connections.
        assert_eq!(channels(&pooler).await, 0);
        until_warned(&outbox, warnings).await;
    });
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_pooler_of_one_connection_is_found() {
    collecting_in_real_time(Level::WARN, async |warnings| {
        let schema = Schema::new().await;
        outbox(&schema).await;
        let settings = "pool_mode = transaction\ndefault_pool_size = 1";
        let pooler = Pooler::start(&schema, settings).await;
        let outbox = outbox_with(pooler.options()).await;
        until_warned(&outbox, warnings).await;
    });
}

/// As it has to be configured for sqlx, whose prepared statements always have names.
#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn deliveries_pass_a_pooler_in_transaction_mode() {
    collecting_in_real_time(Level::WARN, async |warnings| {
        let schema = Schema::new().await;
        let direct = outbox(&schema).await;
        let settings = "pool_mode = transaction
            default_pool_size = 5
            server_reset_query = DEALLOCATE ALL
            server_reset_query_always = 1";
        let pooler = Pooler::start(&schema, settings).await;
        let outbox = outbox_with(pooler.options()).await;
        until_warned(&outbox, warnings).await;
        deliver(&outbox, &direct).await;
        deliver(&outbox, &outbox).await;
        // A sender behind it wakes others.
        let seen = waking::changed(&direct, 0).await;
        outbox.insert(vec![row()]).await.unwrap();
        waking::changed(&direct, seen).await;
        let lines = warnings.take();
        assert!(
            !lines.iter().any(|it| it.contains("transaction mode")),
            "{lines:?}"
        );
    });
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn notifications_pass_a_pooler_in_session_mode() {
    collecting_in_real_time(Level::WARN, async |warnings| {
        let schema = Schema::new().await;
        let direct = outbox(&schema).await;
        let settings = "pool_mode = session\ndefault_pool_size = 10";
        let pooler = Pooler::start(&schema, settings).await;
        let outbox = outbox_with(pooler.options()).await;
        let seen = waking::changed(&outbox, 0).await;
        direct.insert(vec![row()]).await.unwrap();
        waking::changed(&outbox, seen).await;
        let lines = warnings.take();
        assert!(
            !lines.iter().any(|it| it.contains("transaction mode")),
            "{lines:?}"
        );
    });
}
