//! Cost of hashing in time and memory, compared with the `argon2` crate and argon2-cffi.
//!
//! `cargo bench -p lback-auth --bench hashing` prints one table in one run, at the default parameters
//! (19,456 KiB, 2 passes, 1 lane), with `--quick` in some seconds. Compare the ratios, not the times:
//! contenders take turns. Each line of the first part runs in a separate process, whose peak of resident
//! memory the operating system reports. `LBACK_ARGON2_CFFI_PYTHON` names a Python interpreter with
//! argon2-cffi to measure too.

#[path = "hashing/callers.rs"]
mod callers;
#[path = "hashing/single.rs"]
mod single;
#[path = "hashing/token.rs"]
mod token;

use std::env;

const PASSWORD: &str = "correct horse battery staple";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--callers", contender, callers, hashes] = arguments[..] {
        callers::run(contender, number(callers), number(hashes));
        return;
    }
    let is_quick = arguments.contains(&"--quick");
    callers::table(if is_quick { 64 } else { 400 });
    single::table(if is_quick { 20 } else { 200 });
    token::table(if is_quick { 20_000 } else { 1_000_000 });
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}
