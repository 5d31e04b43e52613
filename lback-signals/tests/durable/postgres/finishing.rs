//! Endings and renewals beside other transactions.

use std::time::Duration;

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{Ending, Outbox};

use super::{
    claim, claimed, connection, counts, execute, outbox, request, row_for, until_one_waits,
};
use crate::postgres_schema::Schema;

/// Each of two transactions would see the delivery that the other one deletes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_signal_of_two_deliveries_that_end_at_once_is_deleted() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    outbox
        .insert(vec![row_for(&["ship", "bill"])])
        .await
        .unwrap();
    let bill = outbox.claim(&request("bill")).await.unwrap()[0].claim;
    let mut other = connection(&schema).await;
    let complete = "BEGIN; SELECT FROM lback_signal FOR UPDATE; DELETE FROM lback_delivery WHERE receiver = 'ship'";
    execute(&mut other, complete).await;
    let finish = {
        let outbox = outbox.clone();
        tokio::spawn(async move { outbox.finish(&[(bill, Ending::Done)]).await })
    };
    until_one_waits(&schema).await;
    execute(&mut other, "COMMIT").await;
    assert_eq!(finish.await.unwrap().unwrap(), []);
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn two_workers_that_end_all_deliveries_at_once_leave_no_signal() {
    let schema = Schema::new().await;
    let (one, other) = (outbox(&schema).await, outbox(&schema).await);
    for round in 0..20 {
        let rows = (0..50).map(|_| row_for(&["ship", "bill"]));
        one.insert(rows.collect()).await.unwrap();
        let (ship, bill) = (request("ship"), request("bill"));
        let mut claims = [
            one.claim(&ship).await.unwrap(),
            other.claim(&bill).await.unwrap(),
        ];
        // In opposite orders, which must not be a deadlock.
        claims[1].reverse();
        let [ship, bill] = claims.map(|claimed| {
            let done = claimed.iter().map(|it| (it.claim, Ending::Done));
            done.collect::<Vec<_>>()
        });
        let (ship, bill) = tokio::join!(one.finish(&ship), other.finish(&bill));
        assert_eq!((ship.unwrap(), bill.unwrap()), (vec![], vec![]));
        assert_eq!(one.signals().await.unwrap(), 0, "round {round}");
    }
}

/// For example while the transaction of its receiver commits.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_locked_delivery_is_neither_renewed_nor_lost() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let [locked, free] = [claimed(&outbox).await, claimed(&outbox).await];
    let mut other = connection(&schema).await;
    execute(
        &mut other,
        "BEGIN; DELETE FROM lback_delivery WHERE number = 1",
    )
    .await;
    let lease = Duration::from_hours(1);
    let lost = outbox.renew(&[locked, free], lease).await;
    assert_eq!(lost.unwrap(), []);
    let renewed = "SELECT number FROM lback_delivery ORDER BY due_at DESC LIMIT 1";
    assert_eq!(super::number(&mut other, renewed).await, free.number);
    execute(&mut other, "COMMIT").await;
    let lost = outbox.renew(&[locked, free], lease).await;
    assert_eq!(lost.unwrap(), [locked]);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_claim_passes_over_locked_deliveries() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let rows = [row_for(&["ship"]), row_for(&["ship"])];
    outbox.insert(rows.into()).await.unwrap();
    let mut other = connection(&schema).await;
    let lock = "BEGIN; SELECT FROM lback_delivery WHERE number = 1 FOR UPDATE";
    execute(&mut other, lock).await;
    let free = claim(&outbox).await;
    assert_eq!(free.len(), 1);
    assert_eq!(free[0].claim.number, 2);
    execute(&mut other, "COMMIT").await;
    assert_eq!(claim(&outbox).await[0].claim.number, 1);
}
