//! A forked child of a test.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{abort, exit};
use std::thread;
use std::time::Duration;

use fork::{Fork, WEXITSTATUS, WIFEXITED, waitpid};

/// When a child that hangs ends: long after any that does not.
const HANGS_AFTER: Duration = Duration::from_mins(1);

/// Runs this in a forked child, and fails unless it comes to its end there.
pub(crate) fn in_forked_child(call: impl FnOnce()) {
    match fork::fork().expect("a child") {
        Fork::Child => {
            thread::spawn(|| {
                thread::sleep(HANGS_AFTER);
                abort();
            });
            // Nothing of the child returns to the harness.
            exit(i32::from(catch_unwind(AssertUnwindSafe(call)).is_err()));
        }
        Fork::Parent(child) => {
            let status = waitpid(child).expect("its end");
            assert!(WIFEXITED(status), "the child hangs or has crashed");
            assert_eq!(WEXITSTATUS(status), 0, "the child has panicked");
        }
    }
}
