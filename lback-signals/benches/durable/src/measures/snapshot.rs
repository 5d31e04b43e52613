//! The claim while another transaction holds a snapshot, so that no dead tuple can be removed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::Bench;
use crate::candidates::{Candidate, OURS, PEERS};
use crate::engine::database;
use crate::report::Group;
use crate::settings::CLIENTS;
use crate::{Result, handled};

/// The deliveries of a second.
const RATE: u32 = 500;

pub(super) async fn measure(bench: &Bench<'_>) -> Result<Vec<Group>> {
    let candidates = bench.candidates(&[&[OURS], PEERS]);
    let mut rate = Group::new("held snapshot, deliveries", "/s", &candidates);
    let mut before = Group::new("claim before the snapshot", "ms", &candidates);
    let mut after = Group::new("claim at its end", "ms", &candidates);
    let mut dead = Group::new("dead tuples at its end", "", &candidates);
    for name in &candidates {
        let (candidate, url) = bench.open(name).await?;
        let candidate: Arc<dyn Candidate> = candidate.into();
        let worker = candidate.start().await?;
        let is_ended = Arc::new(AtomicBool::new(false));
        let senders = send(&candidate, &is_ended);
        let held = bench.options.time(60);
        // A part of it, since the claim becomes slower within it.
        let window = (held / 6).max(Duration::from_secs(1));

        sleep(window).await;
        before.add(name, claim(bench, name, &*candidate, window).await?);
        let mut snapshot = PgConnection::connect(&url).await?;
        sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM orders")
            .execute(&mut snapshot)
            .await?;
        let count = handled::count();
        sleep(held.saturating_sub(window)).await;
        after.add(name, claim(bench, name, &*candidate, window).await?);
        rate.add(
            name,
            f64::from(u32::try_from(handled::count() - count)?) / held.as_secs_f64(),
        );
        // Until the backends have reported their statistics.
        sleep(Duration::from_secs(2)).await;
        dead.add(
            name,
            f64::from(i32::try_from(candidate.dead_tuples().await?)?),
        );

        snapshot.close().await?;
        is_ended.store(true, Ordering::Relaxed);
        senders.join_all().await;
        worker.stop().await;
        bench.engines.drop_postgres(name).await?;
    }
    Ok(vec![rate, before, after, dead])
}

fn send(candidate: &Arc<dyn Candidate>, is_ended: &Arc<AtomicBool>) -> JoinSet<()> {
    let next = Arc::new(AtomicI64::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (candidate, is_ended) = (Arc::clone(candidate), Arc::clone(is_ended));
        let next = Arc::clone(&next);
        clients.spawn(async move {
            let mut ticks = interval(Duration::from_secs(1) * u32::from(CLIENTS) / RATE);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            while !is_ended.load(Ordering::Relaxed) {
                ticks.tick().await;
                if let Err(error) = candidate.send(next.fetch_add(1, Ordering::Relaxed)).await {
                    eprintln!("{error}");
                    return;
                }
            }
        });
    }
    clients
}

/// Returns the mean time of a claim in milliseconds during this time.
async fn claim(
    bench: &Bench<'_>,
    name: &str,
    candidate: &dyn Candidate,
    time: Duration,
) -> Result<f64> {
    let admin = &bench.engines.admin;
    let before = claims(admin, name, candidate.claim()).await?;
    sleep(time).await;
    let after = claims(admin, name, candidate.claim()).await?;
    let calls = f64::from(u32::try_from(after.0 - before.0)?);
    Ok((after.1 - before.1) / calls.max(1.0))
}

/// Returns how many claims a database has run, and their milliseconds.
async fn claims(admin: &PgPool, candidate: &str, claim: &str) -> Result<(i64, f64)> {
    let claims = "SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(total_exec_time), 0) \
        FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid \
        WHERE datname = $1 AND query ILIKE $2";
    let claims = sqlx::query_as(claims).bind(database(candidate)).bind(claim);
    Ok(claims.fetch_one(admin).await?)
}
