//! Checks that an application adds to a policy.

use super::{Candidate, RejectionReason};

/// A check of an application, for example a closure.
/// [`with_check`](crate::PasswordPolicy::with_check) adds it to a policy.
///
/// It runs for every candidate that is neither empty nor too long, even if other rules refuse the
/// candidate. A check that calls another service is an
/// [`AsyncPasswordCheck`](crate::AsyncPasswordCheck).
///
/// ```
/// use lback_auth::{Candidate, PasswordCheck, PasswordOwner, PasswordPolicy, RejectionReason};
///
/// struct NoProductNames(Vec<String>);
///
/// impl PasswordCheck for NoProductNames {
///     fn check(&self, candidate: &Candidate<'_>) -> Result<(), RejectionReason> {
///         if self.0.iter().any(|name| candidate.matches(name)) {
///             let text = "choose a password other than the name of a product";
///             return Err(RejectionReason::custom("is_product_name", text));
///         }
///         Ok(())
///     }
/// }
///
/// let names = vec!["Analytical Engine".to_owned()];
/// let policy = PasswordPolicy::new().with_check(NoProductNames(names));
/// let rejected = policy.check("analytical engine", PasswordOwner::default()).unwrap_err();
/// assert_eq!(rejected.reasons()[0].code(), "is_product_name");
/// ```
pub trait PasswordCheck: Send + Sync {
    /// Checks a candidate.
    ///
    /// # Errors
    ///
    /// Returns the reason to refuse the candidate. The reason must not contain any part of the password.
    /// A check that has no answer, for example because its service is down, either accepts the
    /// candidate or refuses it with a reason that says so.
    fn check(&self, candidate: &Candidate<'_>) -> Result<(), RejectionReason>;
}

impl<F> PasswordCheck for F
where
    F: Fn(&Candidate<'_>) -> Result<(), RejectionReason> + Send + Sync,
{
    fn check(&self, candidate: &Candidate<'_>) -> Result<(), RejectionReason> {
        self(candidate)
    }
}
