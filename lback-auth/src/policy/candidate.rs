//! The view of a password that an application's check gets.

use std::fmt;

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::{PasswordOwner, caseless};

/// The number of hexadecimal digits of a SHA-1 digest in a range query to
/// [Pwned Passwords](https://haveibeenpwned.com/API/v3#PwnedPasswords).
const SHA1_PREFIX_LEN: usize = 5;

/// A new password, as an application's check sees it: the check can ask questions about the password
/// and cannot read it. The answers are about the prepared form, which is hashed (RFC 8265: other
/// spaces become U+0020, then NFC).
///
/// `Debug` shows nothing of the password. The digest is wiped from memory on drop.
///
/// ```
/// use lback_auth::{Candidate, PasswordOwner, PasswordPolicy, RejectionReason};
///
/// let policy = PasswordPolicy::new().with_check(|candidate: &Candidate<'_>| {
///     // SHA-1 of "correct horse battery staple" is ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42.
///     assert_eq!(candidate.length(), 28);
///     assert_eq!(candidate.sha1_prefix(), "ABF7A");
///     assert!(candidate.sha1_suffix_is("AD6438836DBE526AA231ABDE2D0EEF74D42"));
///     if candidate.matches("Correct Horse Battery Staple") {
///         return Err(RejectionReason::Common);
///     }
///     Ok(())
/// });
/// assert!(policy.check("correct horse battery staple", PasswordOwner::default()).is_err());
/// ```
pub struct Candidate<'a> {
    prepared: &'a str,
    owner: PasswordOwner<'a>,
    sha1_hex: Zeroizing<String>,
}

impl<'a> Candidate<'a> {
    /// Returns the candidate for a prepared password.
    pub(super) fn new(prepared: &'a str, owner: PasswordOwner<'a>) -> Self {
        let digest = Zeroizing::new(<[u8; 20]>::from(Sha1::digest(prepared)));
        Self {
            prepared,
            owner,
            sha1_hex: Zeroizing::new(base16ct::upper::encode_string(digest.as_slice())),
        }
    }

    /// Returns the password itself, for the policy only.
    pub(super) fn prepared(&self) -> &'a str {
        self.prepared
    }

    /// Returns the owner of the password.
    #[must_use]
    pub fn owner(&self) -> PasswordOwner<'a> {
        self.owner
    }

    /// Returns the number of code points, at least one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.prepared.chars().count()
    }

    /// Returns whether the whole password equals `text` without regard to case. `text` is prepared as
    /// the password was. A password that contains more than `text` does not match, as NIST SP
    /// 800-63B-4, section 3.1.1.2, requires of blocklists.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        caseless::matches(self.prepared, text)
    }

    /// Returns the first 5 of the 40 hexadecimal digits of the password's SHA-1 digest, in upper case.
    /// Many passwords share them, so they can be sent to a service that lists breached passwords, such
    /// as [Pwned Passwords](https://haveibeenpwned.com/API/v3#PwnedPasswords).
    #[must_use]
    pub fn sha1_prefix(&self) -> &str {
        self.sha1_hex.split_at(SHA1_PREFIX_LEN).0
    }

    /// Returns whether the other 35 digits of the SHA-1 digest are `suffix`, without regard to case:
    /// each line of the service's answer begins with such a suffix.
    #[must_use]
    pub fn sha1_suffix_is(&self, suffix: &str) -> bool {
        let (_, own) = self.sha1_hex.split_at(SHA1_PREFIX_LEN);
        own.eq_ignore_ascii_case(suffix)
    }
}

impl fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Candidate(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(prepared: &str) -> Candidate<'_> {
        Candidate::new(prepared, PasswordOwner::new("ada", "ada@example.org"))
    }

    #[test]
    fn sha1_is_the_one_of_rfc_3174() {
        // RFC 3174, section 7.3: TEST1 and TEST2_1 with TEST2_2.
        for (text, prefix, suffix) in [
            ("abc", "A9993", "E364706816ABA3E25717850C26C9CD0D89D"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983",
                "E441C3BD26EBAAE4AA1F95129E5E54670F1",
            ),
        ] {
            let candidate = candidate(text);
            assert_eq!(candidate.sha1_prefix(), prefix);
            assert!(candidate.sha1_suffix_is(suffix));
            assert!(candidate.sha1_suffix_is(&suffix.to_lowercase()));
        }
    }

    #[test]
    fn only_the_whole_suffix_is_it() {
        let candidate = candidate("abc");
        for other in [
            "",
            "E364706816ABA3E25717850C26C9CD0D89",
            "E364706816ABA3E25717850C26C9CD0D89E",
            "E364706816ABA3E25717850C26C9CD0D89D:3",
            "A9993E364706816ABA3E25717850C26C9CD0D89D",
        ] {
            assert!(!candidate.sha1_suffix_is(other), "{other}");
        }
    }

    #[test]
    fn length_is_in_code_points() {
        assert_eq!(candidate("a").length(), 1);
        assert_eq!(candidate("🦀🔐").length(), 2);
        assert_eq!(candidate("👩\u{200D}💻").length(), 3);
    }

    #[test]
    fn matches_compares_the_whole_text_without_case() {
        let candidate = candidate("Caf\u{E9} au lait");
        assert!(candidate.matches("CAFE\u{301}\u{A0}AU LAIT"));
        assert!(!candidate.matches("Caf\u{E9}"));
        assert!(!candidate.matches("Caf\u{E9} au lait "));
    }

    #[test]
    fn owner_returns_the_owner() {
        let owner = candidate("abc").owner();
        assert_eq!(
            (owner.username(), owner.email()),
            ("ada", "ada@example.org")
        );
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", candidate("abc")), "Candidate(..)");
        assert_eq!(format!("{:#?}", candidate("abc")), "Candidate(..)");
    }
}
