//! Operations that are no part of a transaction of the caller's, and can be repeated.

use super::super::{BEGIN, Store, meaning};
use super::attempt;
use super::open::Open;
use crate::{Attempt, AttemptTime, Reservation, StoreError};

/// How often an operation is done at most, if the database ends it for the sake of another transaction
/// each time.
const ROUNDS: u32 = 5;

/// Awaits an operation, and again if it is [to be repeated](is_to_be_repeated).
macro_rules! repeated {
    ($operation:expr) => {{
        let mut rounds = 0;
        loop {
            rounds += 1;
            let done = $operation.await;
            if !alone::is_to_be_repeated(&done, rounds) {
                break done;
            }
        }
    }};
}
pub(super) use repeated;

/// Reads on a connection, and again likewise.
macro_rules! read {
    ($store:expr, |$connection:ident| $read:expr) => {
        alone::repeated!(async {
            let mut open = Open::read($store).await?;
            let $connection = open.connection();
            $read.await
        })
    };
}
pub(super) use read;

/// Whether the database has ended it for the sake of another transaction, so that it has changed
/// nothing, and not too often.
pub(super) fn is_to_be_repeated<T>(done: &Result<T, StoreError>, rounds: u32) -> bool {
    let is_ended = matches!(
        done,
        Err(StoreError::Deadlock(_) | StoreError::SerializationFailure(_))
    );
    is_ended && rounds < ROUNDS
}

pub(super) async fn reserve(
    store: &Store,
    attempt: &Attempt,
    now: AttemptTime,
) -> Result<Reservation, StoreError> {
    let mut open = Open::begin(store, BEGIN).await?;
    let reserved = attempt::reserve(open.connection(), attempt, now).await?;
    open.commit().await.map_err(meaning)?;
    Ok(reserved)
}
