//! Snapshots of the whole wiring: they list each signal of this binary, a small program.

mod lock;
mod render;
mod shop;
