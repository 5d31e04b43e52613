//! Others that write while an import is under way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::ProgressBar;
use rusqlite::Connection;

use super::super::{BATCH, from_lback};
use super::{in_sqlite, large_file, stopped, target};

/// The longest time that SQLite sleeps before it looks again.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// It waits in the middle of a batch, and looks as seldom as SQLite ever does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_writer_gets_the_lock_before_the_end() {
    let (folder, file) = large_file(8_000);
    let accounts = in_sqlite(&folder).await;
    let is_over = AtomicBool::new(false);
    let progress = ProgressBar::hidden();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let other = Connection::open(target(&folder)).unwrap();
            other
                .busy_handler(Some(|_| {
                    thread::sleep(LOOKS_AGAIN_AFTER);
                    true
                }))
                .unwrap();
            for batch in 1..=3 {
                let is_over = || is_over.load(Ordering::SeqCst);
                while progress.position() <= batch * u64::from(BATCH) && !is_over() {
                    thread::yield_now();
                }
                other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
            }
            assert!(!is_over.load(Ordering::SeqCst), "it had no turn");
        });
        let mut skip = |_: &_| ();
        let clock = stopped();
        let runtime = tokio::runtime::Handle::current();
        let importing = from_lback(&accounts, &file, false, &clock, &progress, &mut skip);
        let imported = tokio::task::block_in_place(|| runtime.block_on(importing));
        is_over.store(true, Ordering::SeqCst);
        waiting.join().unwrap();
        imported.unwrap();
    });
}
