//! Statements and CPU time of a worker without deliveries.

use std::fs;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tokio::time::sleep;

use super::Bench;
use crate::Result;
use crate::candidates::{OURS, OURS_SQLITE, PEERS, SQLITE_PEERS, is_sqlite};
use crate::engine::database;
use crate::report::Group;

#[allow(clippy::cast_precision_loss, reason = "far fewer statements")]
pub(super) async fn measure(bench: &Bench<'_>) -> Result<Vec<Group>> {
    let postgres = bench.candidates(&[&[OURS], PEERS]);
    let all = bench.candidates(&[&[OURS], PEERS, &[OURS_SQLITE], SQLITE_PEERS]);
    let mut statements = Group::new("idle, statements", "/s", &postgres);
    let mut processor = Group::new("idle, share of a core", "%", &all);
    // It is long already.
    for _ in 0..bench.options.rounds.min(2) {
        for name in &all {
            let (candidate, _) = bench.open(name).await?;
            let worker = candidate.start().await?;
            // Until it has looked for deliveries some times, and found none.
            sleep(Duration::from_secs(5).min(bench.options.time(5))).await;
            let before = if is_sqlite(name) {
                0
            } else {
                calls(&bench.engines.admin, name).await?
            };
            let (begin, cpu) = (Instant::now(), cpu_time()?);
            sleep(bench.options.time(30)).await;
            let (elapsed, cpu) = (begin.elapsed(), cpu_time()?.saturating_sub(cpu));
            processor.add(name, 100.0 * cpu.as_secs_f64() / elapsed.as_secs_f64());
            if !is_sqlite(name) {
                let calls = calls(&bench.engines.admin, name).await? - before;
                statements.add(name, calls as f64 / elapsed.as_secs_f64());
            }
            worker.stop().await;
            bench.close(name, candidate).await?;
        }
    }
    Ok(vec![statements, processor])
}

/// Returns how many statements a database has run.
async fn calls(admin: &PgPool, candidate: &str) -> Result<i64> {
    let calls = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements \
        JOIN pg_database ON pg_database.oid = dbid WHERE datname = $1";
    Ok(sqlx::query_scalar(calls)
        .bind(database(candidate))
        .fetch_one(admin)
        .await?)
}

/// Returns the time that the threads of this process have run.
fn cpu_time() -> Result<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanos += statistics
            .split(' ')
            .next()
            .unwrap_or_default()
            .parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}
