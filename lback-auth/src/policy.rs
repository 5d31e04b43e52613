//! The policy for new passwords.

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

use crate::password::PasswordError;
use crate::password::prepare;

pub use asynchronous::{AsyncPasswordCheck, AsyncPasswordPolicy, PasswordCheckFuture};
pub use candidate::Candidate;
pub use check::PasswordCheck;
pub use owner::PasswordOwner;
pub use rejection::{PasswordRejected, RejectionReason};
#[cfg(feature = "zxcvbn")]
pub use strength::ZxcvbnScore;

/// The minimum length of a password that is the only factor, in code points: NIST SP 800-63B-4,
/// section 3.1.1.2.
const DEFAULT_MIN_LENGTH: usize = 15;

/// The minimum length of any password, in code points: NIST SP 800-63B-4, section 3.1.1.2.
const LEAST_MIN_LENGTH: usize = 8;

/// Rules for the new passwords of an application.
///
/// The defaults follow [NIST SP 800-63B-4], section 3.1.1.2. A password
///
/// - has at least 15 code points, since it may be the only factor
///   ([`with_min_length`](Self::with_min_length));
/// - has at most 4,096 bytes of UTF-8, before and after preparation, as for
///   [`set_password`](crate::AuthUser::set_password);
/// - is not one of 8,354 common passwords (from Django 5.2.19; BSD-3-Clause, see
///   `common-passwords.LICENSE` in the source);
/// - is not its owner's username or email address, or the part of the address before the `@`;
/// - is not the [name of the service](Self::with_service_name) or a
///   [word that the application blocks](Self::with_blocked_words);
/// - passes the [checks](Self::with_check) of the application.
///
/// Texts are compared as a whole and without regard to case: a password may *contain* its owner's
/// name. No character classes are required. The length is that of the prepared password
/// (RFC 8265: other spaces become U+0020, then NFC), as `set_password` hashes it.
///
/// `set_password` itself applies no policy; the flows of `Accounts` do. Other code that sets a
/// person's new password checks it first:
///
/// ```
/// use lback_auth::{AuthUser, PasswordPolicy, User};
///
/// let policy = PasswordPolicy::new().with_service_name("Analytical Engines");
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
/// Build a policy once and share it; its clones share its checks. To block words about one person,
/// such as a first name, check with a clone that [blocks](Self::with_blocked_words) them too.
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
        Self::new()
    }
}

impl PasswordPolicy {
    /// Returns the policy with the defaults [above](Self).
    #[must_use]
    pub fn new() -> Self {
        Self {
            min_length: DEFAULT_MIN_LENGTH,
            service_name: String::new(),
            blocked_words: Vec::new(),
            #[cfg(feature = "zxcvbn")]
            min_zxcvbn_score: None,
            checks: Vec::new(),
        }
    }

    /// Sets the minimum length in code points, 15 by default.
    ///
    /// 8 is enough if no one signs in by password alone. A smaller number counts as 8, the minimum of
    /// NIST SP 800-63B-4 (section 3.1.1.2).
    ///
    /// ```
    /// use lback_auth::{PasswordOwner, PasswordPolicy};
    ///
    /// let second_factor = PasswordPolicy::new().with_min_length(8);
    /// assert!(second_factor.check("tr4verse", PasswordOwner::default()).is_ok());
    /// assert!(second_factor.check("tr4vers", PasswordOwner::default()).is_err());
    /// ```
    #[must_use]
    pub fn with_min_length(mut self, code_points: usize) -> Self {
        self.min_length = code_points.max(LEAST_MIN_LENGTH);
        self
    }

    /// Sets the name of the service, which no password may be. It replaces an earlier one.
    #[must_use]
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = name.into();
        self
    }

    /// Adds words that no password may be, to those that were added before.
    ///
    /// ```
    /// use lback_auth::{PasswordOwner, PasswordPolicy};
    ///
    /// let policy = PasswordPolicy::new().with_blocked_words(["Difference Engine"]);
    /// assert!(policy.check("difference engine", PasswordOwner::default()).is_err());
    /// assert!(policy.check("difference engine No. 2", PasswordOwner::default()).is_ok());
    /// ```
    #[must_use]
    pub fn with_blocked_words<W: Into<String>>(
        mut self,
        words: impl IntoIterator<Item = W>,
    ) -> Self {
        self.blocked_words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Adds a check of the application. All checks run, in the order in which they were added.
    ///
    /// ```
    /// use lback_auth::{Candidate, PasswordOwner, PasswordPolicy, RejectionReason};
    ///
    /// let policy = PasswordPolicy::new().with_check(|candidate: &Candidate<'_>| {
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

    /// Adds an async check, which makes the policy async.
    #[must_use]
    pub fn with_async_check(self, check: impl AsyncPasswordCheck + 'static) -> AsyncPasswordPolicy {
        AsyncPasswordPolicy::new(self).with_async_check(check)
    }

    /// Checks a new password for its owner: an [`AuthUser`](crate::AuthUser), or a [`PasswordOwner`]
    /// if there is no account yet.
    ///
    /// # Errors
    ///
    /// Returns every reason that applies. An empty or too long password has only that reason: the other
    /// rules do not run, which bounds their work to 4,096 bytes.
    ///
    /// ```
    /// use lback_auth::{PasswordOwner, PasswordPolicy};
    ///
    /// let policy = PasswordPolicy::new();
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

    /// Prepares a password as hashing does.
    ///
    /// # Errors
    ///
    /// Returns the reason if the password is empty or too long.
    fn prepare(&self, password: &str) -> Result<Zeroizing<String>, PasswordRejected> {
        prepare(password).map_err(|error| {
            PasswordRejected::from(match error {
                PasswordError::Empty => self.too_short(),
                _ => RejectionReason::TooLong,
            })
        })
    }

    /// Returns every reason to refuse a candidate, except those of async checks.
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

/// Shows only the number of the application's words and checks.
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
