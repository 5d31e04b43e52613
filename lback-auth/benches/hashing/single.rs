//! One caller in a loop, beside the crate's own function with memory that is reused, and beside
//! argon2-cffi.

use std::env;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use argon2::{Argon2, Block, Params};
use lback_auth::Hasher;

use crate::PASSWORD;

/// What argon2-cffi takes, in milliseconds: the median and the mean of so many.
const ARGON2_CFFI: &str = "
import statistics, sys, time
from argon2.low_level import Type, hash_secret_raw
times = []
for _ in range(int(sys.argv[1]) + 3):
    start = time.perf_counter()
    hash_secret_raw(b'correct horse battery staple', b'0123456789abcdef', 2, 19456, 1, 32, Type.ID)
    times.append(time.perf_counter() - start)
times = times[3:]
print(statistics.median(times) * 1000, statistics.mean(times) * 1000)
";

pub(crate) fn table(rounds: usize) {
    let argon2 = Argon2::default();
    let mut memory = vec![Block::default(); Params::default().block_count()];
    let mut output = [0; 32];
    let mut crates_own = || {
        let password = PASSWORD.as_bytes();
        let done = argon2.hash_password_into_with_memory(
            black_box(password),
            b"0123456789abcdef",
            &mut output,
            &mut memory,
        );
        done.expect("a hash");
    };
    let hasher = Hasher::builder().build().expect("a hasher");
    let mut ours = || {
        black_box(hasher.hash(PASSWORD).expect("a hash"));
    };

    let mut times: [Vec<Duration>; 2] = Default::default();
    // In turns of ten, so that a busy moment is everybody's; and the first turn warms up.
    for turn in 0..=rounds / 10 {
        for (contender, times) in [&mut crates_own as &mut dyn FnMut(), &mut ours]
            .into_iter()
            .zip(&mut times)
        {
            for _ in 0..10 {
                let start = Instant::now();
                contender();
                if turn > 0 {
                    times.push(start.elapsed());
                }
            }
        }
    }
    let [crates_own, ours] = times.map(median_and_mean);
    println!("one caller                    median ms   mean ms");
    line("argon2, memory reused", crates_own);
    line("ours", ours);
    let (latency, throughput) = (ours.0 / crates_own.0, ours.1 / crates_own.1);
    println!(
        "  {latency:.3} x the latency (goal 1.05), {throughput:.3} x the time of all (goal 1.08)"
    );
    match env::var("LBACK_ARGON2_CFFI_PYTHON") {
        Err(_) => println!("  argon2-cffi skipped: set LBACK_ARGON2_CFFI_PYTHON"),
        Ok(python) => {
            let cffi = argon2_cffi(&python, rounds);
            line("argon2-cffi", cffi);
            println!(
                "  it takes {:.2} x as long as ours (goal 1.2)",
                cffi.0 / ours.0
            );
        }
    }
    println!();
}

fn line(name: &str, (median, mean): (f64, f64)) {
    println!("  {name:26} {median:9.2} {mean:9.2}");
}

/// In milliseconds.
fn median_and_mean(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let all: Duration = times.iter().sum();
    let count = u32::try_from(times.len()).expect("few");
    let in_ms = |time: Duration| time.as_secs_f64() * 1e3;
    (in_ms(times[times.len() / 2]), in_ms(all) / f64::from(count))
}

fn argon2_cffi(python: &str, rounds: usize) -> (f64, f64) {
    let output = Command::new(python)
        .args(["-c", ARGON2_CFFI, &rounds.to_string()])
        .output()
        .expect("LBACK_ARGON2_CFFI_PYTHON names a python");
    let output = String::from_utf8(output.stdout).expect("numbers");
    let (median, mean) = output.trim().split_once(' ').expect("argon2-cffi is there");
    (
        median.parse().expect("a number"),
        mean.parse().expect("a number"),
    )
}
