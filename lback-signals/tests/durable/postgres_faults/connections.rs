//! Connections that break while a worker claims, runs, renews, completes and commits, and while a sender commits.

use std::time::{Duration, Instant};

use lback_signals::TransactionError;
use lback_signals::durable::PostgresOutbox;
use tokio::time::sleep;

use super::proxy::{Cut, Moment, Proxy};
use super::{DEADLINE, LEASE, Shop, place, pool};

const MOMENTS: [Moment; 4] = [
    Moment::BeforeStatement,
    Moment::AfterStatement,
    Moment::BeforeCommit,
    Moment::AfterCommit,
];

/// Sends and delivers through a proxy that cuts connections at each moment of a statement.
async fn deliver(statement: &'static str) {
    let shop = Shop::new().await;
    let told = |is_told| MOMENTS.map(|moment| Cut { moment, is_told });
    let cuts = told(false).into_iter().chain(told(true));
    let (proxy, options) = Proxy::start(statement, cuts, shop.schema.options()).await;
    let connect = || PostgresOutbox::new(pool(options.clone()));
    let (one, other) = (connect().await.unwrap(), connect().await.unwrap());
    let workers = [shop.worker(&one, LEASE), shop.worker(&other, LEASE)];
    let deadline = Instant::now() + DEADLINE;
    let mut stored = Vec::new();
    for order in 0.. {
        if proxy.is_done() {
            break;
        }
        assert!(Instant::now() < deadline, "connections are left to be cut");
        match place(&one, order).await {
            Ok(()) => stored.push(order),
            Err(TransactionError::Unknown(error)) => panic!("{error}"),
            Err(_) => {}
        }
        sleep(Duration::from_millis(20)).await;
    }
    shop.until_delivered().await;
    assert_eq!(shop.assert_received().await, stored);
    for worker in workers {
        assert!(worker.health().is_running());
        worker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_a_claim() {
    deliver("SET claim = number").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_a_renewal() {
    deliver("+ $4 WHERE number").await;
}

/// Of a delivery alone, and in the transaction of its receiver.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_a_completion() {
    deliver("DELETE FROM lback_delivery").await;
}

/// While the receiver runs, and in its commit.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_the_transaction_of_a_receiver() {
    deliver("INSERT INTO booking").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_connection_may_break_in_the_transaction_of_a_sender() {
    deliver("INSERT INTO customer_order").await;
    deliver("INSERT INTO lback_delivery").await;
}

/// All connections at once, again and again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_administrator_may_end_all_sessions() {
    let shop = Shop::new().await;
    let outboxes = [(); 4].map(|()| PostgresOutbox::new(pool(shop.schema.options())));
    let mut workers = Vec::new();
    for outbox in outboxes {
        workers.push(shop.worker(&outbox.await.unwrap(), LEASE));
    }
    let sender = PostgresOutbox::new(pool(shop.schema.options()));
    let sender = sender.await.unwrap().without_worker();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()";
    let mut stored = Vec::new();
    for order in 0..60 {
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
