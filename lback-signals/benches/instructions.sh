#!/usr/bin/env bash
# Counts the instructions of one call of each case, and compares them with the first candidate of the group.
#
# Usage: lback-signals/benches/instructions.sh [FILTER [PROFILE [FEATURES]]]
#
#   FILTER    a part of the names `group: candidate` of the cases to count (default: all)
#   PROFILE   `release`, or `lto` for fat link-time optimisation (default release)
#   FEATURES  features of lback-signals beside its default ones, as `tokio` (default none)
#
# Needs a Rust toolchain, crates.io and valgrind. If the filter selects one case, the script also prints
# the functions and lines that the instructions belong to.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

filter=${1:-}
profile=${2:-release}
features=${3:-}
# As in src/harness.rs.
calls=1000

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

program=$(cargo build --quiet --locked --profile "$profile" --features "$features" \
    --manifest-path "$(dirname "$0")/Cargo.toml" --message-format json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')

# One profile per case: `repeat` is called for the measured calls only.
valgrind --quiet --tool=callgrind --callgrind-out-file="$scratch/profile" --dump-line=yes \
    --collect-atstart=no --toggle-collect='*::harness::repeat' --dump-after='*::harness::repeat' \
    "$program" --instructions "$filter" >"$scratch/cases"
