//! The checks of a round.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::notes::{Outcomes, Run};

/// Checks that the database has what it told the senders.
pub(super) fn check_outcomes(outcomes: &Outcomes, committed: &HashSet<i64>) {
    let lost: Vec<_> = outcomes.stored.difference(committed).collect();
    assert!(lost.is_empty(), "committed orders were lost: {lost:?}");
    let kept: Vec<_> = outcomes.not_stored.intersection(committed).collect();
    assert!(kept.is_empty(), "orders that failed were kept: {kept:?}");
}

/// Returns the longest time to the next start of a delivery that a killed worker had begun: from its kill, or from a
/// later disturbance before that start. The next worker may be killed before it notes its start, and a paused one may
/// have locked the database.
pub(super) fn slowest_return(
    runs: &[Run],
    killed_at: &HashMap<u32, u64>,
    disturbed_at: &[u64],
) -> Duration {
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
pub(super) fn check_runs(runs: &[Run], committed: &HashSet<i64>, disturbed: &HashSet<u32>) {
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
pub(super) fn check_bookings(bookings: &[i64], committed: &HashSet<i64>) {
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
