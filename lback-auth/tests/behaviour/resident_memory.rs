//! 64 callers at once take no more memory than the slots have, as the operating system measures it.

use std::env;
use std::fs;
use std::process::Command;
use std::thread;

use lback_auth::Hasher;

const SLOTS: usize = 2;
const CALLERS: usize = 64;

/// In MiB: the default memory of a hash for each slot, and 30 for the rest.
const BOUND: usize = SLOTS * 19 + 30;

/// Says that this process is the one to be measured.
const IS_MEASURED: &str = "LBACK_RESIDENT_MEMORY_IS_MEASURED";

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /proc of Linux")]
fn many_callers_take_the_memory_of_the_places() {
    if env::var_os(IS_MEASURED).is_some() {
        hash_all_at_once();
        println!("peak of {} KiB", peak().expect("/proc/self/status"));
    } else {
        measure_in_another_process();
    }
}

fn measure_in_another_process() {
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "many_callers_take_the_memory_of_the_places",
            "--exact",
            "--include-ignored",
            "--nocapture",
        ])
        .env(IS_MEASURED, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8(output.stdout).unwrap();
    let peak = output
        .split("peak of ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let peak: usize = peak.expect("the peak is printed").parse().unwrap();
    println!("{} MiB of {BOUND}", peak / 1024);
    // Less than that is not possible, or it was not measured.
    assert!(peak > 19 * 1024, "{peak} KiB");
    assert!(peak <= BOUND * 1024, "{peak} KiB is more than {BOUND} MiB");
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

/// The most memory of this process that was resident, in KiB.
fn peak() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
