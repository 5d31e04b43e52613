//! Connections that break while a worker claims, runs, renews, completes and commits, and while a sender commits.

use std::sync::atomic::Ordering;

use lback_signals::TransactionError;
use lback_signals::durable::PostgresOutbox;
use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinSet;

use super::proxy::{self, Cut, Moment};
use super::{Shop, place, pool};

const MOMENTS: [Moment; 4] = [
    Moment::BeforeStatement,
    Moment::AfterStatement,
    Moment::BeforeCommit,
    Moment::AfterCommit,
];

/// Delivers through a proxy that cuts connections. The sender's are cut, too.
async fn deliver(cut: Cut) {
    let shop = Shop::new().await;
    let (options, left) = proxy::start(cut, shop.schema.options()).await;
    let connect = |options: PgConnectOptions| PostgresOutbox::new(pool(options));
    let (one, other) = (connect(options.clone()), connect(options));
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    let workers = [shop.worker(&one), shop.worker(&other)];
    let mut stored = Vec::new();
    for order in 0..20 {
        match place(&one, order).await {
            Ok(()) => stored.push(order),
            Err(TransactionError::Unknown(error)) => panic!("{cut:?}: {error}"),
            Err(_) => {}
        }
    }
    shop.until_delivered().await;
    assert_eq!(left.load(Ordering::Relaxed), 0, "{cut:?} was not reached");
    assert_eq!(shop.assert_received().await, stored, "{cut:?}");
    for worker in workers {
        assert!(worker.health().is_running());
        worker.shutdown().await;
    }
}

async fn deliver_each(statements: &[&'static str]) {
    let mut running = JoinSet::new();
    for &statement in statements {
        for moment in MOMENTS {
            for is_told in [false, true] {
                running.spawn(deliver(Cut {
                    statement,
                    moment,
                    is_told,
                }));
            }
        }
    }
    running.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_a_claim() {
    deliver_each(&["attempt = attempt + 1"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_a_renewal() {
    deliver_each(&["+ $4 WHERE number"]).await;
}

/// Of a delivery alone, and in the transaction of its receiver.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_a_completion() {
    deliver_each(&["DELETE FROM lback_delivery"]).await;
}

/// While the receiver runs, and in its commit.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_the_transaction_of_a_receiver() {
    deliver_each(&["INSERT INTO booking"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_the_transaction_of_a_sender() {
    deliver_each(&["INSERT INTO customer_order", "INSERT INTO lback_delivery"]).await;
}

/// All connections at once, again and again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_administrator_may_end_all_sessions() {
    let shop = Shop::new().await;
    let outboxes = [(); 4].map(|()| PostgresOutbox::new(pool(shop.schema.options())));
    let mut workers = Vec::new();
    for outbox in outboxes {
        workers.push(shop.worker(&outbox.await.unwrap()));
    }
    let sender = PostgresOutbox::new(pool(shop.schema.options()));
    let sender = sender.await.unwrap();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()";
    let mut stored = Vec::new();
    for order in 0..100 {
        let (placed, ended) = tokio::join!(place(&sender, order), async {
            if order % 5 == 0 {
                // It may end itself, through another one.
                let _ = sqlx::query(end).execute(&shop.pool).await;
            }
        });
        let () = ended;
        match placed {
            Ok(()) => stored.push(order),
            Err(TransactionError::Unknown(error)) => panic!("{error}"),
            Err(_) => {}
        }
    }
    shop.until_delivered().await;
    assert_eq!(shop.assert_received().await, stored);
    for worker in workers {
        worker.shutdown().await;
    }
}
