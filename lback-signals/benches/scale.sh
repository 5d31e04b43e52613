#!/usr/bin/env bash
# What many receivers cost, beside as many bare `inventory` submissions of the same functions:
# the time to compile a crate of them, and the time that they add to the start of a program. And what
# their records in the binary cost, beside the same receivers without them: the time to check and to
# compile a crate, and the bytes of a receiver in a stripped program.
#
# Usage: lback-signals/benches/scale.sh [COMPILED [STARTED [ROUNDS]]]
#
#   COMPILED  functions in the crates that are compiled (default 1000)
#   STARTED   functions in the programs that are started (default 10000)
#   ROUNDS    builds of each crate, in turns; the best counts (default 5)
#
# Compile time is the processor time of `cargo build --lib` after `cargo clean -p` of that crate
# alone, which removes its incremental state too: debug, incremental on, dependencies built before.
# The time to check is that of `cargo check --lib`.
# Receivers with extractors take the sender and a resource instead of the signal. Start-up is
# the life of a release binary whose main does nothing, less that of one without submissions; each
# is started 400 times, in turns, and the best counts. Ratios are what counts, not the times, and
# no ratio makes this script fail. Needs a Rust toolchain and crates.io, nothing else.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

compiled=${1:-1000}
started=${2:-10000}
rounds=${3:-5}
starts=400
per_module=50

core=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CARGO_TARGET_DIR=$scratch/target

# Writes a package: `package NAME DEPENDENCIES`.
package() {
    mkdir -p "$scratch/$1/src"
    printf '[package]\nname = "%s"\nedition = "2024"\n\n[dependencies]\n%s\n' "$1" "$2" \
        >"$scratch/$1/Cargo.toml"
}

# Fills a package with functions: `functions PACKAGE COUNT IMPORT FUNCTION`, where the text of one
# FUNCTION has NAME for its name.
functions() {
    local src=$scratch/$1/src count=$2 import=$3 function=$4
    local index module name
    for ((index = 0; index < count; index++)); do
        printf -v module 'm%03d' $((index / per_module))
        printf -v name 'f%05d' "$index"
        if ((index % per_module == 0)); then
            printf 'mod %s;\n' "$module" >>"$src/lib.rs"
            printf '%s\n' "$import" >"$src/$module.rs"
        fi
        printf '\n%s\n' "${function//NAME/$name}" >>"$src/$module.rs"
    done
    # With an argument, which no measurement gives, it tells how many functions are called.
    cat >"$src/main.rs" <<RUST
fn main() {
    if std::env::args_os().nth(1).is_some() {
        let count = std::cell::Cell::new(0);
        $1::call_all(&count);
        println!("{}", count.get());
    }
}
RUST
}

function="fn NAME(event: &Happened<'_>) {
    event.count.set(event.count.get() + 1);
}"

submissions() {
    package "$1" 'inventory = "0.3"'
    cat >"$scratch/$1/src/lib.rs" <<'RUST'
use std::cell::Cell;

pub struct Happened<'a> {
    pub count: &'a Cell<u64>,
}

pub struct Entry(fn(&Happened<'_>));

inventory::collect!(Entry);

pub fn call_all(count: &Cell<u64>) {
    for entry in inventory::iter::<Entry> {
        (entry.0)(&Happened { count });
    }
}

RUST
    functions "$1" "$2" 'use crate::{Entry, Happened};' "$function

inventory::submit! { Entry(NAME as fn(&Happened<'_>)) }"
}

receivers() {
    package "$1" "lback-signals = { path = \"$core\" }"
    cat >"$scratch/$1/src/lib.rs" <<'RUST'
use std::cell::Cell;

use lback_signals::{Signal, signal};

#[signal]
pub struct Happened<'a> {
    pub count: &'a Cell<u64>,
}

pub fn call_all(count: &Cell<u64>) {
    Happened { count }.send();
}

RUST
    functions "$1" "$2" 'use crate::Happened;
use lback_signals::receiver;' "#[receiver(signal = Happened)]
$function"
}

receivers_with_extractors() {
    package "$1" "lback-signals = { path = \"$core\" }"
    cat >"$scratch/$1/src/lib.rs" <<'RUST'
use std::cell::Cell;

use lback_signals::{Signal, signal};

pub struct Step {
    pub size: u64,
}

#[signal]
pub struct Happened<'a> {
    #[sender]
    pub count: &'a Cell<u64>,
}

pub fn call_all(count: &Cell<u64>) {
    Happened { count }.send();
}

RUST
    functions "$1" "$2" 'use std::cell::Cell;

use crate::{Happened, Step};
use lback_signals::{Res, SentBy, receiver};' "#[receiver(signal = Happened)]
fn NAME(count: SentBy<'_, Cell<u64>>, step: Res<'_, Step>) {
    let count = count.get();
    count.set(count.get() + step.size);
}"
}

launcher() {
    package launcher ''
    cat >"$scratch/launcher/src/main.rs" <<'RUST'
//! Starts each program so many times, in turns, and prints the best time of each in microseconds.

use std::process::Command;
use std::time::{Duration, Instant};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let starts: u32 = arguments.next().unwrap().parse().unwrap();
    let mut programs: Vec<_> = arguments.map(|path| (path, Duration::MAX)).collect();
    for _ in 0..starts {
        for (path, best) in &mut programs {
            let start = Instant::now();
            assert!(Command::new(&*path).status().unwrap().success());
            *best = start.elapsed().min(*best);
        }
    }
    for (_, best) in programs {
        println!("{}", best.as_micros());
    }
}
RUST
}

# The best processor time of a command of Cargo's for a crate, in microseconds:
# `compile COMMAND PACKAGE BEST_SO_FAR`.
compile() {
    cargo clean --quiet --offline -p "$2"
    local TIMEFORMAT='%3U %3S' times
    { times=$({ time cargo "$1" --quiet --offline --lib -p "$2" 2>&3; } 2>&1); } 3>&2
    awk -v best="$3" '{ us = ($1 + $2) * 1e6; printf "%.0f", us < best ? us : best }' <<<"$times"
}

# The same without records, which has its own target directory.
compile_without_records() {
    RUSTFLAGS='--cfg lback_no_records' CARGO_TARGET_DIR=$CARGO_TARGET_DIR/without compile "$@"
}

# The size of a program without symbols, in bytes.
stripped_size() {
    strip -o "$scratch/stripped" "$1"
    stat -c %s "$scratch/stripped"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }
seconds() { awk -v us="$1" 'BEGIN { printf "%.2f", us / 1e6 }'; }

submissions compiled_submissions "$compiled"
receivers compiled_receivers "$compiled"
receivers_with_extractors compiled_extractors "$compiled"
submissions started_empty 0
submissions started_submissions "$started"
receivers started_receivers "$started"
launcher
printf '[workspace]\nresolver = "3"\nmembers = ["*_*", "launcher"]\n' >"$scratch/Cargo.toml"
cp "$core/../Cargo.lock" "$scratch"
cd "$scratch"

echo "Compiling $compiled functions, $rounds rounds ..." >&2
export CARGO_INCREMENTAL=1
cargo build --quiet -p compiled_submissions -p compiled_receivers -p compiled_extractors --lib
for command in check build; do
    compile "$command" compiled_receivers 0 >/dev/null
    compile_without_records "$command" compiled_receivers 0 >/dev/null
done
build_submissions=1e18
build_receivers=1e18
build_extractors=1e18
build_without=1e18
check_receivers=1e18
check_without=1e18
for ((round = 0; round < rounds; round++)); do
    build_submissions=$(compile build compiled_submissions "$build_submissions")
    build_receivers=$(compile build compiled_receivers "$build_receivers")
    build_extractors=$(compile build compiled_extractors "$build_extractors")
    build_without=$(compile_without_records build compiled_receivers "$build_without")
    check_receivers=$(compile check compiled_receivers "$check_receivers")
    check_without=$(compile_without_records check compiled_receivers "$check_without")
done
unset CARGO_INCREMENTAL

echo "Starting $started functions, $starts times ..." >&2
programs=(started_empty started_submissions started_receivers)
cargo build --quiet --release --offline --bins -p launcher "${programs[@]/#/-p}"
for program in started_submissions started_receivers; do
    called=$("target/release/$program" count)
    if ((called != started)); then
        echo "$program called $called functions, not $started" >&2
        exit 1
    fi
done
RUSTFLAGS='--cfg lback_no_records' CARGO_TARGET_DIR=$CARGO_TARGET_DIR/without \
    cargo build --quiet --release --offline --bin started_receivers -p started_receivers
size_with=$(stripped_size target/release/started_receivers)
size_without=$(stripped_size target/without/release/started_receivers)
life=$(target/release/launcher "$starts" "${programs[@]/#/target/release/}")
mapfile -t life <<<"$life"
added_submissions=$((life[1] - life[0]))
added_receivers=$((life[2] - life[0]))

row() { printf '%-36s %12s %12s %6s\n' "$@"; }
row '' submissions receivers ratio
row "compiling $compiled (s)" "$(seconds "$build_submissions")" "$(seconds "$build_receivers")" \
    "$(ratio "$build_receivers" "$build_submissions")"
row "  with extractors (s)" "$(seconds "$build_submissions")" "$(seconds "$build_extractors")" \
    "$(ratio "$build_extractors" "$build_submissions")"
row "starting $started (us)" "${life[1]}" "${life[2]}" ''
row 'starting an empty program (us)' "${life[0]}" "${life[0]}" ''
row 'added to the start (us)' "$added_submissions" "$added_receivers" \
    "$(ratio "$added_receivers" "$added_submissions")"

echo
row '' 'no records' records ratio
row "checking $compiled (s)" "$(seconds "$check_without")" "$(seconds "$check_receivers")" \
    "$(ratio "$check_receivers" "$check_without")"
row "compiling $compiled (s)" "$(seconds "$build_without")" "$(seconds "$build_receivers")" \
    "$(ratio "$build_receivers" "$build_without")"
row 'a stripped program (bytes)' "$size_without" "$size_with" "$(ratio "$size_with" "$size_without")"
row '  added by a receiver (bytes)' '' $(((size_with - size_without) / started)) ''
