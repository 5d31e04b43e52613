//! Commits of other processes, each of which has its outbox, wake the workers of this one.

mod network;

use std::time::Duration;

use lback_signals::durable::{Outbox, PostgresOutbox};
use lback_signals::{Res, Scope, Signal, receiver, signal};
use sqlx::postgres::PgListener;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use self::network::Network;
use super::{claim, connection, number, outbox, row};
use crate::postgres_schema::Schema;
use crate::worker::{until, worker};

/// Much longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts the connections that listen.
const LISTENERS: &str = "SELECT count(*) FROM pg_stat_activity \
    WHERE application_name = current_setting('application_name') AND query LIKE 'LISTEN lback_outbox_%'";

/// Ends the connections that listen, and counts them.
const END_LISTENERS: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
    WHERE application_name = current_setting('application_name') AND query LIKE 'LISTEN lback_outbox_%'";

pub(super) async fn changed(outbox: &PostgresOutbox, seen: u64) -> u64 {
    changed_in(outbox, seen, PATIENCE).await
}

async fn changed_in(outbox: &PostgresOutbox, seen: u64, time: Duration) -> u64 {
    let changed = timeout(time, outbox.changed(seen)).await;
    changed.expect("a change is noticed")
}

/// Returns an outbox that listens, and the number of changes that it has seen.
async fn listening(schema: &Schema) -> (PostgresOutbox, u64) {
    let outbox = outbox(schema).await;
    let seen = changed(&outbox, 0).await;
    (outbox, seen)
}

/// Returns a connection that hears what outboxes hear.
async fn listener(schema: &Schema) -> PgListener {
    let mut connection = connection(schema).await;
    let channel = sqlx::query_scalar(
        "SELECT 'lback_outbox_' || relnamespace FROM pg_class WHERE oid = 'lback_delivery'::regclass",
    );
    let channel: String = channel.fetch_one(&mut connection).await.unwrap();
    let pool = super::pool_with(schema.options());
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen(&channel).await.unwrap();
    listener
}

async fn until_heard(listener: &mut PgListener) {
    let heard = timeout(PATIENCE, listener.recv()).await;
    heard.expect("a notification arrives").unwrap();
}

/// Returns the number of changes when there are no more.
async fn settled(outbox: &PostgresOutbox, mut seen: u64) -> u64 {
    while let Ok(changed) = timeout(Duration::from_millis(300), outbox.changed(seen)).await {
        seen = changed;
    }
    seen
}

/// Lets time pass at once.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

async fn until_listeners(schema: &Schema, count: i64) {
    let mut connection = connection(schema).await;
    until(async || number(&mut connection, LISTENERS).await == count).await;
}

#[signal(durable(name = "postgres.called", version = 1))]
struct Called {
    number: u32,
}

#[receiver(signal = Called, durable(name = "postgres.answer"))]
async fn answer(called: &Called, answers: Res<'_, mpsc::UnboundedSender<u32>>) {
    answers.send(called.number).unwrap();
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_commit_wakes_the_worker_of_another_process() {
    let schema = Schema::new().await;
    let sender = outbox(&schema).await.without_worker();
    let (outbox, _) = listening(&schema).await;
    let (answers, mut answered) = mpsc::unbounded_channel();
    let worker = Scope::new().provide(answers).run(|| {
        let worker = worker(&outbox).only(answer);
        let interval = Duration::from_hours(1);
        worker.with_poll_interval(interval).spawn().unwrap()
    });
    // The worker may claim the first ones when it starts.
    for number in 0..5 {
        let mut transaction = sender.begin().await.unwrap();
        let sent = transaction.run(async |_| {
            Called { number }.send();
            Ok::<_, sqlx::Error>(())
        });
        sent.await.unwrap();
        transaction.commit().await.unwrap();
        let answer = timeout(PATIENCE, answered.recv()).await;
        assert_eq!(answer.expect("the worker is woken"), Some(number));
    }
    worker.shutdown().await;
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_last_of_several_commits_is_heard() {
    let schema = Schema::new().await;
    let sender = outbox(&schema).await;
    let (outbox, mut seen) = listening(&schema).await;
    let mut claimed = 0;
    for round in 1..=10 {
        for _ in 0..3 {
            sender.insert(vec![row()]).await.unwrap();
        }
        while claimed < 3 * round {
            seen = changed(&outbox, seen).await;
            claimed += claim(&outbox).await.len();
        }
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn commits_within_50_ms_share_a_notification() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut listener = listener(&schema).await;
    let start = Instant::now();
    let senders = (0..4).map(|_| {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            for _ in 0..250 {
                outbox.insert(vec![row()]).await.unwrap();
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    let (mut count, mut last) = (0, start);
    while let Ok(heard) = timeout(Duration::from_secs(1), listener.recv()).await {
        heard.unwrap();
        (count, last) = (count + 1, Instant::now());
    }
    let windows = (last - start).as_millis() / 50;
    assert!((1..=windows + 1).contains(&count), "{count} in {windows}");
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_process_is_not_woken_by_its_own_notification() {
    let schema = Schema::new().await;
    let (outbox, seen) = listening(&schema).await;
    let mut listener = listener(&schema).await;
    outbox.insert(vec![row()]).await.unwrap();
    until_heard(&mut listener).await;
    // By the commit alone.
    assert_eq!(settled(&outbox, seen).await, seen + 1);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn schemas_do_not_wake_each_other() {
    let (schema, others) = (Schema::new().await, Schema::new().await);
    let (woken, mut seen) = listening(&schema).await;
    let other = outbox(&others).await;
    let mut listener = listener(&others).await;
    other.insert(vec![row()]).await.unwrap();
    until_heard(&mut listener).await;
    assert_eq!(settled(&woken, seen).await, seen);
    outbox(&schema).await.insert(vec![row()]).await.unwrap();
    seen = changed(&woken, seen).await;
    assert_eq!(settled(&woken, seen).await, seen);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_lost_connection_is_replaced() {
    let schema = Schema::new().await;
    let sender = outbox(&schema).await;
    let (outbox, mut seen) = listening(&schema).await;
    let mut connection = connection(&schema).await;
    for _ in 0..3 {
        assert_eq!(number(&mut connection, END_LISTENERS).await, 1);
        // There may have been a notification meanwhile.
        seen = changed(&outbox, seen).await;
        sender.insert(vec![row()]).await.unwrap();
        seen = changed(&outbox, seen).await;
        assert_eq!(claim(&outbox).await.len(), 1);
    }
}

/// The network drops a connection without a word, also those for statements.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_that_is_silently_lost_is_replaced() {
    let schema = Schema::new().await;
    let sender = outbox(&schema).await;
    let mut network = Network::start(&schema);
    let options = schema.options().host("127.0.0.1").port(network.port);
    let outbox = super::outbox_with(options).await;
    let seen = changed(&outbox, 0).await;
    network.lose_connections();
    let (changes, ()) = tokio::join!(changed_in(&outbox, seen, Duration::from_hours(1)), async {
        // The next test of the connection.
        pass(Duration::from_secs(61)).await;
        while network.until_asked(&outbox, seen).await {
            pass(Duration::from_secs(6)).await;
        }
    });
    sender.insert(vec![row()]).await.unwrap();
    changed(&outbox, changes).await;
}

/// The process may go on sending.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_connection_listens_without_a_worker() {
    let schema = Schema::new().await;
    let (outbox, seen) = listening(&schema).await;
    until_listeners(&schema, 1).await;
    let mut connection = connection(&schema).await;
    until(async || {
        pass(Duration::from_secs(61)).await;
        number(&mut connection, LISTENERS).await == 0
    })
    .await;
    // The next worker hears again.
    assert_ne!(changed(&outbox, seen).await, seen);
    until_listeners(&schema, 1).await;
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn dropping_the_outbox_ends_its_connection() {
    let schema = Schema::new().await;
    let (outbox, _) = listening(&schema).await;
    until_listeners(&schema, 1).await;
    drop(outbox);
    until_listeners(&schema, 0).await;
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn closing_the_pool_ends_the_connection() {
    let schema = Schema::new().await;
    let pool = super::pool_with(schema.options());
    let outbox = PostgresOutbox::new(pool.clone()).await.unwrap();
    changed(&outbox, 0).await;
    until_listeners(&schema, 1).await;
    pool.close().await;
    until_listeners(&schema, 0).await;
}

/// Its tasks end with their runtime.
#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn an_outbox_outlives_a_runtime() {
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap()
    };
    let first = runtime();
    let schema = first.block_on(Schema::new());
    let (outbox, seen) = first.block_on(async {
        let (outbox, seen) = listening(&schema).await;
        outbox.insert(vec![row()]).await.unwrap();
        (outbox, seen)
    });
    drop(first);
    runtime().block_on(async {
        let mut listener = listener(&schema).await;
        // It may get a connection of the first runtime.
        until(async || outbox.insert(vec![row()]).await.is_ok()).await;
        until_heard(&mut listener).await;
        // By the two commits, and when it listens again.
        let mut changes = seen;
        while changes < seen + 3 {
            changes = changed(&outbox, changes).await;
        }
        let other = self::outbox(&schema).await;
        other.insert(vec![row()]).await.unwrap();
        changed(&outbox, changes).await;
    });
}
