//! Where salts, tokens and other secrets are drawn from.

use thiserror::Error;

/// A source of random bytes that nobody can predict: the operating system's, unless a test brings
/// one of its own with [`HasherBuilder::random`](crate::HasherBuilder::random).
///
/// Closures are sources too:
///
/// ```
/// use lback_auth::{Hasher, PasswordError, RandomSourceError};
///
/// let hasher = Hasher::builder()
///     .random(|_: &mut [u8]| Err(RandomSourceError))
///     .build()?;
/// assert_eq!(hasher.hash("correct horse").unwrap_err(), PasswordError::Entropy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait RandomSource: Send + Sync {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    ///
    /// There is no randomness to be had. What the bytes are then does not matter.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomSourceError>;
}

impl<F> RandomSource for F
where
    F: Fn(&mut [u8]) -> Result<(), RandomSourceError> + Send + Sync,
{
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomSourceError> {
        self(bytes)
    }
}

/// A [`RandomSource`] has nothing to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the source of random bytes failed")]
pub struct RandomSourceError;

/// The operating system's.
pub(super) fn of_operating_system(bytes: &mut [u8]) -> Result<(), RandomSourceError> {
    getrandom::fill(bytes).map_err(|_| RandomSourceError)
}
