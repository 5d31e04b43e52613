# Sourced by the scripts that build programs in several ways and look at what they print. The first thing that is not as
# it should be ends the script, with `configuration` and with what was printed.

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target} CARGO_INCREMENTAL=0
unset UPDATE_SIGNALS_LOCK

fail() {
    printf '%s: %s\n' "$configuration" "$1" >&2
    cat "$log" >&2
    exit 1
}

# succeeds COMMAND…
succeeds() {
    "$@" >"$log" 2>&1 || fail "this should succeed: $*"
}

# prints TEXT COMMAND…
prints() {
    local text=$1
    shift
    succeeds "$@"
    [[ $(<"$log") == "$text" ]] || fail "this should print '$text': $*"
}

# returns CODE COMMAND…
returns() {
    local expected=$1 code=0
    shift
    "$@" >"$log" 2>&1 || code=$?
    ((code == expected)) || fail "this should return $expected, and returned $code: $*"
}

# contains TEXT: the last command printed it.
contains() {
    grep -q -F -e "$1" "$log" || fail "this should say '$1'"
}

# lback ARGUMENT…: reads a binary without running it.
lback() {
    "$CARGO_TARGET_DIR/debug/cargo-lback" "$@"
}

need_lback() {
    configuration='cargo-lback'
    succeeds cargo build --locked -p cargo-lback
}

# records LOCK BINARY: the records of the binary are this wiring.
records() {
    succeeds lback list "$2" --format lock
    diff "$1" "$log" >"$scratch/diff" || fail "the records of $2 should be those of $1: $(<"$scratch/diff")"
}

# refuses PATTERN COMMAND…: it fails, and says so.
refuses() {
    local pattern=$1
    shift
    # In braces, so that what the shell itself says of an abort goes to the log as well.
    ! { "$@"; } >"$log" 2>&1 || fail "this should fail: $*"
    grep -q -E -e "$pattern" "$log" || fail "this should say '$pattern': $*"
}
