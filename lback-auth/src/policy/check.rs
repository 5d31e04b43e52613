//! What an application adds to a policy.

use super::{Candidate, RejectionReason};

/// A check of the application's own, added by
/// [`with_check`](crate::PasswordPolicy::with_check).
///
/// It is run for every candidate that is neither empty nor too long, also where there are other
/// reasons to refuse it. A closure is one too. For a check that has to wait, as for another
/// service, there is [`AsyncPasswordCheck`](crate::AsyncPasswordCheck).
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
/// let policy = PasswordPolicy::default().with_check(NoProductNames(names));
/// let rejected = policy.check("analytical engine", PasswordOwner::default()).unwrap_err();
/// assert_eq!(rejected.reasons()[0].code(), "is_product_name");
/// ```
pub trait PasswordCheck: Send + Sync {
    /// Looks at a candidate.
    ///
    /// # Errors
    ///
    /// The reason to refuse it, which must not hold anything of it. A check that cannot tell
    /// decides which is worse, and refuses with a reason that says so or lets it pass.
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
