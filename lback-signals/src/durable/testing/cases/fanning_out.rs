//! Cases about signals that go to other services or come from them.

use std::time::Duration;

use uuid::Uuid;

use crate::durable::fan_out::{BrokerOutbox, LandedSignal};
use crate::durable::outbox::{Claimed, Ending, ReceiverClaim};
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{MINUTE, Outcome, Trial, receiver, row};
use crate::enqueue::SignalRow;

const PUBLISH: &str = "@publish.order.paid";

/// The retention of dead letters.
const RETENTION: Duration = Duration::from_hours(24 * 90);

fn published_row() -> SignalRow {
    row(&[PUBLISH]).__with_keep(MINUTE * 5)
}

fn landed(source: &str, id: &str, row: SignalRow) -> LandedSignal {
    LandedSignal {
        source: source.to_owned(),
        id: id.to_owned(),
        keep: MINUTE,
        row,
        error: None,
    }
}

impl<O: TestOutbox + BrokerOutbox> Trial<O> {
    async fn claim_publications(&self) -> Outcome<Vec<Claimed>> {
        let publications = ReceiverClaim {
            limit: 10_000,
            ..receiver(PUBLISH)
        };
        self.claim_of(vec![publications]).await
    }

    /// Inserts as many signals, and publishes them with the sequence numbers from 1. Returns their ids.
    async fn publish_many(&self, count: u64) -> Outcome<Vec<Uuid>> {
        let rows = (0..count).map(|_| published_row());
        self.outbox.insert(rows.collect()).await?;
        let claimed = self.claim_publications().await?;
        let published: Vec<_> = claimed.iter().map(|it| it.claim).zip(1..).collect();
        assert_eq!(self.outbox.mark_published(&published).await?, []);
        Ok(claimed.iter().map(|it| it.id).collect())
    }
}

pub async fn a_published_signal_is_kept_with_its_sequence<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    assert_eq!(trial.outbox.last_published().await?, None);
    trial.publish_many(3).await?;
    assert_eq!(trial.outbox.last_published().await?, Some(3));
    assert!(trial.outbox.counts().await?.is_empty());
    assert_eq!(trial.outbox.signals().await?, 3);
    trial.set_ahead(MINUTE * 6);
    assert_eq!(trial.outbox.maintain(RETENTION).await?.signals, 3);
    assert_eq!(trial.outbox.last_published().await?, None);
    Ok(())
}

pub async fn a_lost_claim_publishes_nothing<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.outbox.insert(vec![published_row()]).await?;
    let before = trial.claim_publications().await?[0].claim;
    trial.set_ahead(MINUTE * 61);
    let after = trial.claim_publications().await?[0].claim;
    assert_eq!(trial.outbox.mark_published(&[(before, 7)]).await?, [before]);
    assert_eq!(trial.outbox.last_published().await?, None);
    assert_eq!(trial.outbox.mark_published(&[(after, 8)]).await?, []);
    assert_eq!(trial.outbox.last_published().await?, Some(8));
    assert_eq!(trial.outbox.mark_published(&[]).await?, []);
    Ok(())
}

pub async fn a_published_signal_frees_the_next_of_its_key<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let rows = (0..3).map(|_| published_row().__with_order("7"));
    trial.outbox.insert(rows.collect()).await?;
    for sequence in 1..=3 {
        let claimed = trial.claim_publications().await?;
        assert_eq!(claimed.len(), 1, "one of a key at a time");
        let published = [(claimed[0].claim, sequence)];
        assert_eq!(trial.outbox.mark_published(&published).await?, []);
    }
    assert_eq!(trial.outbox.republish(0).await?, 3);
    assert_eq!(trial.claim_publications().await?.len(), 1);
    Ok(())
}

pub async fn signals_that_a_broker_has_lost_are_published_again<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let ids = trial.publish_many(5).await?;
    assert_eq!(trial.outbox.republish(5).await?, 0);
    assert_eq!(trial.outbox.republish(2).await?, 3);
    assert_eq!(trial.outbox.republish(2).await?, 0);
    assert_eq!(trial.outbox.last_published().await?, Some(2));
    let again = trial.claim_publications().await?;
    let again_ids: Vec<_> = again.iter().map(|it| it.id).collect();
    assert_eq!(again_ids, ids[2..]);
    trial.set_ahead(MINUTE * 6);
    let maintained = trial.outbox.maintain(RETENTION).await?;
    assert_eq!(maintained.signals, 2, "the others wait");
    let published: Vec<_> = again.iter().map(|it| it.claim).zip(3..).collect();
    assert_eq!(trial.outbox.mark_published(&published).await?, []);
    assert_eq!(trial.outbox.last_published().await?, Some(5));
    Ok(())
}

pub async fn many_signals_are_published_again_in_steps<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.publish_many(2_500).await?;
    let mut total = 0;
    loop {
        let count = trial.outbox.republish(0).await?;
        if count == 0 {
            break;
        }
        total += count;
    }
    assert_eq!(total, 2_500);
    assert_eq!(trial.claim_publications().await?.len(), 2_500);
    Ok(())
}

/// Also if they are kept for longer: services that received them may have forgotten their ids.
pub async fn signals_that_were_done_long_ago_are_not_published_again<
    O: TestOutbox + BrokerOutbox,
>(
    trial: Trial<O>,
) -> Outcome {
    const OLD: u64 = 1_200;
    let rows = (0..OLD).map(|_| row(&[PUBLISH]).__with_keep(MINUTE * 60));
    trial.outbox.insert(rows.collect()).await?;
    let old = trial.claim_publications().await?;
    let old: Vec<_> = old.iter().map(|it| it.claim).zip(1..).collect();
    assert_eq!(trial.outbox.mark_published(&old).await?, []);
    trial.set_ahead(MINUTE * 6);
    let rows = [row(&[PUBLISH]), row(&[PUBLISH, "ship"])].map(|it| it.__with_keep(MINUTE * 60));
    trial.outbox.insert(rows.into()).await?;
    let new = trial.claim_publications().await?;
    let published: Vec<_> = new.iter().map(|it| it.claim).zip(OLD + 1..).collect();
    assert_eq!(trial.outbox.mark_published(&published).await?, []);
    assert_eq!(trial.outbox.republish(0).await?, 2);
    assert_eq!(trial.outbox.republish(0).await?, 0);
    assert_eq!(trial.outbox.last_published().await?, None);
    let again = trial.claim_publications().await?;
    let ids = |claimed: &[Claimed]| claimed.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&new));
    Ok(())
}

/// Both lock many chains of two names.
pub async fn senders_and_publishing_again_do_not_wait_for_each_other<
    O: TestOutbox + BrokerOutbox,
>(
    trial: Trial<O>,
) -> Outcome {
    let rows = || {
        let keys = (0..40).map(|key: u32| key.to_string());
        let rows = keys.flat_map(|key| {
            [
                ("order.paid", PUBLISH),
                ("order.sent", "@publish.order.sent"),
            ]
            .map(|(name, receiver)| {
                SignalRow::__new(name, 1, "{}", &[receiver])
                    .__with_keep(MINUTE * 5)
                    .__with_order(&key)
            })
        });
        rows.collect::<Vec<_>>()
    };
    for _ in 0..20 {
        trial.outbox.insert(rows()).await?;
        let publications = [PUBLISH, "@publish.order.sent"].map(|name| ReceiverClaim {
            limit: 10_000,
            ..receiver(name)
        });
        let claimed = trial.claim_of(publications.into()).await?;
        let published: Vec<_> = claimed.iter().map(|it| it.claim).zip(1..).collect();
        assert_eq!(trial.outbox.mark_published(&published).await?, []);
        let senders = (0..3).map(|_| {
            let (outbox, rows) = (trial.outbox.clone(), rows());
            tokio::spawn(async move { outbox.insert(rows).await })
        });
        let senders: Vec<_> = senders.collect();
        trial.outbox.republish(0).await?;
        for sender in senders {
            sender.await.expect("the task ends")?;
        }
    }
    Ok(())
}

pub async fn a_signal_of_another_service_lands_once<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let one = || landed("shop", "1", row(&["ship", "bill"]));
    assert_eq!(trial.outbox.land(&[one(), one()]).await?, 1);
    assert_eq!(trial.outbox.land(&[one()]).await?, 0);
    let others = [
        landed("shop", "2", row(&["ship"])),
        landed("mailer", "1", row(&["ship"])),
        one(),
    ];
    assert_eq!(trial.outbox.land(&others).await?, 2);
    assert_eq!(trial.outbox.land(&[]).await?, 0);
    assert_eq!(trial.outbox.signals().await?, 3);
    let claimed = trial.claim().await?;
    assert_eq!(claimed.len(), 3);
    for it in claimed {
        trial.end(it.claim, Ending::Done).await?;
    }
    assert_eq!(
        trial.outbox.land(&[one()]).await?,
        0,
        "also when it is done"
    );
    Ok(())
}

pub async fn a_landed_signal_is_stored_as_a_sent_one<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let rows = [row(&["ship"]), row(&["ship"])].map(|row| row.__with_order("7"));
    let signals = [
        landed("shop", "1", rows[0].clone()),
        landed("shop", "2", rows[1].clone()),
    ];
    assert_eq!(trial.outbox.land(&signals).await?, 2);
    let claimed = trial.claim().await?;
    assert_eq!(claimed.len(), 1, "one of a key at a time");
    assert_eq!(claimed[0].id, rows[0].id());
    assert_eq!(claimed[0].payload, "{}");
    trial.end(claimed[0].claim, Ending::Done).await?;
    assert_eq!(trial.claim().await?[0].id, rows[1].id());
    Ok(())
}

pub async fn a_refused_signal_is_a_dead_letter<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let refused = LandedSignal {
        error: Some("too deep".to_owned()),
        ..landed("shop", "1", row(&["@land"]))
    };
    let signals = [refused.clone(), landed("shop", "2", row(&["ship"]))];
    assert_eq!(trial.outbox.land(&signals).await?, 2);
    assert_eq!(trial.outbox.land(&[refused]).await?, 0);
    let dead = trial.outbox.dead_letters().await?;
    assert_eq!(dead.len(), 1);
    assert_eq!((&*dead[0].receiver, &*dead[0].error), ("@land", "too deep"));
    assert!(trial.claim_of(vec![receiver("@land")]).await?.is_empty());
    assert_eq!(trial.claim().await?.len(), 1);
    trial.set_ahead(RETENTION + MINUTE);
    assert_eq!(trial.outbox.maintain(RETENTION).await?.dead, 1);
    Ok(())
}

pub async fn a_landed_signal_is_forgotten_after_its_time<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let one = || landed("shop", "1", row(&["ship"]));
    trial.outbox.land(&[one()]).await?;
    trial.set_ahead(Duration::from_secs(30));
    assert_eq!(trial.outbox.maintain(RETENTION).await?.landed, 0);
    assert_eq!(trial.outbox.land(&[one()]).await?, 0);
    trial.set_ahead(MINUTE * 2);
    assert_eq!(trial.outbox.maintain(RETENTION).await?.landed, 1);
    assert_eq!(trial.outbox.land(&[one()]).await?, 1);
    Ok(())
}

pub async fn a_signal_that_many_land_is_stored_once<O: TestOutbox + BrokerOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let tasks = (0..8).map(|task| {
        let outbox = trial.outbox.clone();
        tokio::spawn(async move {
            // In another order by each.
            let ids = (0..20).map(|id| (id * 7 + task) % 20);
            let signals: Vec<_> = ids
                .map(|id| landed("shop", &id.to_string(), row(&["ship"])))
                .collect();
            outbox.land(&signals).await
        })
    });
    let mut total = 0;
    for task in tasks.collect::<Vec<_>>() {
        total += task.await.expect("the task ends")?;
    }
    assert_eq!(total, 20);
    assert_eq!(trial.outbox.signals().await?, 20);
    Ok(())
}
