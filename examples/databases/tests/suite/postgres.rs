//! A connection to PostgreSQL that is cut in the commit.

use std::time::Duration;

use sqlx::Postgres;

use crate::cut::{Cut, error};
use crate::diesel_layer::DieselPostgres;
use crate::layer::Layer;
use crate::sea_orm_layer::SeaOrm;
use crate::shop::Shop;
use crate::sqlx_layer::Sqlx;
use crate::world::World;

async fn a_commit_is_cut<L: Layer<Database = Postgres>>() {
    let answers = [Vec::new(), error("FATAL", "57P01")];
    for (is_forwarded, answer) in [true, false].into_iter().zip(answers) {
        let world = World::<Postgres>::new().await;
        let cut = Cut {
            is_forwarded,
            held: Duration::from_millis(50),
            answer,
            ..Cut::default()
        };
        let pool = cut.pool(&world).await;
        let shop = Shop::<L>::with_pool(world, &pool).await;
        let paid = shop.within(async |tx| shop.pay(tx, 1).await).await;
        // The outcome was asked for on another connection.
        assert_eq!(paid.is_ok(), is_forwarded);
        let expected: &[i64] = if is_forwarded { &[1] } else { &[] };
        assert_eq!(shop.settled().await, expected);
        shop.within(async |tx| shop.pay(tx, 2).await).await.unwrap();
        assert_eq!(shop.settled().await, [2]);
    }
}

async fn an_outcome_is_unknown<L: Layer<Database = Postgres>>() {
    let world = World::<Postgres>::new().await;
    let cut = Cut {
        is_forwarded: true,
        is_of_other_timeline: true,
        ..Cut::default()
    };
    let pool = cut.pool(&world).await;
    let shop = Shop::<L>::with_pool(world, &pool).await;
    let unknown = shop.within(async |tx| shop.pay(tx, 1).await).await;
    assert!(unknown.as_ref().is_err_and(L::is_unknown), "{unknown:?}");
    assert_eq!(shop.world.take_log(), [""; 0]);
    assert_eq!(shop.world.orders().await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_outcome_of_a_cut_commit_is_asked_for() {
    a_commit_is_cut::<DieselPostgres>().await;
    a_commit_is_cut::<SeaOrm<Postgres>>().await;
    a_commit_is_cut::<Sqlx<Postgres>>().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_outcome_that_cannot_be_found_out_is_unknown() {
    an_outcome_is_unknown::<DieselPostgres>().await;
    an_outcome_is_unknown::<SeaOrm<Postgres>>().await;
    an_outcome_is_unknown::<Sqlx<Postgres>>().await;
}
