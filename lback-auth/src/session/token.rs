//! The secret of a session, and the digest by which a store finds the session.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::random::{RandomSource, RandomSourceError, secret_text};

/// Separates these digests from those of other tokens and from later versions.
const DOMAIN: &[u8] = b"lback-auth/session-token/v1\0";

/// The longest presented text that is hashed, in bytes. A token has 43.
const MAX_PRESENTED_LEN: usize = 256;

/// The secret of a session, for its cookie: 32 random bytes as 43 characters of base64url without padding
/// (RFC 4648, section 5).
///
/// OWASP ASVS 5.0, requirement 7.2.3, asks for 128 random bits; a token has 256. Only
/// [`expose`](Self::expose) returns its text: it has no `Display` and no serialisation, and `Debug` shows
/// nothing of it. The memory is wiped when it is dropped.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

impl SessionToken {
    pub(crate) fn generate(random: &dyn RandomSource) -> Result<Self, RandomSourceError> {
        secret_text(random).map(Self)
    }

    /// Returns the secret text. Use it only in the response to the client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the digest that is stored instead of the token.
    #[must_use]
    pub fn digest(&self) -> SessionDigest {
        digest(&self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// The SHA-256 digest of a [`SessionToken`], under which a store keeps the session. `Debug` shows nothing of
/// it.
///
/// ```
/// use lback_auth::SessionDigest;
///
/// assert_eq!(SessionDigest::of("guess"), SessionDigest::of("guess"));
/// assert_ne!(SessionDigest::of("guess"), SessionDigest::of("Guess"));
/// assert_eq!(SessionDigest::of(&"a".repeat(257)), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionDigest([u8; 32]);

impl SessionDigest {
    /// Returns the digest of a text that was presented as a token, or `None` if it exceeds 256 bytes, which no
    /// token does. The text is hashed without decoding, so that each token has one spelling.
    #[must_use]
    pub fn of(presented: &str) -> Option<Self> {
        (presented.len() <= MAX_PRESENTED_LEN).then(|| digest(presented))
    }

    /// Returns the 32 bytes that a store saves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionDigest(..)")
    }
}

/// A fast hash is enough: unlike a password, a token cannot be guessed.
fn digest(text: &str) -> SessionDigest {
    let digest = Sha256::new().chain_update(DOMAIN).chain_update(text);
    SessionDigest(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_43_characters_and_has_one_digest() {
        let token = SessionToken::generate(&crate::random::of_operating_system).unwrap();
        let other = SessionToken::generate(&crate::random::of_operating_system).unwrap();
        assert_eq!(token.expose().len(), 43);
        assert_ne!(token.expose(), other.expose());
        assert_eq!(SessionDigest::of(token.expose()), Some(token.digest()));
        assert_ne!(token.digest(), other.digest());
    }

    #[test]
    fn debug_shows_nothing_of_the_secret() {
        let token = SessionToken::generate(&crate::random::of_operating_system).unwrap();
        assert_eq!(format!("{token:?}"), "SessionToken(..)");
        assert_eq!(format!("{:?}", token.digest()), "SessionDigest(..)");
    }

    #[test]
    fn the_digest_is_the_one_specified() {
        // Made with Python: hashlib.sha256(b"lback-auth/session-token/v1\0" + b"A" * 43)
        let expected = [
            0x40, 0x12, 0xd2, 0x17, 0x59, 0x06, 0x08, 0x55, 0x67, 0x45, 0xb5, 0x11, 0x3a, 0xa9,
            0xd1, 0x6f, 0x3d, 0x29, 0x38, 0xdc, 0x66, 0x3c, 0xde, 0x8d, 0x60, 0x32, 0x74, 0xfb,
            0x27, 0x14, 0xf2, 0xdf,
        ];
        assert_eq!(digest(&"A".repeat(43)).as_bytes(), &expected);
    }
}
