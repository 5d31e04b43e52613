//! Transactions per second with one application row and two deliveries.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use super::Bench;
use crate::Result;
use crate::candidates::{BARE, Candidate, OURS, PEERS};
use crate::report::Group;
use crate::settings::CLIENTS;

pub(super) async fn measure(bench: &Bench<'_>) -> Result<Vec<Group>> {
    let candidates = bench.candidates(&[&[BARE, OURS], PEERS]);
    let mut group = Group::new("transactions, 16 clients", "/s", &candidates);
    for _ in 0..bench.options.rounds {
        for name in &candidates {
            let (candidate, _) = bench.open(name).await?;
            let candidate: Arc<dyn Candidate> = candidate.into();
            group.add(name, rate(bench, &candidate).await?);
            bench.engines.drop_postgres(name).await?;
        }
    }
    Ok(vec![group])
}

#[allow(clippy::cast_precision_loss, reason = "far fewer transactions")]
async fn rate(bench: &Bench<'_>, candidate: &Arc<dyn Candidate>) -> Result<f64> {
    // Opens the connections, prepares the statements.
    let next = Arc::new(AtomicI64::new(0));
    for warm_up in [true, false] {
        let begin = Instant::now();
        let end = begin + bench.options.time(5) / if warm_up { 10 } else { 1 };
        let from = next.load(Ordering::Relaxed);
        let mut clients: JoinSet<Result<()>> = JoinSet::new();
        for _ in 0..CLIENTS {
            let (candidate, next) = (Arc::clone(candidate), Arc::clone(&next));
            clients.spawn(async move {
                while Instant::now() < end {
                    candidate
                        .transact(next.fetch_add(1, Ordering::Relaxed))
                        .await?;
                }
                Ok(())
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended??;
        }
        if !warm_up {
            let sent = next.load(Ordering::Relaxed) - from;
            return Ok(sent as f64 / begin.elapsed().as_secs_f64());
        }
    }
    unreachable!("the second pass returns")
}
