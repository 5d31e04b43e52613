#!/usr/bin/env bash
# Which receivers of other crates are in a binary, and in which order they run, however it is
# built; and what is said where one is missing. The crates are those of tests/crates/shop-*.
#
# Needs a Rust toolchain, `cc` and GNU ld (`ld.bfd`, of binutils). One line a configuration; the
# first thing that is not as it should be ends it, with what was printed.
#
# Where a receiver is meant to be new: `UPDATE_SIGNALS_LOCK=1 cargo test -p shop-app --test wiring`.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log

# The order of their ids would be: thank archive check_label stamp label weigh wrap.
app_calls='wrap thank stamp weigh label check_label archive'
plugin_calls='wrap stamp weigh label check_label archive take_money'
unfulfilled='signal_required__shop_signals__PaymentDue__has_no_receiver__declared_in_'

# With `--target` the flags of a configuration are not those of the macros too: they build once.
target=$(rustc -vV | sed -n 's/^host: //p')
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

# refuses PATTERN COMMAND…: it fails, and says so.
refuses() {
    local pattern=$1
    shift
    # In braces, so that what the shell itself says of an abort goes to the log as well.
    ! { "$@"; } >"$log" 2>&1 || fail "this should fail: $*"
    grep -q -E -e "$pattern" "$log" || fail "this should say '$pattern': $*"
}

# The linker that wrote its name into a binary; GNU ld does not.
linker_of() {
    grep -a -o -m 1 -P 'Linker: \KLLD [0-9.]+' "$1" || echo 'no LLD'
}

# matrix DESCRIPTION PROFILE [VARIABLE=value…]
matrix() {
    configuration=$1
    local profile=$2 directory=$CARGO_TARGET_DIR/$target/${2/dev/debug}
    shift 2
    local build=(env RUSTFLAGS= "$@" cargo rustc --locked --target "$target" --profile "$profile")
    local app=("${build[@]}" -p shop-app --bin shop-app)
    local pay=("${build[@]}" -p shop-app --bin pay)
    local plugin=("${build[@]}" -p shop-plugin)
    local load=("$scratch/host" "$directory/libshop_plugin.so")

    # All that is named is there: in a program, in one that sends a required signal, in a library.
    succeeds "${app[@]}"
    prints "$app_calls" "$directory/shop-app"
    linker=$(linker_of "$directory/shop-app")
    succeeds "${pay[@]}"
    prints 'take_money' "$directory/pay"
    succeeds "${plugin[@]}"
    prints "$plugin_calls" "${load[@]}"

    # A dependency that is not named is not there. A program that does not send the required signal
    # links, and `verify_wiring!` says which receivers it lacks, and which line adds them.
    succeeds "${app[@]}" -- --cfg forgets_payments
    refuses '^Error: this program lacks 2 receivers of .*`lback_signals::link!\(shop_payments\);`$' \
        "$directory/shop-app"
    grep -q '^    shop_payments::stamp, which receives shop_signals::OrderSent$' "$log" ||
        fail 'this should name the receiver'
    # What sends it does not link, or, as a library, does not load.
    refuses "undefined .*$unfulfilled" "${pay[@]}" -- --cfg forgets_payments
    succeeds "${plugin[@]}" -- --cfg forgets_payments
    refuses "undefined symbol: $unfulfilled" "${load[@]}"
    # Nor does it with two receivers that fulfill it.
    refuses "(duplicate|multipl[ey]).*$unfulfilled|$unfulfilled.*multiply" \
        "${pay[@]}" -- --cfg pays_twice

    printf '%s (%s): all that is named is linked, in order; what is missing is found\n' \
        "$configuration" "$linker"
}

configuration='the host of the plugin'
succeeds cc tests/crates/shop-plugin/host.c -o "$scratch/host" -ldl

matrix 'dev' dev
matrix 'release' release
matrix 'release, fat LTO, panic = "abort", strip' release CARGO_PROFILE_RELEASE_LTO=fat \
    CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_STRIP=symbols
matrix 'release, one codegen unit' release CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1

for profile in dev release; do
    configuration="$profile, GNU ld"
    succeeds ld.bfd --version
    matrix "$configuration" "$profile" RUSTFLAGS=-Clink-arg=-fuse-ld=bfd
    [[ $linker == 'no LLD' ]] || fail "this should not be linked by $linker"
done

configuration='two versions of the core'
mkdir -p "$scratch"/{next,user}/src
cp -rL Cargo.toml lback-signals lback-signals-macros "$scratch/next"
sed -i -E '/^(version|lback-)/s/(version = "=?)[0-9.]+/\199.0.0/' "$scratch/next/Cargo.toml"
touch "$scratch/next/src/lib.rs"
cp Cargo.lock "$scratch/user"
cat >"$scratch/user/Cargo.toml" <<END
[package]
name = "user"
edition = "2024"

[dependencies]
lback-signals = { path = "$PWD/lback-signals", default-features = false }
next = { path = "../next/lback-signals", package = "lback-signals", default-features = false }

[workspace]
END
cat >"$scratch/user/src/lib.rs" <<'END'
#[lback_signals::signal]
pub struct Closing;

#[next::receiver(signal = Closing, crate = next)]
fn lock_the_door(_: &Closing) {}
END
check=(cargo check --offline --manifest-path "$scratch/user/Cargo.toml")
refuses 'multiple different versions of crate `lback_signals`' "${check[@]}"
# It is the second version that is refused, nothing else.
sed -i 's/next/lback_signals/g' "$scratch/user/src/lib.rs"
succeeds "${check[@]}"
printf '%s: do not compile\n' "$configuration"
