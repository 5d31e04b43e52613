//! From the end of the commit to the start of the receiver.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Bench;
use crate::candidates::{Candidate, OURS, OURS_SQLITE, PEERS, SQLITE_PEERS};
use crate::child::Process;
use crate::report::{Group, percentile};
use crate::{Result, handled};

pub(super) async fn measure(bench: &Bench<'_>) -> Result<Vec<Group>> {
    let lists: [&[&'static str]; 4] = [&[OURS], PEERS, &[OURS_SQLITE], SQLITE_PEERS];
    let candidates = bench.candidates(&lists);
    let group = |process: &str, percent: &str| {
        Group::new(
            format!("commit to start, {process}, {percent}"),
            "ms",
            &candidates,
        )
    };
    let mut here = [group("this process", "p50"), group("this process", "p99")];
    let mut there = [group("other process", "p50"), group("other process", "p99")];
    for _ in 0..bench.options.rounds {
        for name in &candidates {
            let (candidate, _) = bench.open(name).await?;
            let worker = candidate.start().await?;
            handled::set_timed(true);
            let times = times(bench, &*candidate).await?;
            handled::set_timed(false);
            worker.stop().await;
            add(&mut here, name, &times);
            bench.close(name, candidate).await?;
        }
        for name in &candidates {
            let (candidate, url) = bench.open(name).await?;
            let process = Process::start(name, &url).await?;
            let times = times(bench, &*candidate).await?;
            process.stop().await?;
            add(&mut there, name, &times);
            bench.close(name, candidate).await?;
        }
    }
    Ok(here.into_iter().chain(there).collect())
}

fn add(groups: &mut [Group; 2], candidate: &str, times: &[f64]) {
    groups[0].add(candidate, percentile(times, 50));
    groups[1].add(candidate, percentile(times, 99));
}

/// Returns the sorted times in milliseconds.
async fn times(bench: &Bench<'_>, candidate: &dyn Candidate) -> Result<Vec<f64>> {
    let samples = bench.options.samples.into();
    times_of(samples, async |number| candidate.send(number).await).await
}

/// Returns the sorted times in milliseconds of `samples` deliveries, sent by `send`.
#[allow(clippy::cast_precision_loss, reason = "shorter times")]
pub(super) async fn times_of(
    samples: i64,
    send: impl AsyncFn(i64) -> Result<()>,
) -> Result<Vec<f64>> {
    // Until its worker listens.
    sleep(Duration::from_secs(1)).await;
    handled::take_starts();
    let mut committed = HashMap::new();
    for number in 0..samples {
        // Not in step with any interval of polls.
        sleep(Duration::from_micros(
            10_000 + (number.cast_unsigned() * 7_919) % 20_000,
        ))
        .await;
        send(number).await?;
        committed.insert(number, handled::now());
    }
    let mut starts = HashMap::new();
    let end = Instant::now() + Duration::from_secs(10);
    while starts.len() < committed.len() && Instant::now() < end {
        starts.extend(handled::take_starts());
        sleep(Duration::from_millis(10)).await;
    }
    let missing = committed.len() - starts.len();
    if missing > 0 {
        println!(
            "{missing} of {samples} deliveries have not started, and count as if they had now"
        );
    }
    let now = handled::now();
    let times = committed.iter().map(|(number, committed)| {
        let started = starts.get(number).copied().unwrap_or(now);
        // A receiver may start before the task that committed goes on.
        started.saturating_sub(*committed) as f64 / 1e6
    });
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    Ok(times)
}
