#!/usr/bin/env bash
# Which receivers of other crates are in a WebAssembly module, however it is built: those of tests/crates/forty-modules,
# each in a module of its crate, and those of tests/crates/shop-*.
#
# Needs a Rust toolchain with the targets below, and Node.js. One line a configuration.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/link-checks.sh

lock=tests/crates/forty-app/signals.lock
targets=(wasm32-wasip1 wasm32-unknown-unknown)
all='40 receivers called; check: nothing; verify_wiring!: nothing'
none='0 receivers called; check: nothing; verify_wiring!: this program lacks 40 receivers of `signals.lock`: add the line'
none+=' `lback_signals::link!(forty_modules);`'
last='    forty_modules::m40::count, which receives forty_signals::Counting'
run=(node --no-warnings "$PWD/tests/wasm.mjs")

# matrix DESCRIPTION PROFILE [VARIABLE=value…]
matrix() {
    local description=$1 profile=$2 variables=("${@:3}") target
    for target in "${targets[@]}"; do
        configuration="$target, $description"
        local build=(env "${variables[@]}" cargo rustc --locked --target "$target" --profile "$profile" -p forty-app)
        local directory=$CARGO_TARGET_DIR/$target/${profile/dev/debug}

        succeeds "${build[@]}" --bin forty
        returns 40 "${run[@]}" "$directory/forty.wasm"
        # A program for wasm32-unknown-unknown has nowhere to print.
        [[ $target == *-unknown ]] || contains "$all"
        records "$lock" "$directory/forty.wasm"
        succeeds "${build[@]}" --lib --crate-type cdylib
        prints "$all"$'\n'"$all" "${run[@]}" "$directory/forty_app.wasm" forty_report
        records "$lock" "$directory/forty_app.wasm"
        printf '%s: all receivers are called\n' "$configuration"
    done
}

need_lback

matrix 'dev' dev CARGO_INCREMENTAL=1
matrix 'release' release
matrix 'release, one codegen unit' release CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
matrix 'release, thin LTO' release CARGO_PROFILE_RELEASE_LTO=thin
matrix 'release, fat LTO, panic = "abort", strip' release CARGO_PROFILE_RELEASE_LTO=fat \
    CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_STRIP=symbols
matrix 'release, opt-level = "z", panic = "abort", strip' release CARGO_PROFILE_RELEASE_OPT_LEVEL=z \
    CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_STRIP=symbols

for target in "${targets[@]}"; do
    configuration="$target, a crate that is not named"
    succeeds cargo rustc --locked --target "$target" --release -p forty-app --lib --crate-type cdylib -- \
        --cfg forgets_the_modules
    succeeds "${run[@]}" "$CARGO_TARGET_DIR/$target/release/forty_app.wasm" forty_report
    contains "$none"
    contains "$last"
    # The tool says the same, without running it.
    refuses 'lacks 40 receivers .*`lback_signals::link!\(forty_modules\);`$' \
        lback verify "$CARGO_TARGET_DIR/$target/release/forty_app.wasm" --lock "$lock"
    contains "$last"
    printf '%s: its receivers are named\n' "$configuration"
done

# Two versions of a crate have the same paths, also of files with `--remap-path-prefix`. A crate may share the file of
# another, and a program the file of its library, which has the same name.
configuration='crates with the same modules'
mkdir -p "$scratch"/{next,twin,user}/src
cp tests/crates/forty-modules/src/lib.rs "$scratch/next/src"
cp Cargo.lock "$scratch/user"
cat >"$scratch/dependencies" <<END

[dependencies]
forty-signals = { path = "$PWD/tests/crates/forty-signals" }
lback-signals = { path = "$PWD/lback-signals", default-features = false }
END
cat - "$scratch/dependencies" >"$scratch/next/Cargo.toml" <<END
[package]
name = "forty-modules"
version = "99.0.0"
edition = "2024"
END
cat - "$scratch/dependencies" >"$scratch/twin/Cargo.toml" <<END
[package]
name = "twin"
edition = "2024"

[lib]
path = "$scratch/next/src/lib.rs"
END
cat - "$scratch/dependencies" >"$scratch/user/Cargo.toml" <<END
[package]
name = "user"
edition = "2024"

[workspace]
END
cat >>"$scratch/user/Cargo.toml" <<END
forty-modules = { path = "$PWD/tests/crates/forty-modules" }
next = { path = "../next", package = "forty-modules" }
twin = { path = "../twin" }
END
echo 'mod own;' >"$scratch/user/src/lib.rs"
cat >"$scratch/user/src/own.rs" <<'END'
#[lback_signals::receiver(signal = forty_signals::Counting)]
fn count(event: &forty_signals::Counting<'_>) {
    event.called.update(|called| called + 1);
}
END
cat >"$scratch/user/src/main.rs" <<'END'
mod own;

lback_signals::link!(forty_modules, next, twin, user);

fn main() -> std::process::ExitCode {
    let called = std::cell::Cell::new(0);
    lback_signals::Signal::send(&forty_signals::Counting { called: &called });
    std::process::ExitCode::from(called.get() as u8)
}
END
remap="--remap-path-prefix=$scratch/next/src=src --remap-path-prefix=$PWD/tests/crates/forty-modules/src=src"
succeeds env RUSTFLAGS="$remap" \
    cargo build --offline --target wasm32-wasip1 --release --manifest-path "$scratch/user/Cargo.toml"
returns 122 "${run[@]}" "$CARGO_TARGET_DIR/wasm32-wasip1/release/user.wasm"
printf '%s: the receivers of all are called\n' "$configuration"

# Unit tests link their crate twice, since a dependency receives its signals.
configuration='unit tests'
succeeds env CARGO_TARGET_WASM32_WASIP1_RUNNER="${run[*]}" \
    cargo test --locked --target wasm32-wasip1 --release -p shop-signals --lib
contains 'test result: ok. 1 passed'
printf '%s: run\n' "$configuration"

# It compares itself with its `signals.lock`.
configuration='receivers in order'
succeeds cargo build --locked --target wasm32-wasip1 --release -p shop-app --bin shop-app
prints 'wrap thank stamp weigh label check_label archive' \
    "${run[@]}" "$CARGO_TARGET_DIR/wasm32-wasip1/release/shop-app.wasm"
printf '%s: as on other targets\n' "$configuration"
