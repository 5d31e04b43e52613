#!/usr/bin/env bash
# Which receivers of other crates are in a binary, and in which order they run, however it is
# built; and what is said where one is missing. The crates are those of tests/crates/shop-* and forty-*.
#
# Needs a Rust toolchain with the target x86_64-unknown-linux-musl, `cc` and GNU ld (`ld.bfd`, of binutils). One line a
# configuration.
#
# Where a receiver is meant to be new: `UPDATE_SIGNALS_LOCK=1 cargo test -p shop-app --test wiring`.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/link-checks.sh

# The order of their ids would be: thank archive check_label stamp label weigh wrap.
app_calls='wrap thank stamp weigh label check_label archive'
plugin_calls='wrap stamp weigh label check_label archive take_money'
# These are written by tests that link the same crates.
app_lock=tests/crates/shop-app/signals.lock
forty_lock=tests/crates/forty-app/signals.lock
forty='40 receivers called; check: nothing; verify_wiring!: nothing'
unfulfilled='signal_required__shop_signals__PaymentDue__has_no_receiver__declared_in_'

# With `--target` the flags of a configuration are not those of the macros too: they build once.
target=$(rustc -vV | sed -n 's/^host: //p')

# The linker that wrote its name into a binary; GNU ld does not.
linker_of() {
    grep -a -o -m 1 -P 'Linker: \KLLD [0-9.]+' "$1" || echo 'no LLD'
}

# matrix DESCRIPTION PROFILE LINKER_ARGUMENTS [VARIABLE=value…]
matrix() {
    configuration=$1
    local profile=$2 directory=$CARGO_TARGET_DIR/$target/${2/dev/debug}
    # For the last crate alone, so that configurations share the others.
    local flags=()
    [[ -z $3 ]] || flags=("-Clink-arg=-Wl,$3")
    [[ $3 != -fuse-ld=* ]] || flags=("-Clink-arg=$3")
    shift 3
    local build=(env RUSTFLAGS= "$@" cargo rustc --locked --target "$target" --profile "$profile")
    programs
    # A program without an interpreter loads no library.
    [[ $target == *-musl ]] || libraries
    printf '%s (%s): all that is named is linked, in order; what is missing is found\n' \
        "$configuration" "$linker"
}

programs() {
    local app=("${build[@]}" -p shop-app --bin shop-app -- "${flags[@]}")
    local pay=("${build[@]}" -p shop-app --bin pay -- "${flags[@]}")

    # All that is named is there: in a program, and in one that sends a required signal.
    succeeds "${app[@]}"
    prints "$app_calls" "$directory/shop-app"
    "$directory/shop-app" wiring >"$scratch/wiring"
    records "$scratch/wiring" "$directory/shop-app"
    linker=$(linker_of "$directory/shop-app")
    succeeds "${pay[@]}"
    prints 'take_money' "$directory/pay"
    succeeds "${build[@]}" -p forty-app --bin forty -- "${flags[@]}"
    returns 40 "$directory/forty"
    contains "$forty"
    records "$forty_lock" "$directory/forty"

    # A dependency that is not named is not there. A program that does not send the required signal
    # links, and `verify_wiring!` says which receivers it lacks, and which line adds them.
    succeeds "${app[@]}" --cfg forgets_payments
    refuses '^Error: this program lacks 2 receivers of .*`lback_signals::link!\(shop_payments\);`$' \
        "$directory/shop-app"
    contains '    shop_payments::stamp, which receives shop_signals::OrderSent'
    # So does the tool, without running it.
    refuses '^this program lacks 2 receivers of .*`lback_signals::link!\(shop_payments\);`$' \
        lback verify "$directory/shop-app" --lock "$app_lock"
    contains '    shop_payments::stamp, which receives shop_signals::OrderSent'
    # What sends it does not link.
    refuses "undefined .*$unfulfilled" "${pay[@]}" --cfg forgets_payments
    # Nor does it with two receivers that fulfill it.
    refuses "(duplicate|multipl[ey]).*$unfulfilled|$unfulfilled.*multiply" \
        "${pay[@]}" --cfg pays_twice
}

libraries() {
    local plugin=("${build[@]}" -p shop-plugin -- "${flags[@]}")
    local load=("$scratch/host" "$directory/libshop_plugin.so")

    succeeds "${plugin[@]}"
    prints "$plugin_calls" "${load[@]}"
    records "$app_lock" "$directory/libshop_plugin.so"
    # It links without the required receiver, and does not load.
    succeeds "${plugin[@]}" --cfg forgets_payments
    refuses "undefined symbol: $unfulfilled" "${load[@]}"
    refuses 'lback_signals::link!\(shop_payments\)' lback verify "$directory/libshop_plugin.so" --lock "$app_lock"
}

# static_library DESCRIPTION PROFILE [VARIABLE=value…]: a program in C links the forty receivers.
static_library() {
    local profile=$2 link library=$CARGO_TARGET_DIR/$target/${2/dev/debug}/libforty_app.a
    local build=(env RUSTFLAGS= "${@:3}" cargo rustc --locked --target "$target" --profile "$profile")
    configuration="$1"
    succeeds "${build[@]}" -p forty-app --lib --crate-type staticlib
    for linker in bfd lld; do
        configuration="$1, linked by C with $linker"
        # The linker of rustc, which is lld.
        link=(cc "-B$(rustc --print sysroot)/lib/rustlib/$target/bin/gcc-ld" "-fuse-ld=$linker"
            -Wl,--gc-sections tests/crates/forty-app/host.c -o "$scratch/forty")
        succeeds "${link[@]}" -Wl,--whole-archive "$library" -Wl,--no-whole-archive -lgcc_s -lm
        prints "$forty" "$scratch/forty"
        records "$forty_lock" "$scratch/forty"
        [[ $linker != lld || $(linker_of "$scratch/forty") == LLD* ]] || fail 'this should be linked by lld'
        # Without the option, the program is told.
        succeeds "${link[@]}" "$library" -lgcc_s -lm
        succeeds "$scratch/forty"
        contains '0 receivers called; check: nothing; verify_wiring!: this program lacks 40 receivers'
        refuses 'lacks 40 receivers' lback verify "$scratch/forty" --lock "$forty_lock"
        printf '%s: all that is named is linked with --whole-archive, and missed without\n' "$configuration"
    done
}

need_lback

configuration='the host of the plugin'
succeeds cc tests/crates/shop-plugin/host.c -o "$scratch/host" -ldl

matrix 'dev' dev ''
matrix 'release' release ''
matrix 'release, fat LTO, panic = "abort", strip' release '' CARGO_PROFILE_RELEASE_LTO=fat \
    CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_STRIP=symbols
matrix 'release, one codegen unit' release '' CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
# It merges functions of the same code, such as the forty receivers.
matrix 'release, --gc-sections, ICF' release --gc-sections,--icf=all
[[ $linker == LLD* ]] || fail 'this should be linked by lld'

for profile in dev release; do
    configuration="$profile, GNU ld"
    succeeds ld.bfd --version
    matrix "$configuration" "$profile" -fuse-ld=bfd
    [[ $linker == 'no LLD' ]] || fail "this should not be linked by $linker"
done

static_library 'release, a static library' release
static_library 'dev, a static library' dev

host=$target
target=x86_64-unknown-linux-musl
matrix 'release, musl' release ''
target=$host

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
