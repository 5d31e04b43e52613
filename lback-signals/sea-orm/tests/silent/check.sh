#!/usr/bin/env bash
# Checks that clippy reports each method of the clippy.toml on the page about SeaORM. Runs in the project of the page.
set -euo pipefail

mkdir -p src/bin
cp "$(dirname "$0")/silent.rs" src/bin/
cargo clippy --quiet --bin silent >clippy.log 2>&1 || { cat clippy.log >&2; exit 1; }
sed -n 's/.*path = "\([^"]*\)".*/\1/p' clippy.toml | while read -r path; do
    if ! grep -qF "use of a disallowed method \`$path\`" clippy.log; then
        printf 'clippy does not report %s:\n' "$path" >&2
        cat clippy.log >&2
        exit 1
    fi
done
