//! `kill -9`, pauses and expired leases at random moments, with real processes on one file of SQLite.
//!
//! Each order that was committed is received, an order that was rolled back is not, a receiver with `DurableTx`
//! books each order once, and no delivery is run twice while its worker is well.

mod database;
mod processes;
mod programs;
mod runs;

use std::collections::{HashMap, HashSet};
use std::env;
use std::thread;
use std::time::Duration;

use test_support::cases::{self, Unstructured};
use test_support::rounds;

use self::database::Database;
use self::processes::Process;
use self::programs::{LEASE, Role};
use self::runs::{Run, now_in_millis, runs_in};

/// The most disturbances of a round.
const MOMENTS: u8 = 6;

/// How long a worker may take to claim a delivery whose lease has expired: a second, and a share for a busy machine.
const SLACK: Duration = Duration::from_secs(1 + 3);

#[test]
fn no_delivery_is_lost_and_none_is_doubled_by_kills_and_pauses() {
    if let Ok(role) = env::var(Role::VARIABLE) {
        return Role::parse(&role).run();
    }
    let mut slowest = Duration::ZERO;
    cases::check(rounds(200), 256, |u| {
        slowest = slowest.max(one_round(u)?);
        Ok(())
    });
    println!(
        "what a killed worker had begun was begun again within {slowest:?}; the lease is {LEASE:?}"
    );
}

/// Runs senders and workers, disturbs them, and checks what has been done. Returns the longest time from
/// the kill of a worker to the next start of what it had begun.
fn one_round(u: &mut Unstructured<'_>) -> cases::Result<Duration> {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(folder.path());
    let mut next_order = 1;
    let mut sender = |database: &Database| {
        let first = next_order;
        next_order += 1_000;
        Process::start(Role::Sender { first }, database)
    };
    let mut senders = vec![sender(&database), sender(&database)];
    let mut workers: Vec<_> = (0..2)
        .map(|_| Process::start(Role::Worker, &database))
        .collect();
    let mut disturbed = HashSet::new();
    let mut killed_at = HashMap::new();
    let mut disturbed_at = Vec::new();
    for _ in 0..u.int_in_range(2..=MOMENTS)? {
        thread::sleep(Duration::from_millis(u.int_in_range(0..=250)?));
        let index = usize::from(u.ratio(1, 2)?);
        match u.int_in_range(0..=4)? {
            0 => {
                senders[index].kill();
                senders[index] = sender(&database);
            }
            1 | 2 => {
                disturbed.insert(workers[index].id());
                killed_at.insert(workers[index].id(), now_in_millis());
                workers[index].kill();
                workers[index] = Process::start(Role::Worker, &database);
                disturbed_at.push(now_in_millis());
            }
            3 => {
                // The clock of the database is set forward: leases expire while their workers are well.
                disturbed.extend(workers.iter().map(Process::id));
                database.expire_leases();
                disturbed_at.push(now_in_millis());
            }
            _ => {
                // A paused process may hold the lock of the database, without which no worker renews a lease.
                disturbed.extend(workers.iter().map(Process::id));
                workers[index].pause();
                thread::sleep(LEASE + Duration::from_millis(u.int_in_range(300..=1_000)?));
                workers[index].resume();
                disturbed_at.push(now_in_millis());
            }
        }
    }
    // On a busy machine the senders may have been killed before their first commit.
    database.wait_until_ordered();
    for mut sender in senders {
        sender.kill();
    }
    // The last worker takes over what this one leaves, or both are well until the end.
    if u.ratio(1, 2)? {
        disturbed.insert(workers[0].id());
        killed_at.insert(workers[0].id(), now_in_millis());
        drop(workers.remove(0));
        disturbed_at.push(now_in_millis());
    }
    database.wait_until_delivered();
    for mut worker in workers {
        worker.end();
    }

    let committed = database.orders();
    let runs = runs_in(folder.path());
    check_runs(&runs, &committed, &disturbed);
    check_bookings(&database.bookings(), &committed);
    let returned = slowest_return(&runs, &killed_at, &disturbed_at);
    assert!(
        returned < LEASE + SLACK,
        "a delivery of a killed worker was back after {returned:?}"
    );
    Ok(returned)
}

/// Returns the longest time to the next start of a delivery that a killed worker had begun: from its kill, or from a
/// later disturbance before that start. The next worker may be killed before it notes its start, and a paused one may
/// have locked the database.
fn slowest_return(runs: &[Run], killed_at: &HashMap<u32, u64>, disturbed_at: &[u64]) -> Duration {
    let cut_off = runs.iter().filter(|run| run.ended_at.is_none());
    let returns = cut_off.filter_map(|run| {
        let killed_at = *killed_at.get(&run.process)?;
        let is_next = |it: &&Run| it.order == run.order && it.attempt > run.attempt;
        let next = runs.iter().find(is_next)?.started_at;
        let disturbed = disturbed_at.iter().filter(|at| **at <= next).max();
        let since = disturbed.map_or(killed_at, |at| killed_at.max(*at));
        Some(next.saturating_sub(since))
    });
    Duration::from_millis(returns.max().unwrap_or_default())
}

/// Checks the runs of the receiver that is called at least once.
fn check_runs(runs: &[Run], committed: &HashSet<i64>, disturbed: &HashSet<u32>) {
    let mut of_order: HashMap<i64, Vec<&Run>> = HashMap::new();
    for run in runs {
        assert!(
            committed.contains(&run.order),
            "a rolled-back order was received: {run:?}"
        );
        of_order.entry(run.order).or_default().push(run);
    }
    for order in committed {
        let runs = of_order.get(order).map(Vec::as_slice).unwrap_or_default();
        let ended = runs.iter().filter(|run| run.ended_at.is_some()).count();
        assert!(ended > 0, "order {order} was not received: {runs:?}");
        let attempts: HashSet<u32> = runs.iter().map(|run| run.attempt).collect();
        assert_eq!(
            attempts.len(),
            runs.len(),
            "an attempt was counted twice: {runs:?}"
        );
        let by_well_workers = runs.iter().filter(|run| !disturbed.contains(&run.process));
        let done = by_well_workers.filter(|run| run.ended_at.is_some()).count();
        assert!(
            done <= 1,
            "a delivery was claimed while its worker was well: {runs:?}"
        );
    }
}

/// Checks the rows of the receiver that takes `DurableTx`.
fn check_bookings(bookings: &[i64], committed: &HashSet<i64>) {
    let booked: HashSet<i64> = bookings.iter().copied().collect();
    assert_eq!(
        booked.len(),
        bookings.len(),
        "an order was booked twice: {bookings:?}"
    );
    assert_eq!(
        &booked, committed,
        "the booked orders differ from the committed ones"
    );
}
