//! The Rust of README.md and docs/, as doc tests.
