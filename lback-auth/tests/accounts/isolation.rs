//! Concurrent flows of different accounts, with any default isolation level of the database.

use lback_auth::{AttemptLimit, Authentication, PostgresStore, RequestContext, User};
use sqlx::postgres::PgPoolOptions;
use test_support::rounds;
use tokio::task::JoinSet;

use crate::databases::postgres::{Schema, with_outbox};
use crate::on_each_store;
use crate::world::{PASSWORD, Store, World, until};

const PEOPLE: u32 = 6;

on_each_store!(concurrent_flows_of_different_accounts_succeed);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn flows_succeed_in_postgres_with_repeatable_read() {
    run_with_isolation("repeatable read").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn flows_succeed_in_postgres_with_serializable() {
    run_with_isolation("serializable").await;
}

async fn run_with_isolation(isolation: &str) {
    let schema = Schema::new().await;
    let options = schema.options();
    let options = options.options([("default_transaction_isolation", isolation)]);
    let pool = PgPoolOptions::new().connect_lazy_with(options);
    let store = PostgresStore::from_pool(pool).await.unwrap();
    let store = with_outbox(store).await;
    World::run(store, concurrent_flows_of_different_accounts_succeed).await;
}

/// All flows have one client, whose attempts are one row.
async fn concurrent_flows_of_different_accounts_succeed<S: Store>(world: World<S>) {
    let all = AttemptLimit::new(100_000);
    let world = world.with(|builder| builder.client_limit(all).client_mail_limit(all));
    for number in 0..PEOPLE {
        world.verified(&format!("ada{number}")).await;
    }
    let client = RequestContext::new().with_client([192, 0, 2, 1].into());
    let people = world.scope().provide(client);
    let worker = world.worker();
    for round in 0..rounds(200) {
        let mut tasks = JoinSet::new();
        for number in 0..PEOPLE {
            let accounts = world.accounts.clone();
            tasks.spawn(people.run_async(async move {
                let name = format!("ada{number}");
                let granted = accounts.authenticate(&name, PASSWORD).await.unwrap();
                assert!(matches!(granted, Authentication::Granted(_)), "{granted:?}");
            }));
            let accounts = world.accounts.clone();
            tasks.spawn(people.run_async(async move {
                let name = format!("bob{number}-{round}");
                let bob = User::new(&name, format!("{name}@example.org")).unwrap();
                accounts.register(bob, PASSWORD).await.unwrap();
            }));
        }
        tasks.join_all().await;
    }
    until(async || world.left().await == 0).await;
    worker.shutdown().await;
    let mailed = world.journal.mails().len();
    assert_eq!(mailed, usize::try_from(PEOPLE * rounds(200)).unwrap());
}
