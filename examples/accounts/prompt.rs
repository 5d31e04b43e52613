//! Asking for passwords.
