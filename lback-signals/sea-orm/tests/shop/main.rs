//! The same shop on each database layer, in SQLite and PostgreSQL, and the entities of SeaORM.
//!
//! Rows, signals and deliveries have to agree: after-commit receivers run for each order that is stored, and for no
//! other.

/// Makes a test for each layer and database of each function, which takes a `Shop`.
macro_rules! on_each_layer {
    ($($test:ident),+ $(,)?) => {
        mod sea_orm_sqlite {
            on_each_layer!(@ crate::sea_orm_layer::SeaOrm<sqlx::Sqlite>, [] $(, $test)+);
        }
        mod sea_orm_postgres {
            on_each_layer!(
                @ crate::sea_orm_layer::SeaOrm<sqlx::Postgres>,
                [#[ignore = "needs LBACK_POSTGRES_URL"]] $(, $test)+
            );
        }
        mod sqlx_sqlite {
            on_each_layer!(@ crate::sqlx_layer::Sqlx<sqlx::Sqlite>, [] $(, $test)+);
        }
        mod sqlx_postgres {
            on_each_layer!(
                @ crate::sqlx_layer::Sqlx<sqlx::Postgres>,
                [#[ignore = "needs LBACK_POSTGRES_URL"]] $(, $test)+
            );
        }
    };
    (@ $layer:ty, [$($attribute:tt)*], $test:ident $(, $others:ident)*) => {
        #[tokio::test(flavor = "multi_thread")]
        $($attribute)*
        async fn $test() {
            super::$test(crate::shop::Shop::<$layer>::new().await).await;
        }
        on_each_layer!(@ $layer, [$($attribute)*] $(, $others)*);
    };
    (@ $layer:ty, [$($attribute:tt)*]) => {};
}

mod accounts;
mod cancelled;
#[path = "../../../tests/durable/sql/cut.rs"]
mod cut;
mod ends;
mod layer;
mod models;
mod postgres;
#[path = "../../../tests/durable/postgres_schema.rs"]
mod postgres_schema;
mod random;
mod sea_orm_layer;
mod shop;
mod sqlx_layer;
mod transaction;
#[path = "../../../tests/durable/sql/world.rs"]
mod world;
