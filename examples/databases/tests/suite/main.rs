//! The same shop on each database layer, in SQLite and PostgreSQL.
//!
//! Rows, signals and deliveries have to agree: after-commit receivers run for each order that is stored, and for no
//! other.

/// Makes a test for each layer and database of each function, which takes a `Shop`.
macro_rules! on_each_layer {
    ($($test:ident),+ $(,)?) => {
        on_each_layer!(@ diesel_sqlite, crate::diesel_layer::DieselSqlite, sqlite $(, $test)+);
        on_each_layer!(@ diesel_postgres, crate::diesel_layer::DieselPostgres, postgres $(, $test)+);
        on_each_layer!(@ sea_orm_sqlite, crate::sea_orm_layer::SeaOrm<sqlx::Sqlite>, sqlite $(, $test)+);
        on_each_layer!(@ sea_orm_postgres, crate::sea_orm_layer::SeaOrm<sqlx::Postgres>, postgres $(, $test)+);
        on_each_layer!(@ sqlx_sqlite, crate::sqlx_layer::Sqlx<sqlx::Sqlite>, sqlite $(, $test)+);
        on_each_layer!(@ sqlx_postgres, crate::sqlx_layer::Sqlx<sqlx::Postgres>, postgres $(, $test)+);
    };
    (@ $name:ident, $layer:ty, $database:tt $(, $test:ident)+) => {
        mod $name {
            type Layer = $layer;

            $(on_each_layer!(# $test, $database);)+
        }
    };
    (# $test:ident, sqlite) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            super::$test(crate::shop::Shop::<Layer>::new().await).await;
        }
    };
    (# $test:ident, postgres) => {
        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "needs LBACK_POSTGRES_URL"]
        async fn $test() {
            super::$test(crate::shop::Shop::<Layer>::new().await).await;
        }
    };
}

mod cancelled;
#[path = "../../../../lback-signals/tests/durable/sql/cut.rs"]
mod cut;
mod delivered;
mod diesel_layer;
mod ends;
mod examples;
mod layer;
mod postgres;
#[path = "../../../../lback-signals/tests/durable/postgres_schema.rs"]
mod postgres_schema;
mod random;
mod sea_orm_layer;
mod shop;
mod sqlx_layer;
mod threads;
#[allow(dead_code, reason = "other tests use more of it")]
#[path = "../../../../lback-signals/tests/durable/sql/world.rs"]
mod world;
