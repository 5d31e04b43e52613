//! Cases about deliveries, signals and operations as operators see them.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::durable::admin::{
    DeliveryFilter, DeliveryState, Operation, OutboxAdmin, StoredForm, StoredSignal,
};
use crate::durable::outbox::Ending;
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{
    LEASE, MINUTE, Outcome, Trial, operation, receiver, retry, row,
};
use crate::enqueue::SignalRow;

const DAY: Duration = Duration::from_hours(24);

/// Whether two times are within some seconds, since a storage has its own clock.
fn is_near(time: Option<SystemTime>, expected: SystemTime) -> bool {
    let apart = time.map(|time| match time.duration_since(expected) {
        Ok(apart) => apart,
        Err(error) => error.duration(),
    });
    apart.is_some_and(|apart| apart < MINUTE)
}

impl<O: TestOutbox + OutboxAdmin> Trial<O> {
    async fn found(&self, filter: DeliveryFilter) -> Outcome<Vec<i64>> {
        let found = self.outbox.deliveries(&filter).await?;
        let found: Vec<_> = found.iter().map(|it| it.number).collect();
        let unlimited = DeliveryFilter {
            limit: None,
            ..filter.clone()
        };
        let counted = self.outbox.count(&filter).await?;
        let all = self.outbox.deliveries(&unlimited).await?;
        assert_eq!(counted, u64::try_from(all.len()).unwrap_or(u64::MAX));
        Ok(found)
    }

    async fn in_state(&self, state: DeliveryState) -> Outcome<Vec<i64>> {
        let filter = DeliveryFilter {
            state: Some(state),
            ..DeliveryFilter::default()
        };
        self.found(filter).await
    }
}

/// Inserts a waiting, a running, an expired, a failed and a dead delivery, numbered in this order.
async fn insert_each<O: TestOutbox + OutboxAdmin>(trial: &Trial<O>) -> Outcome<Vec<i64>> {
    let rows = ["wait", "run", "expire", "fail", "die"].map(|name| row(&[name]));
    trial.outbox.insert(rows.to_vec()).await?;
    let expired = trial.claim_of(vec![receiver("expire")]).await?;
    trial.set_ahead(LEASE * 2);
    trial.claim_of(vec![receiver("run")]).await?;
    let failed = trial.claim_of(vec![receiver("fail")]).await?;
    trial.end(failed[0].claim, retry(DAY)).await?;
    let died = trial.claim_of(vec![receiver("die")]).await?;
    let ending = Ending::Dead {
        error: "refused".to_owned(),
        was_run: true,
        blocks_key: false,
    };
    trial.end(died[0].claim, ending).await?;
    let expired = expired[0].claim.number;
    Ok((expired - 2..=expired + 2).collect())
}

pub async fn operators_find_deliveries_by_state<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let numbers = insert_each(&trial).await?;
    let [wait, run, expire, fail, die] = numbers[..] else {
        panic!("five deliveries");
    };
    assert_eq!(
        trial.in_state(DeliveryState::Waiting).await?,
        [wait, expire, fail]
    );
    assert_eq!(trial.in_state(DeliveryState::Running).await?, [run]);
    assert_eq!(trial.in_state(DeliveryState::Dead).await?, [die]);
    assert!(trial.in_state(DeliveryState::Parked).await?.is_empty());
    assert_eq!(trial.found(DeliveryFilter::default()).await?, numbers);
    Ok(())
}

pub async fn operators_see_each_field_of_a_delivery<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let sent = SignalRow::__new("order.paid", 3, "{}", &["wait"]).__with_key("7");
    let id = sent.id();
    trial.outbox.insert(vec![sent]).await?;
    insert_each(&trial).await?;
    let seen = trial.outbox.deliveries(&DeliveryFilter::default()).await?;
    let [keyed, wait, run, expire, fail, die] = &seen[..] else {
        panic!("six deliveries: {seen:?}");
    };
    assert_eq!((keyed.signal_id, keyed.version), (id, 3));
    assert_eq!(keyed.key.as_deref(), Some("7"));
    assert_eq!((&*wait.signal, &*wait.receiver), ("order.paid", "wait"));
    assert_eq!((wait.version, &wait.key), (1, &None));
    let attempts: Vec<_> = seen.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [0, 0, 1, 1, 1, 1]);
    let now = SystemTime::now();
    assert!(is_near(wait.due_at, now), "{wait:?}");
    assert!(is_near(run.due_at, now + LEASE * 3), "{run:?}");
    assert!(is_near(expire.due_at, now + LEASE), "{expire:?}");
    assert!(is_near(fail.due_at, now + LEASE * 2 + DAY), "{fail:?}");
    assert_eq!(die.due_at, None);
    assert_eq!(run.worker.as_deref(), Some("conformance"));
    assert_eq!((&wait.worker, &die.worker), (&None, &None));
    for failed in [fail, die] {
        assert!(is_near(failed.failed_at, now + LEASE * 2), "{failed:?}");
        assert_eq!(failed.error.as_deref(), Some("refused"));
    }
    assert_eq!((run.failed_at, &run.error), (None, &None));
    Ok(())
}

pub async fn operators_page_deliveries_by_number<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let other = SignalRow::__new("order.sent", 1, "{}", &["ship", "bill"]);
    let rows = vec![row(&["ship"]), other, row(&["bill"]), row(&["ship"])];
    trial.outbox.insert(rows).await?;
    let all = trial.found(DeliveryFilter::default()).await?;
    assert_eq!(all.len(), 5);
    let page = |after, limit| DeliveryFilter {
        after,
        limit: Some(limit),
        ..DeliveryFilter::default()
    };
    assert_eq!(trial.found(page(0, 2)).await?, all[..2]);
    assert_eq!(trial.found(page(all[1], 2)).await?, all[2..4]);
    assert_eq!(trial.found(page(all[3], 2)).await?, all[4..]);
    assert!(trial.found(page(all[4], 2)).await?.is_empty());
    let of = |receiver: Option<&str>, signal: Option<&str>| DeliveryFilter {
        receiver: receiver.map(str::to_owned),
        signal: signal.map(str::to_owned),
        ..DeliveryFilter::default()
    };
    let shipped = trial.found(of(Some("ship"), None)).await?;
    assert_eq!(shipped, [all[0], all[1], all[4]]);
    let sent = trial.found(of(None, Some("order.sent"))).await?;
    assert_eq!(sent, all[1..3]);
    let both = trial.found(of(Some("bill"), Some("order.sent"))).await?;
    assert_eq!(both, [all[2]]);
    assert!(trial.found(of(Some("post"), None)).await?.is_empty());
    Ok(())
}

pub async fn operators_see_the_signal_of_a_delivery<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let sent = SignalRow::__new("order.paid", 3, r#"{"order": 7}"#, &["ship"]);
    let sent = sent.__with_key("7").__with_subject("account 7");
    let id = sent.id();
    trial.outbox.insert(vec![sent]).await?;
    let number = trial.found(DeliveryFilter::default()).await?[0];
    let signal = trial.outbox.signal_of(number).await?;
    let signal = signal.expect("the delivery has a signal");
    assert!(is_near(Some(signal.sent_at), SystemTime::now()));
    let expected = StoredSignal {
        id,
        name: "order.paid".to_owned(),
        version: 3,
        key: Some("7".to_owned()),
        subject: Some("account 7".to_owned()),
        payload: r#"{"order": 7}"#.to_owned(),
        trace: None,
        sent_at: signal.sent_at,
        done_at: None,
    };
    assert!(signal == expected, "{signal:?}");
    assert!(!format!("{signal:?}").contains("order\":"));
    assert!(trial.outbox.signal_of(number + 1).await?.is_none());
    Ok(())
}

pub async fn the_signals_of_a_subject_are_exported<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let of = |subject| row(&["ship"]).__with_subject(subject).__with_keep(DAY);
    let rows = vec![of("account 7"), of("account 8"), row(&["bill"])];
    trial.outbox.insert(rows).await?;
    let claimed = trial.claim().await?;
    trial.end(claimed[0].claim, Ending::Done).await?;
    trial.set_ahead(MINUTE);
    trial.outbox.insert(vec![of("account 7")]).await?;
    let signals = trial.outbox.signals_of("account 7").await?;
    let is_done: Vec<_> = signals.iter().map(|it| it.done_at.is_some()).collect();
    assert_eq!(is_done, [true, false], "by the time of sending");
    assert!(trial.outbox.signals_of("account").await?.is_empty());
    Ok(())
}

pub async fn operators_see_the_forms_that_are_stored<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.dead(vec![row(&["ship"])]).await?;
    let newer = SignalRow::__new("order.paid", 2, "{}", &["ship", "bill"]);
    let other = SignalRow::__new("order.sent", 1, "{}", &["ship"]);
    trial.insert_many(2).await?;
    trial.claim().await?;
    trial.outbox.insert(vec![newer, other]).await?;
    let form = |receiver: &str, signal: &str, version, pending, dead| StoredForm {
        receiver: receiver.to_owned(),
        signal: signal.to_owned(),
        version,
        pending,
        dead,
    };
    let expected = [
        form("bill", "order.paid", 2, 1, 0),
        form("ship", "order.paid", 1, 2, 1),
        form("ship", "order.paid", 2, 1, 0),
        form("ship", "order.sent", 1, 1, 0),
    ];
    assert_eq!(trial.outbox.stored_forms().await?, expected);
    Ok(())
}

pub async fn operations_are_noted_with_what_they_changed<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let dead = trial.dead(vec![row(&["ship"]), row(&["ship"])]).await?;
    let first = operation("retry 1");
    trial.outbox.retry(&dead[..1], &first).await?;
    trial.set_ahead(MINUTE);
    let second = Operation {
        because: Some("sent by mistake".to_owned()),
        ..operation("discard 2")
    };
    trial.outbox.discard(&dead, &second).await?;
    trial.set_ahead(MINUTE * 2);
    // The next page of the first one.
    trial.insert(&["ship"]).await?;
    let claim = trial.reclaimed().await?;
    trial
        .end(claim, crate::durable::testing::trial::dead("refused"))
        .await?;
    trial.outbox.retry(&[claim.number], &first).await?;
    let noted = trial.outbox.operations(10).await?;
    let found: Vec<_> = noted
        .iter()
        .map(|it| (&it.operation, it.deliveries))
        .collect();
    assert_eq!(found, [(&second, 2), (&first, 2)], "newest first");
    let times = noted[0].at.duration_since(noted[1].at);
    assert!(times.is_ok_and(|apart| apart > MINUTE / 2));
    assert_eq!(trial.outbox.operations(1).await?, noted[..1]);
    let unknown = operation("retry 7");
    assert_eq!(trial.outbox.retry(&[], &unknown).await?, 0);
    assert_eq!(trial.outbox.operations(10).await?[0].deliveries, 0);
    assert_ne!(unknown.id, Uuid::nil());
    Ok(())
}
