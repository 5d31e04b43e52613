//! Empty: the test is a crate of this edition, too.
