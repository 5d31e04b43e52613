//! Deliveries per second of a backlog.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Bench;
use crate::candidates::{
    BARE_SQLITE, BATCHED_PEERS, Candidate, OURS, OURS_SQLITE, PEERS, SQLITE_PEERS,
};
use crate::report::Group;
use crate::{Result, handled};

pub(super) async fn measure(bench: &Bench<'_>) -> Result<Vec<Group>> {
    let postgres = bench.candidates(&[&[OURS], PEERS, BATCHED_PEERS]);
    let sqlite = bench.candidates(&[&[BARE_SQLITE, OURS_SQLITE], SQLITE_PEERS]);
    let mut groups = vec![
        Group::new("drain, PostgreSQL", "/s", &postgres),
        Group::new("drain, SQLite", "/s", &sqlite),
    ];
    for _ in 0..bench.options.rounds {
        for (group, candidates) in groups.iter_mut().zip([&postgres, &sqlite]) {
            for name in candidates {
                let (candidate, _) = bench.open(name).await?;
                candidate.fill(bench.options.rows).await?;
                candidate.analyze().await?;
                group.add(name, rate(bench, &*candidate).await?);
                bench.close(name, candidate).await?;
            }
        }
    }
    Ok(groups)
}

#[allow(clippy::cast_precision_loss, reason = "far fewer deliveries")]
async fn rate(bench: &Bench<'_>, candidate: &dyn Candidate) -> Result<f64> {
    let before = handled::count();
    let begin = Instant::now();
    let longest = bench.options.time(30);
    let worker = candidate.start().await?;
    let mut is_done = false;
    while !is_done && begin.elapsed() < longest {
        sleep(Duration::from_millis(2)).await;
        let is_handled = handled::count() - before >= bench.options.rows as u64;
        // A delivery is done when it is not delivered again.
        is_done = is_handled && candidate.unfinished().await? == 0;
    }
    let rate = (handled::count() - before) as f64 / begin.elapsed().as_secs_f64();
    worker.stop().await;
    Ok(rate)
}
