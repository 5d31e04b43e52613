//! Repeats operations that the database rolled back in favour of another transaction.

use crate::store::StoreError;

/// The most runs of one operation.
const ROUNDS: u32 = 5;

/// Awaits an operation, and again while it [has to be repeated](must_repeat).
macro_rules! repeated {
    ($operation:expr) => {{
        let mut rounds = 0;
        loop {
            rounds += 1;
            let done = $operation.await;
            if !$crate::store::repeat::must_repeat(&done, rounds) {
                break done;
            }
        }
    }};
}
pub(super) use repeated;

/// Returns whether the database rolled an operation back in favour of another transaction, and not
/// too often yet. Such an operation has changed nothing.
pub(super) fn must_repeat<T>(done: &Result<T, StoreError>, rounds: u32) -> bool {
    let is_rolled_back = matches!(
        done,
        Err(StoreError::Deadlock(_) | StoreError::SerializationFailure(_))
    );
    is_rolled_back && rounds < ROUNDS
}
