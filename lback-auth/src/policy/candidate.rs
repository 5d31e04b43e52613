//! What an application's check learns of a password.

use std::fmt;

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::{PasswordOwner, caseless};

/// How many hexadecimal digits of a SHA-1 digest a range query gives away: the number that
/// [Pwned Passwords](https://haveibeenpwned.com/API/v3#PwnedPasswords) asks for.
const SHA1_PREFIX_LEN: usize = 5;

/// A new password, as a check of the application sees it: it answers questions, and never gives
/// its text. All of them are about the prepared form, the one that is hashed (RFC 8265: other
/// spaces are U+0020, then NFC).
///
/// `Debug` shows nothing of it. What is computed from it is wiped when it is dropped.
///
/// ```
/// use lback_auth::{Candidate, PasswordOwner, PasswordPolicy, RejectionReason};
///
/// let policy = PasswordPolicy::default().with_check(|candidate: &Candidate<'_>| {
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
    /// A candidate of a text that has been prepared.
    pub(super) fn new(prepared: &'a str, owner: PasswordOwner<'a>) -> Self {
        let digest = Zeroizing::new(<[u8; 20]>::from(Sha1::digest(prepared)));
        Self {
            prepared,
            owner,
            sha1_hex: Zeroizing::new(base16ct::upper::encode_string(digest.as_slice())),
        }
    }

    /// The text itself, for the policy alone.
    pub(super) fn prepared(&self) -> &'a str {
        self.prepared
    }

    /// Whose password it would be.
    #[must_use]
    pub fn owner(&self) -> PasswordOwner<'a> {
        self.owner
    }

    /// How many code points it has, at least one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.prepared.chars().count()
    }

    /// Whether it is `text`, the whole of it and in any case. `text` is prepared as the password
    /// was. A password that merely contains `text` does not match, as NIST SP 800-63B-4, section
    /// 3.1.1.2, says of blocklists.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        caseless::matches(self.prepared, text)
    }

    /// The first 5 of the 40 hexadecimal digits of its SHA-1 digest, in upper case. Many passwords
    /// share them, so that they can be sent to a service that knows breached passwords, such as
    /// [Pwned Passwords](https://haveibeenpwned.com/API/v3#PwnedPasswords).
    #[must_use]
    pub fn sha1_prefix(&self) -> &str {
        self.sha1_hex.split_at(SHA1_PREFIX_LEN).0
    }

    /// Whether the other 35 digits of its SHA-1 digest are these, in any case: each line of the
    /// service's answer begins with such.
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
    fn it_matches_whole_and_in_any_case() {
        let candidate = candidate("Caf\u{E9} au lait");
        assert!(candidate.matches("CAFE\u{301}\u{A0}AU LAIT"));
        assert!(!candidate.matches("Caf\u{E9}"));
        assert!(!candidate.matches("Caf\u{E9} au lait "));
    }

    #[test]
    fn it_knows_its_owner() {
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
