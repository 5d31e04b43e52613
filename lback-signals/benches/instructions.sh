#!/usr/bin/env bash
# Counts the instructions of one call of each case. They are the same in each run, on a busy machine too.
#
# Usage: lback-signals/benches/instructions.sh [FILTER [CARGO_ARGUMENT…]]
#
#   FILTER            the beginning of the names `group: candidate` of the cases to count (default all)
#   CARGO_ARGUMENT…   how to build (default `--release --features tokio`)
#
# If only one case matches, its instructions are printed by function and line.
#
#   instructions.sh '1 receiver'
#   instructions.sh '' --profile lto --features tokio
#   instructions.sh '1 awaited: send_async, dropped' --release --no-default-features --features tracing
#
# Needs a Rust toolchain, crates.io and valgrind.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

filter=${1:-}
shift $(($# > 0))
if (($# == 0)); then
    set -- --release --features tokio
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

manifest=$(dirname "$0")/Cargo.toml
# The first build prints errors as text, the second one the path of the program.
cargo build --quiet --locked --manifest-path "$manifest" "$@"
program=$(cargo build --quiet --locked --manifest-path "$manifest" --message-format json "$@" |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')

# `call_measured` makes the measured calls and nothing else. At each return from it, callgrind writes a
# profile. It takes the same pattern for one of the two options only.
valgrind --quiet --tool=callgrind --callgrind-out-file="$scratch/profile" --dump-line=yes --collect-atstart=no \
    --toggle-collect='*::call_measured*' --dump-after='*call_measured*' \
    "$program" --instructions "$filter" >"$scratch/cases"

# As in src/harness.rs.
calls=1000
group='' number=0
printf '%-24s %-24s %12s %9s %7s\n' group candidate instructions more ratio
while IFS= read -r case; do
    number=$((number + 1))
    total=$(sed -n 's/^totals: //p' "$scratch/profile.$number")
    if [[ ${case%%: *} != "$group" ]]; then
        group=${case%%: *} base=$total
    fi
    awk -v group="$group" -v candidate="${case#*: }" -v total="$total" -v base="$base" -v calls="$calls" 'BEGIN {
        printf "%-24s %-24s %12.1f %+9.1f %7.2f\n", group, candidate, total / calls, (total - base) / calls,
            total / base
    }'
done <"$scratch/cases"
if ((number == 1)); then
    callgrind_annotate --auto=yes --threshold=98 "$scratch/profile.1"
fi
