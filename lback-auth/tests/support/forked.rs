//! A forked child of a test.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{abort, exit};
use std::thread;
use std::time::Duration;

use fork::{Fork, WEXITSTATUS, WIFEXITED, waitpid};

/// The time after which a child that hangs is aborted.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Runs a call in a forked child, and asserts that it ends there without a panic.
pub(crate) fn in_forked_child(call: impl FnOnce()) {
    match fork::fork().expect("a child") {
        Fork::Child => {
            thread::spawn(|| {
                thread::sleep(TIMEOUT);
                abort();
            });
            // The child must not return to the test harness.
            exit(i32::from(catch_unwind(AssertUnwindSafe(call)).is_err()));
        }
        Fork::Parent(child) => {
            let status = waitpid(child).expect("the end of the child");
            assert!(WIFEXITED(status), "the child hangs or has crashed");
            assert_eq!(WEXITSTATUS(status), 0, "the child has panicked");
        }
    }
}
