//! From the end of the commit to the start of the receiver, of deliveries of many keys: alone, and beside one key with
//! a backlog, whose deliveries run one after another.

use super::Bench;
use super::latency::times_of;
use crate::candidates::{OURS, OURS_SQLITE};
use crate::report::{Group, percentile};
use crate::{Result, handled};

/// The deliveries of each key in a round.
const DELIVERIES_PER_KEY: i64 = 5;

const ALONE: &str = "alone";
const BESIDE: &str = "beside one with a backlog";

pub(super) async fn measure(bench: &Bench<'_>) -> Result<Vec<Group>> {
    let keys = i64::from(bench.options.samples);
    let mut groups = Vec::new();
    for name in bench.candidates(&[&[OURS, OURS_SQLITE]]) {
        let group = |percent: &str| {
            let title = format!("commit to start, {keys} keys, {name}, {percent}");
            Group::new(title, "ms", &[ALONE, BESIDE])
        };
        let mut of_name = [group("p50"), group("p99")];
        for _ in 0..bench.options.rounds {
            for case in [ALONE, BESIDE] {
                let (candidate, _) = bench.open(name).await?;
                if case == BESIDE {
                    candidate.fill_key(bench.options.rows).await?;
                    candidate.analyze().await?;
                }
                let worker = candidate.start().await?;
                handled::set_timed(true);
                let send = async |number| candidate.send_of(1 + number % keys, number).await;
                let times = times_of(DELIVERIES_PER_KEY * keys, send).await?;
                handled::set_timed(false);
                let rest = candidate.unfinished().await?;
                eprintln!("{name}, {case}: {rest} deliveries wait at the end");
                worker.stop().await;
                of_name[0].add(case, percentile(&times, 50));
                of_name[1].add(case, percentile(&times, 99));
                bench.close(name, candidate).await?;
            }
        }
        groups.extend(of_name);
    }
    Ok(groups)
}
