//! How a transaction ends, and what happens to its rows, signals and deliveries.

use test_support::unwinds;

use crate::layer::{Layer, ShopDatabase as _};
use crate::shop::Shop;

on_each_layer!(
    a_commit_runs_the_receivers_after_it,
    an_error_rolls_back,
    a_refused_statement_rolls_back,
    a_panic_rolls_back,
    a_savepoint_ends_by_itself,
    two_transactions_at_once_are_apart,
);

async fn a_commit_runs_the_receivers_after_it<L: Layer>(shop: Shop<L>) {
    let paid = shop.within(async |tx| {
        shop.pay(tx, 1).await?;
        shop.pay(tx, 2).await?;
        assert_eq!(shop.world.orders().await, [0; 0]);
        Ok(())
    });
    paid.await.unwrap();
    assert_eq!(shop.settled().await, [1, 2]);
}

async fn an_error_rolls_back<L: Layer>(shop: Shop<L>) {
    let paid = shop.within(async |tx| {
        shop.pay(tx, 1).await?;
        Err::<(), _>(L::refusal())
    });
    let error = paid.await.unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{:?}", L::refusal()));
    assert_eq!(shop.settled().await, [0; 0]);
}

async fn a_refused_statement_rolls_back<L: Layer>(shop: Shop<L>) {
    let paid = shop.within(async |tx| {
        shop.pay(tx, 1).await?;
        shop.pay(tx, 1).await
    });
    assert!(paid.await.is_err());
    assert_eq!(shop.settled().await, [0; 0]);
    let paid = shop.within(async |tx| {
        shop.pay(tx, 1).await?;
        // As code does that ignores an error: PostgreSQL commits nothing after it, and SQLite the rest.
        drop(shop.pay(tx, 1).await);
        Ok(())
    });
    let is_aborted = paid.await.is_err();
    assert_eq!(is_aborted, L::Database::ABORTS);
    let expected: &[i64] = if is_aborted { &[] } else { &[1] };
    assert_eq!(shop.settled().await, expected);
}

async fn a_panic_rolls_back<L: Layer>(shop: Shop<L>) {
    let paid = shop.within(async |tx| {
        shop.pay(tx, 1).await?;
        panic!("out of paper");
        #[expect(unreachable_code, reason = "gives the type")]
        Ok(())
    });
    assert!(unwinds(paid).await);
    assert_eq!(shop.settled().await, [0; 0]);
}

async fn a_savepoint_ends_by_itself<L: Layer>(shop: Shop<L>) {
    let paid = shop.within(async |tx| {
        shop.pay(tx, 1).await?;
        L::nested(tx, async |tx| shop.pay(tx, 2).await).await?;
        let refused = L::nested(tx, async |tx| {
            shop.pay(tx, 3).await?;
            L::nested(tx, async |tx| shop.pay(tx, 4).await).await?;
            shop.pay(tx, 1).await
        });
        assert!(refused.await.is_err());
        assert_eq!(shop.world.orders().await, [0; 0]);
        shop.pay(tx, 5).await
    });
    paid.await.unwrap();
    assert_eq!(shop.settled().await, [1, 2, 5]);
}

async fn two_transactions_at_once_are_apart<L: Layer>(shop: Shop<L>) {
    drop(shop);
    let shop = Shop::<L>::with_connections().await;
    let pay = async |order, is_committed| {
        let paid = shop.within(async |tx| {
            shop.pay(tx, order).await?;
            tokio::task::yield_now().await;
            shop.pay(tx, order + 1).await?;
            if is_committed {
                Ok(())
            } else {
                Err(L::refusal())
            }
        });
        assert_eq!(paid.await.is_ok(), is_committed);
    };
    tokio::join!(pay(1, true), pay(3, false), pay(5, true));
    assert_eq!(shop.settled().await, [1, 2, 5, 6]);
}
