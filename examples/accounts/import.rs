//! Moving accounts in.
