//! Cases about the retention of signals and dead letters.

use std::time::Duration;

use crate::durable::maintenance::{DEAD_LETTER_RETENTION, MAINTAINED, Maintenance};
use crate::durable::outbox::Ending;
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{LEASE, MINUTE, Outcome, Trial, dead, receiver, retry, row};

const DAY: Duration = Duration::from_hours(24);

impl<O: TestOutbox> Trial<O> {
    /// Returns how many dead letters and signals the maintenance has deleted.
    async fn maintained(&self) -> Outcome<(u64, u64)> {
        let maintained = self.outbox.maintain(DEAD_LETTER_RETENTION).await?;
        let Maintenance { dead, signals, .. } = maintained;
        assert!(!maintained.has_more);
        Ok((dead, signals))
    }
}

pub async fn a_kept_signal_stays_after_its_last_delivery<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let kept = row(&["ship", "bill"]).__with_keep(DAY);
    trial.outbox.insert(vec![kept, row(&["ship"])]).await?;
    let both = vec![receiver("ship"), receiver("bill")];
    for claimed in trial.claim_of(both).await? {
        trial.end(claimed.claim, Ending::Done).await?;
    }
    assert_eq!(trial.outbox.signals().await?, 1);
    assert!(trial.outbox.counts().await?.is_empty());
    assert_eq!(trial.maintained().await?, (0, 0));
    assert_eq!(trial.outbox.signals().await?, 1);
    Ok(())
}

pub async fn a_kept_signal_is_deleted_after_its_time<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let kept = row(&["ship", "bill"]).__with_keep(DAY);
    trial.outbox.insert(vec![kept]).await?;
    let shipped = trial.reclaimed().await?;
    trial.end(shipped, Ending::Done).await?;
    trial.set_ahead(DAY * 7);
    assert_eq!(trial.maintained().await?, (0, 0), "one delivery waits");
    let billed = trial.claim_of(vec![receiver("bill")]).await?;
    trial.end(billed[0].claim, Ending::Done).await?;
    trial.set_ahead(DAY * 7 + MINUTE * 1439);
    assert_eq!(trial.maintained().await?, (0, 0));
    trial.set_ahead(DAY * 8 + MINUTE);
    assert_eq!(trial.maintained().await?, (0, 1));
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

pub async fn a_signal_may_be_kept_for_ever<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let kept = row(&["ship"]).__with_keep(Duration::MAX);
    trial.outbox.insert(vec![kept]).await?;
    let claim = trial.reclaimed().await?;
    trial.end(claim, Ending::Done).await?;
    trial.set_ahead(DAY * 366 * 100);
    assert_eq!(trial.maintained().await?, (0, 0));
    assert_eq!(trial.outbox.signals().await?, 1);
    Ok(())
}

pub async fn a_dead_letter_is_deleted_after_the_retention<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert(&["ship", "bill"]).await?;
    let claim = trial.reclaimed().await?;
    trial.end(claim, dead("refused")).await?;
    trial.set_ahead(DAY * 30);
    let other = trial.claimed().await?;
    trial.end(other, dead("refused")).await?;
    trial.set_ahead(DAY * 89 + MINUTE * 1439);
    assert_eq!(trial.maintained().await?, (0, 0));
    trial.set_ahead(DAY * 90 + MINUTE);
    assert_eq!(trial.maintained().await?, (1, 0));
    let dead = trial.outbox.dead_letters().await?;
    let dead: Vec<_> = dead.iter().map(|it| it.number).collect();
    assert_eq!(dead, [other.number]);
    assert_eq!(trial.outbox.signals().await?, 2, "`bill` waits");
    trial.set_ahead(DAY * 120 + MINUTE);
    assert_eq!(trial.maintained().await?, (1, 0));
    assert_eq!(trial.outbox.signals().await?, 1);
    Ok(())
}

pub async fn the_kept_signal_of_a_deleted_dead_letter_stays<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let kept = row(&["ship"]).__with_keep(DAY);
    trial.outbox.insert(vec![kept]).await?;
    let claim = trial.reclaimed().await?;
    trial.end(claim, dead("refused")).await?;
    trial.set_ahead(DAY * 91);
    assert_eq!(trial.maintained().await?, (1, 0));
    assert_eq!(trial.outbox.signals().await?, 1);
    trial.set_ahead(DAY * 92 + MINUTE);
    assert_eq!(trial.maintained().await?, (0, 1));
    Ok(())
}

pub async fn maintenance_deletes_no_delivery_that_is_to_run<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_many(2).await?;
    let claimed = trial.claim().await?;
    trial.end(claimed[0].claim, retry(MINUTE)).await?;
    trial.insert(&["bill"]).await?;
    trial.set_ahead(DAY * 366);
    assert_eq!(trial.maintained().await?, (0, 0));
    let counts = trial.outbox.counts().await?;
    let waiting: Vec<_> = counts.iter().map(|it| it.waiting).collect();
    assert_eq!(waiting, [1, 2]);
    Ok(())
}

pub async fn maintenance_deletes_a_bounded_number_at_once<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let most = u64::from(MAINTAINED);
    let rows = (0..=most).map(|_| row(&["ship", "bill"]).__with_keep(MINUTE));
    trial.outbox.insert(rows.collect()).await?;
    let all = |name| {
        let mut all = receiver(name);
        all.limit = u32::MAX;
        vec![all]
    };
    for (name, ending) in [("ship", dead("refused")), ("bill", Ending::Done)] {
        let claimed = trial.claim_of(all(name)).await?;
        let endings: Vec<_> = claimed
            .iter()
            .map(|it| (it.claim, ending.clone()))
            .collect();
        assert_eq!(trial.outbox.finish(&endings).await?, []);
    }
    trial.set_ahead(LEASE * 2);
    let mut deleted = Vec::new();
    loop {
        let maintained = trial.outbox.maintain(LEASE).await?;
        deleted.push((maintained.dead, maintained.signals));
        trial.set_ahead(LEASE * 3);
        if !maintained.has_more {
            break;
        }
    }
    let dead: Vec<_> = deleted.iter().map(|it| it.0).filter(|it| *it > 0).collect();
    assert_eq!(dead, [most, 1]);
    assert!(deleted.iter().all(|it| it.1 <= most), "{deleted:?}");
    let signals: u64 = deleted.iter().map(|it| it.1).sum();
    assert_eq!(signals + trial.outbox.signals().await?, most + 1);
    Ok(())
}
