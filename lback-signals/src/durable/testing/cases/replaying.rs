//! Cases about delivering stored signals once more.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::durable::admin::{DeliveryFilter, OutboxAdmin, Replay, ReplayPosition};
use crate::durable::outbox::{Claimed, Ending};
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{
    LEASE, MINUTE, Outcome, Trial, dead, operation, receiver, row,
};
use crate::enqueue::SignalRow;

const DAY: Duration = Duration::from_hours(24);

pub(super) fn replay() -> Replay {
    Replay {
        receiver: "ship".to_owned(),
        earlier_names: vec!["send".to_owned()],
        ordered_as: None,
        signals: vec!["order.paid".to_owned(), "order_paid".to_owned()],
        since: SystemTime::UNIX_EPOCH,
        limit: 100,
        from: None,
    }
}

fn kept(receivers: &[&str]) -> SignalRow {
    row(receivers).__with_keep(DAY * 7)
}

impl<O: TestOutbox + OutboxAdmin> Trial<O> {
    /// Inserts kept signals one after the other, and completes their deliveries. Returns their ids.
    async fn done(&self, count: u32) -> Outcome<Vec<Uuid>> {
        let mut ids = Vec::new();
        for place in 0..count {
            self.set_ahead(MINUTE * place);
            let signal = kept(&["ship"]);
            ids.push(signal.id());
            self.outbox.insert(vec![signal]).await?;
            let claim = self.reclaimed().await?;
            self.end(claim, Ending::Done).await?;
        }
        Ok(ids)
    }

    async fn replayed(&self, replay: &Replay) -> Outcome<u64> {
        let operation = operation("replay");
        let mut replay = replay.clone();
        let replayable = self.outbox.replayable(&replay).await?;
        let mut replayed = 0;
        loop {
            let page = self.outbox.replay(&replay, &operation).await?;
            replayed += page.deliveries;
            replay.from = page.next;
            if page.next.is_none() {
                assert_eq!(replayed, replayable.signals, "as announced");
                let noted = self.outbox.operations(1).await?;
                assert_eq!(noted[0].deliveries, replayed);
                return Ok(replayed);
            }
        }
    }
}

fn ids(claimed: &[Claimed]) -> Vec<Uuid> {
    claimed.iter().map(|it| it.id).collect()
}

pub async fn a_kept_signal_is_delivered_once_more<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let ids = trial.done(1).await?;
    assert_eq!(trial.replayed(&replay()).await?, 1);
    let done_at = trial.outbox.deliveries(&DeliveryFilter::default()).await?;
    let signal = trial.outbox.signal_of(done_at[0].number).await?;
    assert!(signal.is_some_and(|it| it.done_at.is_none()));
    trial.set_ahead(DAY * 8);
    assert_eq!(trial.outbox.maintain(DAY).await?.signals, 0);
    let claimed = trial.claim().await?;
    assert_eq!((self::ids(&claimed), claimed[0].attempt), (ids, 1));
    trial.end(claimed[0].claim, Ending::Done).await?;
    assert_eq!(trial.outbox.signals().await?, 1, "its time begins again");
    trial.set_ahead(DAY * 16);
    assert_eq!(trial.outbox.maintain(DAY).await?.signals, 1);
    Ok(())
}

pub async fn a_replay_retries_dead_letters<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let numbers = trial.dead(vec![row(&["ship"]), kept(&["ship"])]).await?;
    let earlier = SignalRow::__new("order_paid", 1, "{}", &["send"]);
    trial.outbox.insert(vec![earlier]).await?;
    let claimed = trial.claim_of(vec![receiver("send")]).await?;
    trial.end(claimed[0].claim, dead("refused")).await?;
    assert_eq!(trial.replayed(&replay()).await?, 3);
    let mut both = receiver("ship");
    both.names.push("send");
    let claimed = trial.claim_of(vec![both]).await?;
    let found: Vec<_> = claimed
        .iter()
        .map(|it| (it.claim.number, it.attempt))
        .collect();
    let last = numbers[1] + 1;
    assert_eq!(found, [(numbers[0], 1), (numbers[1], 1), (last, 1)]);
    Ok(())
}

pub async fn a_replay_leaves_out_what_waits_or_runs<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.outbox.insert(vec![kept(&["ship"])]).await?;
    let running = trial.reclaimed().await?;
    trial
        .outbox
        .insert(vec![kept(&["ship"]), kept(&["send"])])
        .await?;
    assert_eq!(trial.replayed(&replay()).await?, 0);
    trial.end(running, Ending::Done).await?;
    assert_eq!(trial.replayed(&replay()).await?, 1);
    assert_eq!(trial.replayed(&replay()).await?, 0, "it waits now");
    Ok(())
}

pub async fn a_replay_is_of_one_receiver_and_its_signals<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial
        .dead(vec![SignalRow::__new("order.sent", 1, "{}", &["ship"])])
        .await?;
    trial
        .outbox
        .insert(vec![kept(&["bill"]), row(&["bill"])])
        .await?;
    let billed = trial.claim_of(vec![receiver("bill")]).await?;
    trial.end(billed[0].claim, Ending::Done).await?;
    trial.end(billed[1].claim, dead("refused")).await?;
    let other = SignalRow::__new("order.sent", 1, "{}", &["ship"]).__with_keep(DAY);
    trial.outbox.insert(vec![other]).await?;
    let shipped = trial.reclaimed().await?;
    trial.end(shipped, Ending::Done).await?;
    // A receiver that is new gets the kept signals of its name.
    assert_eq!(trial.replayed(&replay()).await?, 1);
    assert_eq!(ids(&trial.claim().await?), [billed[0].id]);
    Ok(())
}

/// A dead letter of another receiver does not keep a signal from being replayed.
pub async fn a_replay_does_not_wait_for_other_receivers<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.outbox.insert(vec![kept(&["ship", "bill"])]).await?;
    let claim = trial.reclaimed().await?;
    trial.end(claim, Ending::Done).await?;
    assert_eq!(trial.replayed(&replay()).await?, 1);
    Ok(())
}

pub async fn a_replay_begins_at_a_time<O: TestOutbox + OutboxAdmin>(trial: Trial<O>) -> Outcome {
    let ids = trial.done(4).await?;
    trial.set_ahead(MINUTE * 10);
    trial.dead(vec![row(&["ship"])]).await?;
    let mut replay = replay();
    replay.since = SystemTime::now() + MINUTE * 11;
    assert_eq!(trial.replayed(&replay).await?, 0);
    replay.since = SystemTime::now() + MINUTE + MINUTE / 2;
    let replayable = trial.outbox.replayable(&replay).await?;
    let since = replayable
        .kept_since
        .map(|it| it.elapsed().unwrap_or_default());
    assert!(since.is_some_and(|since| since < MINUTE), "{since:?}");
    assert_eq!(trial.replayed(&replay).await?, 3);
    let claimed = trial.claim().await?;
    let claimed: Vec<_> = claimed.iter().filter(|it| ids.contains(&it.id)).collect();
    let claimed: Vec<_> = claimed.iter().map(|it| it.id).collect();
    assert_eq!(claimed, ids[2..], "in the order of sending");
    replay.signals = vec!["order.sent".to_owned()];
    let replayable = trial.outbox.replayable(&replay).await?;
    assert_eq!((replayable.signals, replayable.kept_since), (0, None));
    Ok(())
}

pub async fn a_replay_is_paged<O: TestOutbox + OutboxAdmin>(trial: Trial<O>) -> Outcome {
    let kept = trial.done(5).await?;
    trial
        .dead(vec![row(&["ship"]), row(&["ship"]), row(&["ship"])])
        .await?;
    let operation = operation("replay");
    let mut replay = replay();
    let mut found = Vec::new();
    // No page has both kept signals and dead letters, which outboxes may leave to the next page.
    for (limit, expected) in [(2, 2), (2, 2), (1, 1), (2, 2), (1, 1), (9, 0)] {
        replay.limit = limit;
        let page = trial.outbox.replay(&replay, &operation).await?;
        assert_eq!(page.deliveries, expected);
        for claimed in trial.claim().await? {
            found.push(claimed.id);
            // A page does not find again what has died or is done since the page before.
            let is_done = found.len().is_multiple_of(2);
            let ending = if is_done {
                Ending::Done
            } else {
                dead("refused")
            };
            trial.end(claimed.claim, ending).await?;
        }
        replay.from = page.next;
    }
    assert_eq!(replay.from, None);
    assert_eq!((found.len(), &found[..5]), (8, &*kept));
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 8, "each signal once");
    Ok(())
}

pub async fn a_replay_ends_while_signals_are_sent<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.done(2).await?;
    let mut replay = replay();
    replay.limit = 1;
    let mut pages = 0;
    let mut ahead = MINUTE * 2;
    loop {
        let page = trial.outbox.replay(&replay, &operation("replay")).await?;
        for claimed in trial.claim().await? {
            trial.end(claimed.claim, Ending::Done).await?;
        }
        ahead += MINUTE;
        trial.set_ahead(ahead);
        trial.outbox.insert(vec![kept(&["ship"])]).await?;
        let sent = trial.reclaimed().await?;
        trial.end(sent, Ending::Done).await?;
        pages += 1;
        replay.from = page.next;
        if page.next.is_none() {
            break;
        }
        assert!(pages < 10, "the replay ends");
    }
    assert_eq!(pages, 3);
    Ok(())
}

/// A page without a place would begin again and again.
pub async fn a_page_of_a_replay_takes_at_least_one_signal<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.done(1).await?;
    let mut replay = replay();
    replay.limit = 0;
    let page = trial.outbox.replay(&replay, &operation("replay")).await?;
    assert_eq!(page.deliveries, 1);
    assert!(
        page.next
            .is_some_and(|next: ReplayPosition| Some(next) != replay.from)
    );
    assert!(trial.claim().await?.len() == 1 && LEASE > MINUTE);
    Ok(())
}
