//! Draws the signals of the other examples in this folder, with their receivers in order.
//!
//! ```text
//! cargo run --example wiring [-- examples/wiring.svg]
//! ```
//!
//! It prints a table and the problems of the wiring, and writes the picture to the file if one is
//! named. The larger examples are packages, and each has its own wiring.

use std::env;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use anyhow::Context;
use lback_signals::{Wiring, wiring};

// A receiver only has to be linked: no code calls into these modules.
#[path = "background.rs"]
#[expect(dead_code, reason = "its `main` does not run")]
mod background;
#[path = "custom_user.rs"]
#[expect(dead_code, reason = "its `main` does not run")]
mod custom_user;
#[path = "quickstart.rs"]
#[expect(dead_code, reason = "its `main` does not run")]
mod quickstart;

fn main() -> anyhow::Result<()> {
    let wiring = wiring();
    if let Some(picture) = env::args_os().nth(1).map(PathBuf::from) {
        fs::write(&picture, wiring.to_svg())
            .with_context(|| format!("cannot write {}", picture.display()))?;
    }
    match print(&wiring) {
        // The reader of the pipe, such as `head`, has closed it.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.context("cannot write to standard output"),
    }
}

fn print(wiring: &Wiring) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{wiring}")?;
    match wiring.check() {
        Ok(()) => writeln!(out, "No problems found."),
        Err(problems) => problems
            .iter()
            .try_for_each(|problem| writeln!(out, "Problem: {problem}")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_wiring_is_the_one_in_the_lock_file() {
        lback_signals::assert_wiring!("examples/signals.lock");
    }
}
