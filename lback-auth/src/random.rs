//! The source of salts, tokens and session epochs.

use base64ct::{Base64UrlUnpadded, Encoding};
use thiserror::Error;
use zeroize::Zeroizing;

/// The length of a token in bytes: 256 bits cannot be guessed.
const TOKEN_LEN: usize = 32;

/// A source of unpredictable random bytes.
///
/// A hasher draws from the operating system, unless a test sets another source by
/// [`HasherBuilder::random`](crate::HasherBuilder::random). Closures are sources too:
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
    /// [`RandomSourceError`] if no random bytes are available. The content of `bytes` is then
    /// unspecified.
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

/// Error returned when a [`RandomSource`] has no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the source of random bytes failed: try again later")]
pub struct RandomSourceError;

/// Draws from the operating system.
pub(crate) fn of_operating_system(bytes: &mut [u8]) -> Result<(), RandomSourceError> {
    getrandom::fill(bytes).map_err(|_| RandomSourceError)
}

/// Draws the text of a token: 32 bytes as 43 characters of base64url without padding (RFC 4648, section 5).
pub(crate) fn secret_text(
    source: &dyn RandomSource,
) -> Result<Zeroizing<String>, RandomSourceError> {
    let mut bytes = Zeroizing::new([0; TOKEN_LEN]);
    source.fill(bytes.as_mut_slice())?;
    let text = Base64UrlUnpadded::encode_string(bytes.as_slice());
    Ok(Zeroizing::new(text))
}
