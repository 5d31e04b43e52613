//! A hasher in a forked child, which does not have the threads of the hasher.
//!
//! A fork copies locks that other threads hold, so each test runs in a child process without other
//! tests.

#[path = "../support/forked.rs"]
mod support;

use lback_auth::{AuthUser, Hasher, User, Verdict};
use lback_signals::Scope;
use support::in_forked_child;
use test_support::in_child_process;

const PASSWORD: &str = "correct horse battery staple";

fn hashes(hasher: &Hasher) {
    let hash = hasher.hash(PASSWORD).unwrap();
    let stored = hash.stored().unwrap();
    assert_eq!(hasher.verify(PASSWORD, stored), Ok(Verdict::Valid));
    assert_eq!(hasher.verify("guess", stored), Ok(Verdict::Invalid));
    assert_eq!(hasher.stats().waiting(), 0);
}

#[test]
fn a_forked_child_hashes() {
    in_child_process(|| {
        let hasher = Hasher::insecure_for_tests();
        hashes(&hasher);
        in_forked_child(|| {
            hashes(&hasher);
            Scope::new().provide(hasher.clone()).run(|| {
                let mut user = User::new("ada", "ada@example.org").unwrap();
                user.set_password(PASSWORD).unwrap();
            });
            // A child of the child.
            in_forked_child(|| hashes(&hasher));
            hashes(&hasher);
            drop(hasher);
        });
    });
}

#[cfg(feature = "tokio")]
#[test]
fn a_forked_child_hashes_while_a_task_waits() {
    in_child_process(|| {
        let hasher = Hasher::insecure_for_tests();
        hashes(&hasher);
        in_forked_child(|| {
            let hash = pollster::block_on(hasher.hash_async(PASSWORD)).unwrap();
            let verdict = hasher.verify_async(PASSWORD, hash.stored().unwrap());
            assert_eq!(pollster::block_on(verdict), Ok(Verdict::Valid));
        });
        hashes(&hasher);
    });
}
