//! The symbol that keeps a registration in a WebAssembly module.
//!
//! The linker takes only those object files of a library that define a symbol that it looks for, and nothing refers
//! to a registration. On WebAssembly, rustc asks the linker for each symbol with an `export_name`, in programs too.
//! An exported static beside the registration therefore keeps the object file of both: the compiler divides a crate
//! into object files by modules.

use std::env;
use std::hash::{DefaultHasher, Hash, Hasher};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

use crate::naming;

/// Returns the item that exports the symbol, or nothing in a program, whose own object files are all linked. `private` is
/// the path of `lback_signals::__private`.
pub(crate) fn of(private: &impl ToTokens) -> Option<TokenStream> {
    if is_part_of_program() {
        return None;
    }
    let symbol = symbol();
    Some(quote!(#private::anchor! { #symbol }))
}

/// Returns a name that no other anchor of the program has: of two with the same name, the linker takes the object file
/// of one, without an error.
///
/// It is a hash, since the module contains each name, and since the path of the file may name a home folder.
fn symbol() -> String {
    let here = Span::call_site().unwrap();
    let mut hasher = DefaultHasher::new();
    // Two crates may share a file. With `--remap-path-prefix`, two packages or versions may have the same file names.
    for variable in ["CARGO_PKG_NAME", "CARGO_PKG_VERSION", "CARGO_CRATE_NAME"] {
        env::var_os(variable).hash(&mut hasher);
    }
    (here.file(), here.line()).hash(&mut hasher);
    naming::unique(format!("lback_{:016x}", hasher.finish()))
}

/// Returns whether the crate is a program of its package, such as a binary or a test, and not its library.
/// No other program can link the receivers of a program.
pub(crate) fn is_part_of_program() -> bool {
    // Cargo sets the first for binaries and examples, and the second for integration tests and benchmarks.
    let variables = ["CARGO_BIN_NAME", "CARGO_TARGET_TMPDIR"];
    let is_set = |variable| env::var_os(variable).is_some();
    variables.into_iter().any(is_set)
}
