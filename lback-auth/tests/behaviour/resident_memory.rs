//! The memory of many concurrent callers, as the operating system measures it.

use std::fs;
use std::thread;

use lback_auth::Hasher;
use test_support::in_child_process;

const SLOTS: usize = 2;
const CALLERS: usize = 64;

/// The default memory of one hash, in KiB.
const HASH: usize = 19 * 1024;

/// The memory of all slots and 30 MiB for the rest of the process, in KiB.
const BOUND: usize = SLOTS * HASH + 30 * 1024;

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /proc of Linux")]
fn many_callers_take_the_memory_of_the_slots() {
    in_child_process(|| {
        hash_all_at_once();
        let peak = peak().expect("/proc/self/status");
        println!("{peak} KiB of {BOUND}");
        assert!(peak > HASH, "{peak} KiB is less than one hash takes");
        assert!(peak <= BOUND, "{peak} KiB is more than {BOUND}");
    });
}

fn hash_all_at_once() {
    let builder = Hasher::builder().concurrency(SLOTS).queue_capacity(CALLERS);
    let hasher = builder
        .queue_timeout(std::time::Duration::MAX)
        .build()
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let password = hasher.hash("correct horse battery staple").unwrap();
                let stored = password.stored().unwrap();
                assert!(
                    hasher
                        .verify("correct horse battery staple", stored)
                        .unwrap()
                        .is_right()
                );
            });
        }
    });
}

/// Returns the peak resident memory of this process, in KiB.
fn peak() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
