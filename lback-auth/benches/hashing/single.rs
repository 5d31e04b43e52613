//! One caller in a loop, compared with the function of the `argon2` crate on reused memory, and with
//! argon2-cffi.

use std::env;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use argon2::{Argon2, Block, Params};
use lback_auth::Hasher;

use crate::PASSWORD;

/// Python program that computes one hash per input line and returns the line.
const ARGON2_CFFI: &str = "
import sys
from argon2.low_level import Type, hash_secret_raw
for line in sys.stdin:
    hash_secret_raw(b'correct horse battery staple', b'0123456789abcdef', 2, 19456, 1, 32, Type.ID)
    print(line, end='', flush=True)
";

/// Name of a contender, and a function that computes one hash.
type Contender<'c> = (&'c str, Box<dyn FnMut() + 'c>);

pub(crate) fn table(rounds: usize) {
    let hasher = Hasher::builder().build().expect("the default settings");
    let mut contenders: Vec<Contender<'_>> = vec![
        ("argon2, memory reused", Box::new(crates_own())),
        (
            "ours",
            Box::new(|| {
                black_box(hasher.hash(PASSWORD).expect("a hash"));
            }),
        ),
    ];
    if let Ok(python) = env::var("LBACK_ARGON2_CFFI_PYTHON") {
        contenders.push(("argon2-cffi", Box::new(argon2_cffi(&python))));
    }
    let mut times = vec![Vec::new(); contenders.len()];
    // In turns of ten, so that a busy moment affects all contenders. The first turn warms up.
    for turn in 0..=rounds / 10 {
        for ((_, hash), times) in contenders.iter_mut().zip(&mut times) {
            for _ in 0..10 {
                let start = Instant::now();
                hash();
                if turn > 0 {
                    times.push(start.elapsed());
                }
            }
        }
    }
    println!("one caller                    median ms   mean ms");
    let times: Vec<_> = times.into_iter().map(median_and_mean).collect();
    for ((name, _), (median, mean)) in contenders.iter().zip(&times) {
        println!("  {name:26} {median:9.2} {mean:9.2}");
    }
    let (own, ours) = (times[0], times[1]);
    let (latency, all) = (ours.0 / own.0, ours.1 / own.1);
    println!("  {latency:.3} x the latency (goal 1.05), {all:.3} x the time of all (goal 1.08)");
    match times.get(2) {
        Some(cffi) => println!(
            "  argon2-cffi takes {:.2} x as long (goal 1.2)",
            cffi.0 / ours.0
        ),
        None => println!("  argon2-cffi skipped: set LBACK_ARGON2_CFFI_PYTHON"),
    }
    println!();
}

/// Returns the function of the `argon2` crate, on memory that is allocated once.
fn crates_own() -> impl FnMut() {
    let argon2 = Argon2::default();
    let mut memory = vec![Block::default(); Params::default().block_count()];
    let mut output = [0; 32];
    move || {
        let password = black_box(PASSWORD.as_bytes());
        let salt = b"0123456789abcdef";
        let done = argon2.hash_password_into_with_memory(password, salt, &mut output, &mut memory);
        done.expect("a hash");
    }
}

/// Starts a Python process that computes a hash per line, at a cost of some microseconds besides the hash.
/// It ends with its input.
#[expect(clippy::zombie_processes, reason = "the bench itself ends right after")]
fn argon2_cffi(python: &str) -> impl FnMut() + use<> {
    let mut python = Command::new(python)
        .args(["-c", ARGON2_CFFI])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("LBACK_ARGON2_CFFI_PYTHON names a python");
    let mut input = python.stdin.take().expect("piped");
    let mut output = BufReader::new(python.stdout.take().expect("piped"));
    move || {
        input.write_all(b"\n").expect("argon2-cffi is installed");
        let mut line = String::new();
        output
            .read_line(&mut line)
            .expect("argon2-cffi is installed");
        assert_eq!(line, "\n", "argon2-cffi is installed");
    }
}

/// Returns the median and the mean in milliseconds.
fn median_and_mean(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let all: Duration = times.iter().sum();
    let count = u32::try_from(times.len()).expect("few");
    let in_ms = |time: Duration| time.as_secs_f64() * 1e3;
    (in_ms(times[times.len() / 2]), in_ms(all) / f64::from(count))
}
