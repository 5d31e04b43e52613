//! Hashes per second and memory of many concurrent callers.

use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Argon2, PasswordHasher};
use lback_auth::Hasher;

use crate::{PASSWORD, number};

/// Prints one line per number of callers.
pub(crate) fn table(hashes: usize) {
    let slots = thread::available_parallelism().map_or(1, usize::from);
    let bound = slots * 19 + 30;
    println!("callers  hashes/s: plain   ours             peak MiB: plain   ours  (goal {bound})");
    for callers in [1, 2, 16, 64] {
        let [plain, ours] = ["plain", "ours"].map(|contender| measured(contender, callers, hashes));
        let ratio = ours.0 / plain.0;
        println!(
            "{callers:7} {:15.1} {:6.1}  {ratio:.2} x{:16} {:6}",
            plain.0, ours.0, plain.1, ours.1,
        );
    }
    println!("         goal at 16 and 64 callers: 2 x\n");
}

/// Returns hashes per second and the peak in MiB, measured in a separate process.
fn measured(contender: &str, callers: usize, hashes: usize) -> (f64, usize) {
    let itself = std::env::current_exe().expect("it runs");
    let arguments = ["--callers", contender];
    let output = Command::new(itself)
        .args(arguments)
        .args([callers.to_string(), hashes.to_string()])
        .output()
        .expect("it can be run again");
    let output = String::from_utf8(output.stdout).expect("numbers");
    let (rate, peak) = output.trim().split_once(' ').expect("two numbers");
    (rate.parse().expect("a number"), number(peak))
}

/// Hashes from this number of threads, and prints hashes per second and the peak.
pub(crate) fn run(contender: &str, callers: usize, total: usize) {
    let builder = Hasher::builder().queue_timeout(Duration::from_hours(1));
    let hasher = builder.build().expect("a hasher");
    let hash = || {
        if contender == "plain" {
            let made = Argon2::default().hash_password(PASSWORD.as_bytes());
            black_box(made.expect("a hash"));
        } else {
            black_box(hasher.hash(PASSWORD).expect("a hash"));
        }
    };
    let each = total.div_ceil(callers);
    let start = Barrier::new(callers + 1);
    let begun = thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| {
                start.wait();
                for _ in 0..each {
                    hash();
                }
            });
        }
        start.wait();
        Instant::now()
    });
    let elapsed = begun.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(each * callers).expect("few")) / elapsed;
    println!("{rate} {}", peak());
}

/// Returns the peak of resident memory in MiB, where the operating system reports it.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.map_or(0, |kib| number(kib).div_ceil(1024))
}
