#!/usr/bin/env bash
# Runs the benchmark on a PostgreSQL server that it starts for the time of the run, with `fsync` on.
#
# Usage: run.sh [--dev] [--no-peers] MEASURE [OPTION VALUE]…
#
#   --dev       builds without optimisation
#   --no-peers  builds without the other crates, which take most of the time to build
#
# Without a measure it prints the measures and options.
set -euo pipefail
benches=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$benches/../../.." && pwd)

cargo=(cargo run --quiet --locked --manifest-path "$benches/Cargo.toml")
profile=(--release)
while [[ ${1-} =~ ^--(dev|no-peers)$ ]]; do
    if [[ $1 == --dev ]]; then profile=(); else cargo+=(--no-default-features); fi
    shift
done

dir=$(mktemp -d)
trap '"$root/tests/postgres.sh" stop "$dir"; rm -rf "$dir"' EXIT
"$root/tests/postgres.sh" start "$dir" >/dev/null
"$root/tests/postgres.sh" stop "$dir"
cat >>"$dir/cluster/postgresql.conf" <<END
shared_preload_libraries = 'pg_stat_statements'
fsync = on
synchronous_commit = on
shared_buffers = 256MB
max_wal_size = 4GB
END
LBACK_POSTGRES_URL=$("$root/tests/postgres.sh" start "$dir")
export LBACK_POSTGRES_URL
"${cargo[@]}" "${profile[@]}" -- "$@"
