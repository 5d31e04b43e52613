//! Cases about waking workers.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{Outcome, Trial};

impl<O: TestOutbox> Trial<O> {
    /// Waits for a change in a task.
    pub(super) fn changed(&self, seen: u64) -> JoinHandle<u64> {
        let outbox = self.outbox.clone();
        tokio::spawn(async move { outbox.changed(seen).await })
    }

    /// Waits until a call of `changed` waits, and returns what it has seen. Changes of which a storage tells late
    /// may end earlier calls.
    pub(super) async fn settled(&self) -> u64 {
        let mut seen = 0;
        let quiet = Duration::from_millis(300);
        while let Ok(changed) = timeout(quiet, self.outbox.changed(seen)).await {
            assert_ne!(changed, seen);
            seen = changed;
        }
        seen
    }
}

async fn ends(call: JoinHandle<u64>) -> u64 {
    let ended = timeout(Duration::from_secs(10), call).await;
    ended
        .expect("the call ends")
        .expect("the call does not panic")
}

pub async fn a_change_before_the_call_ends_it<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert(&["ship"]).await?;
    assert_ne!(ends(trial.changed(0)).await, 0);
    let seen = trial.settled().await;
    trial.insert(&["ship"]).await?;
    assert_ne!(ends(trial.changed(seen)).await, seen);
    Ok(())
}

pub async fn a_change_during_the_call_ends_it<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let seen = trial.settled().await;
    let call = trial.changed(seen);
    sleep(Duration::from_millis(20)).await;
    trial.insert(&["ship"]).await?;
    assert_ne!(ends(call).await, seen);
    Ok(())
}

pub async fn a_change_ends_the_call_of_each_waiter<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let seen = trial.settled().await;
    let calls: Vec<_> = (0..5).map(|_| trial.changed(seen)).collect();
    // Its end must not keep the others waiting.
    trial.changed(seen).abort();
    sleep(Duration::from_millis(20)).await;
    trial.insert(&["ship"]).await?;
    for call in calls {
        assert_ne!(ends(call).await, seen);
    }
    assert_ne!(ends(trial.changed(seen)).await, seen, "also afterwards");
    Ok(())
}
