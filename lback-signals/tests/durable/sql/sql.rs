//! `SignalTransaction` and `within`, on SQLite and PostgreSQL.

/// Makes a test for each database of each function, which takes a `World`.
macro_rules! in_each_database {
    ($($test:ident),+ $(,)?) => {
        mod in_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(crate::world::World::<sqlx::Sqlite>::new().await).await;
                }
            )+
        }

        mod in_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs LBACK_POSTGRES_URL"]
                async fn $test() {
                    super::$test(crate::world::World::<sqlx::Postgres>::new().await).await;
                }
            )+
        }
    };
}

mod cancelled;
#[path = "../../background/collector.rs"]
mod collector;
mod context;
mod crash;
mod cut;
mod ends;
mod outbox;
mod postgres;
#[path = "../postgres_schema.rs"]
mod postgres_schema;
mod runtimes;
mod savepoints;
#[path = "../kill/server.rs"]
mod server;
mod sqlite;
mod world;
