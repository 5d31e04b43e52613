//! Snapshots of the whole wiring of a small program. In a binary with more signals they would have those, too.

mod lock;
mod render;
mod shop;
