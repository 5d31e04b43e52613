//! Which new passwords are good enough.

mod asynchronous;
mod blocklist;
mod candidate;
mod caseless;
mod check;
mod owner;
mod rejection;
#[cfg(feature = "zxcvbn")]
mod strength;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::PasswordError;
use crate::password::prepare;

pub use asynchronous::{AsyncPasswordCheck, AsyncPasswordPolicy, PasswordCheckFuture};
pub use candidate::Candidate;
pub use check::PasswordCheck;
pub use owner::PasswordOwner;
pub use rejection::{PasswordRejected, RejectionReason};
#[cfg(feature = "zxcvbn")]
pub use strength::ZxcvbnScore;

/// The fewest code points of a password that is the only factor: NIST SP 800-63B-4, section
/// 3.1.1.2.
const DEFAULT_MIN_LENGTH: usize = 15;

/// The fewest code points of any password: NIST SP 800-63B-4, section 3.1.1.2.
const LEAST_MIN_LENGTH: usize = 8;

/// Which new passwords an application takes.
///
/// The default follows [NIST SP 800-63B-4], section 3.1.1.2. A password
///
/// - has at least 15 code points, since it may be the only factor ([`min_length`](Self::min_length));
/// - has at most 4,096 bytes of UTF-8, before and after preparation, as for
///   [`set_password`](crate::AuthUser::set_password);
/// - is not one of 8,354 common passwords (from Django 5.2.19; BSD-3-Clause, see
///   `common-passwords.LICENSE` in the source);
/// - is not its owner's username or email address, or the part of it before the `@`;
/// - is not the [name of the service](Self::service_name) or one of the application's
///   [own words](Self::block_words);
/// - passes the [checks](Self::with_check) of the application.
///
/// Texts are compared whole and in any case: a password may *contain* its owner's name. No kinds
/// of characters are asked for. Code points are counted when the password is prepared as
/// `set_password` does (RFC 8265: other spaces are U+0020, then NFC).
///
/// `set_password` itself knows no policy. Whoever takes a new password from a person checks it
/// first:
///
/// ```
/// use lback_auth::{AuthUser, PasswordPolicy, User};
///
/// let policy = PasswordPolicy::default().service_name("Analytical Engines");
///
/// let mut user = User::new("ada", "ada@example.org")?;
/// let rejected = policy.check("analytical engines", &user).unwrap_err();
/// assert_eq!(rejected.reasons()[0].code(), "is_service_name");
///
/// let password = "correct horse battery staple";
/// policy.check(password, &user)?;
/// user.set_password(password)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A policy is made once; clones share its checks. For words about one person, such as a first
/// name, check with a clone that [blocks](Self::block_words) them too.
///
/// [NIST SP 800-63B-4]: https://pages.nist.gov/800-63-4/sp800-63b.html
#[derive(Clone)]
pub struct PasswordPolicy {
    min_length: usize,
    service_name: String,
    blocked_words: Vec<String>,
    #[cfg(feature = "zxcvbn")]
    min_zxcvbn_score: Option<ZxcvbnScore>,
    checks: Vec<Arc<dyn PasswordCheck>>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: DEFAULT_MIN_LENGTH,
            service_name: String::new(),
            blocked_words: Vec::new(),
            #[cfg(feature = "zxcvbn")]
            min_zxcvbn_score: None,
            checks: Vec::new(),
        }
    }
}

impl PasswordPolicy {
    /// Asks for at least this many code points in place of 15.
    ///
    /// 8 will do where nobody signs in by password alone. Less than 8 counts as 8, the least that
    /// NIST SP 800-63B-4 allows (section 3.1.1.2).
    ///
    /// ```
    /// use lback_auth::{PasswordOwner, PasswordPolicy};
    ///
    /// let second_factor = PasswordPolicy::default().min_length(8);
    /// assert!(second_factor.check("tr4verse", PasswordOwner::default()).is_ok());
    /// assert!(second_factor.check("tr4vers", PasswordOwner::default()).is_err());
    /// ```
    #[must_use]
    pub fn min_length(mut self, code_points: usize) -> Self {
        self.min_length = code_points.max(LEAST_MIN_LENGTH);
        self
    }

    /// Refuses the name of the service, in place of any named before.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = name.into();
        self
    }

    /// Refuses these words too, beside any that were given before.
    ///
    /// ```
    /// use lback_auth::{PasswordOwner, PasswordPolicy};
    ///
    /// let policy = PasswordPolicy::default().block_words(["Difference Engine"]);
    /// assert!(policy.check("difference engine", PasswordOwner::default()).is_err());
    /// assert!(policy.check("difference engine No. 2", PasswordOwner::default()).is_ok());
    /// ```
    #[must_use]
    pub fn block_words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.blocked_words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Adds a check of the application's own. All of them are run, in this order.
    ///
    /// ```
    /// use lback_auth::{Candidate, PasswordOwner, PasswordPolicy, RejectionReason};
    ///
    /// let policy = PasswordPolicy::default().with_check(|candidate: &Candidate<'_>| {
    ///     if candidate.length() > 64 {
    ///         return Err(RejectionReason::custom("over_64", "use at most 64 characters"));
    ///     }
    ///     Ok(())
    /// });
    /// assert!(policy.check(&"la ".repeat(22), PasswordOwner::default()).is_err());
    /// ```
    #[must_use]
    pub fn with_check(mut self, check: impl PasswordCheck + 'static) -> Self {
        self.checks.push(Arc::new(check));
        self
    }

    /// Adds a check that has to wait. The policy can only be asked in an async way from here on.
    #[must_use]
    pub fn with_async_check(self, check: impl AsyncPasswordCheck + 'static) -> AsyncPasswordPolicy {
        AsyncPasswordPolicy::new(self).with_async_check(check)
    }

    /// Whether a new password is good enough for its owner: any
    /// [`AuthUser`](crate::AuthUser), or a [`PasswordOwner`] where there is no account yet.
    ///
    /// # Errors
    ///
    /// Every reason that applies. A password that is empty or too long is not looked into, so that
    /// no more than 4,096 bytes are ever worked on.
    ///
    /// ```
    /// use lback_auth::{PasswordOwner, PasswordPolicy};
    ///
    /// let policy = PasswordPolicy::default();
    /// let registering = PasswordOwner::new("ada", "ada@example.org");
    /// assert!(policy.check("ada@example.org", registering).is_err());
    /// assert!(policy.check("correct horse battery staple", registering).is_ok());
    /// ```
    pub fn check<'a>(
        &self,
        password: &str,
        owner: impl Into<PasswordOwner<'a>>,
    ) -> Result<(), PasswordRejected> {
        let prepared = self.prepare(password)?;
        let candidate = Candidate::new(&prepared, owner.into());
        PasswordRejected::for_any(self.reasons(&candidate))
    }

    /// Prepares a password as hashing it does.
    ///
    /// # Errors
    ///
    /// It is empty or too long.
    fn prepare(&self, password: &str) -> Result<Zeroizing<String>, PasswordRejected> {
        prepare(password).map_err(|error| {
            PasswordRejected::from(match error {
                PasswordError::Empty => self.too_short(),
                _ => RejectionReason::TooLong,
            })
        })
    }

    /// Every reason to refuse a candidate, but for those that have to be waited for.
    fn reasons(&self, candidate: &Candidate<'_>) -> Vec<RejectionReason> {
        let owner = candidate.owner();
        let is_email =
            candidate.matches(owner.email()) || candidate.matches(owner.email_local_part());
        let is_blocked_word = self
            .blocked_words
            .iter()
            .any(|word| candidate.matches(word));

        let rules = [
            (candidate.length() < self.min_length, self.too_short()),
            (
                blocklist::contains(candidate.prepared()),
                RejectionReason::Common,
            ),
            (
                candidate.matches(owner.username()),
                RejectionReason::IsUsername,
            ),
            (is_email, RejectionReason::IsEmail),
            (
                candidate.matches(&self.service_name),
                RejectionReason::IsServiceName,
            ),
            (is_blocked_word, RejectionReason::BlockedWord),
            #[cfg(feature = "zxcvbn")]
            (self.is_guessable(candidate), RejectionReason::Guessable),
        ];
        let broken = rules
            .into_iter()
            .filter_map(|(applies, reason)| applies.then_some(reason));
        let found = self
            .checks
            .iter()
            .filter_map(|check| check.check(candidate).err());
        broken.chain(found).collect()
    }

    fn too_short(&self) -> RejectionReason {
        RejectionReason::TooShort {
            min_length: self.min_length,
        }
    }
}

/// What it asks for; of the application's words and checks, how many there are.
impl fmt::Debug for PasswordPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("PasswordPolicy");
        f.field("min_length", &self.min_length)
            .field("service_name", &self.service_name)
            .field("blocked_words", &self.blocked_words.len());
        #[cfg(feature = "zxcvbn")]
        f.field("min_zxcvbn_score", &self.min_zxcvbn_score);
        f.field("checks", &self.checks.len()).finish()
    }
}
