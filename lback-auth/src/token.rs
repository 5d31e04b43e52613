//! Secret tokens that are mailed to a user and stored as digests.

mod error;
mod one_time;
mod pending;
mod purpose;

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use error::TokenError;
pub use one_time::OneTimeToken;
pub use pending::PendingToken;
pub use purpose::TokenPurpose;

use crate::random::{RandomSource, RandomSourceError, secret_text};

/// The longest presented text that is hashed, in bytes. A token has 43.
const MAX_PRESENTED_LEN: usize = 256;

/// A secret for the owner of an email address: 32 random bytes as 43 characters of base64url without
/// padding (RFC 4648, section 5), safe in a URL.
///
/// Only [`expose`](Self::expose) returns its text: it has no `Display` and no serialisation, and `Debug`
/// shows nothing of it. The memory is wiped when it is dropped.
#[derive(Clone)]
pub struct VerificationToken {
    text: Zeroizing<String>,
}

impl VerificationToken {
    fn generate(random: &dyn RandomSource) -> Result<Self, RandomSourceError> {
        let text = secret_text(random)?;
        Ok(Self { text })
    }

    /// Returns the secret text. Use it only in the message to the user.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Returns the digest that is stored instead of the token.
    fn digest(&self, purpose: TokenPurpose) -> [u8; 32] {
        digest(purpose, &self.text)
    }
}

impl fmt::Debug for VerificationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerificationToken(..)")
    }
}

/// Returns the digest of a text that was presented as a token. `None` if it is too long.
///
/// The text is hashed without decoding, so that each token has one spelling.
pub(crate) fn digest_presented(purpose: TokenPurpose, presented: &str) -> Option<[u8; 32]> {
    (presented.len() <= MAX_PRESENTED_LEN).then(|| digest(purpose, presented))
}

/// Returns the SHA-256 of the domain, the purpose, a zero byte and the text. A fast hash is enough: unlike
/// a password, a token can't be guessed.
fn digest(purpose: TokenPurpose, text: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(purpose.prefix())
        .chain_update(text)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding};
    use proptest::prelude::*;

    use super::*;
    use crate::hasher::Hasher;

    fn generate() -> VerificationToken {
        VerificationToken::generate(Hasher::default().random()).expect("entropy")
    }

    #[test]
    fn a_token_is_43_characters_of_base64url() {
        for _ in 0..100 {
            let token = generate();
            let text = token.expose();
            assert_eq!(text.len(), 43);
            assert!(
                text.chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            );
            let mut bytes = [0; 32];
            let decoded = Base64UrlUnpadded::decode(text, &mut bytes).expect("base64url");
            assert_eq!(decoded.len(), 32);
        }
    }

    #[test]
    fn two_tokens_differ_and_a_clone_does_not() {
        let token = generate();
        let other = generate();
        assert_ne!(token.expose(), other.expose());
        assert_eq!(token.expose(), token.clone().expose());
    }

    #[test]
    fn debug_shows_nothing_of_the_secret() {
        let token = generate();
        assert_eq!(format!("{token:?}"), "VerificationToken(..)");
        assert_eq!(format!("{token:#?}"), "VerificationToken(..)");
    }

    #[test]
    fn the_digest_is_the_one_specified() {
        // Made with Python:
        // hashlib.sha256(b"lback-auth/token/v1\0" + b"email-verification" + b"\0" + b"A" * 43)
        let expected = [
            0x99, 0xbc, 0x6d, 0xea, 0x35, 0x1c, 0xfd, 0x1f, 0xdb, 0x2d, 0x97, 0x1a, 0x11, 0xca,
            0xcc, 0xc9, 0xc5, 0xf2, 0xf4, 0x78, 0xd2, 0x97, 0x97, 0x87, 0xa5, 0x1a, 0xd5, 0x3d,
            0x99, 0x6b, 0x46, 0x1e,
        ];
        assert_eq!(
            digest(TokenPurpose::EmailVerification, &"A".repeat(43)),
            expected
        );
    }

    #[test]
    fn a_token_and_its_text_have_one_digest() {
        let token = generate();
        assert_eq!(
            digest_presented(TokenPurpose::EmailVerification, token.expose()),
            Some(token.digest(TokenPurpose::EmailVerification)),
        );
    }

    #[test]
    fn purposes_are_kept_apart() {
        let token = generate();
        let [a, b, c] = TokenPurpose::ALL.map(|purpose| token.digest(purpose));
        assert!(a != b && b != c && c != a);
        let names = TokenPurpose::ALL.map(TokenPurpose::as_str);
        assert_eq!(
            names,
            ["email-verification", "password-reset", "email-change"]
        );
    }

    #[test]
    fn text_over_256_bytes_is_not_hashed() {
        assert!(digest_presented(TokenPurpose::EmailVerification, &"a".repeat(256)).is_some());
        assert!(digest_presented(TokenPurpose::EmailVerification, &"a".repeat(257)).is_none());
        assert!(digest_presented(TokenPurpose::EmailVerification, &"é".repeat(129)).is_none());
    }

    proptest! {
        #[test]
        fn every_byte_counts(text in "[A-Za-z0-9_-]{43}", at in 0_usize..43, byte in b'0'..=b'z') {
            let mut changed = text.clone().into_bytes();
            prop_assume!(changed[at] != byte);
            changed[at] = byte;
            let changed = String::from_utf8(changed).expect("ASCII");
            prop_assert_ne!(
                digest_presented(TokenPurpose::EmailVerification, &text),
                digest_presented(TokenPurpose::EmailVerification, &changed)
            );
        }

        #[test]
        fn cutting_or_adding_changes_the_digest(text in any::<String>(), more in ".{1,8}") {
            prop_assume!(text.len() + more.len() <= 256);
            prop_assert_ne!(
                digest_presented(TokenPurpose::EmailVerification, &text),
                digest_presented(TokenPurpose::EmailVerification, &(text.clone() + &more))
            );
        }
    }
}
