//! Async checks.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{Candidate, PasswordOwner, PasswordPolicy, PasswordRejected, RejectionReason};

/// Future of an [`AsyncPasswordCheck`], boxed so that a policy can hold checks of several types.
pub type PasswordCheckFuture<'a> =
    Pin<Box<dyn Future<Output = Result<(), RejectionReason>> + Send + 'a>>;

/// An async check of an application, such as a request to a service that lists breached passwords.
/// [`with_async_check`](PasswordPolicy::with_async_check) adds it to a policy.
///
/// It runs when a [`PasswordCheck`](crate::PasswordCheck) would, on any runtime. The policy has no
/// timeout: a check that calls another service sets one.
///
/// ```
/// use lback_auth::{
///     AsyncPasswordCheck, Candidate, PasswordCheckFuture, PasswordOwner, PasswordPolicy,
///     RejectionReason,
/// };
///
/// struct Breached;
///
/// impl AsyncPasswordCheck for Breached {
///     fn check<'a>(&'a self, candidate: &'a Candidate<'_>) -> PasswordCheckFuture<'a> {
///         Box::pin(async {
///             let lines = range(candidate.sha1_prefix()).await;
///             let mut suffixes = lines.lines().filter_map(|line| line.split(':').next());
///             if suffixes.any(|suffix| candidate.sha1_suffix_is(suffix)) {
///                 return Err(RejectionReason::Common);
///             }
///             Ok(())
///         })
///     }
/// }
///
/// /// Stands for a request to `https://api.pwnedpasswords.com/range/…`.
/// async fn range(prefix: &str) -> String {
///     assert_eq!(prefix, "ABF7A");
///     "AD6438836DBE526AA231ABDE2D0EEF74D42:384".to_owned()
/// }
///
/// let policy = PasswordPolicy::new().with_async_check(Breached);
/// let checking = policy.check("correct horse battery staple", PasswordOwner::default());
/// let rejected = pollster::block_on(checking).unwrap_err();
/// assert_eq!(rejected.reasons(), [RejectionReason::Common]);
/// ```
pub trait AsyncPasswordCheck: Send + Sync {
    /// Checks a candidate.
    ///
    /// # Errors
    ///
    /// As for [`PasswordCheck::check`](crate::PasswordCheck::check).
    fn check<'a>(&'a self, candidate: &'a Candidate<'_>) -> PasswordCheckFuture<'a>;
}

/// A [`PasswordPolicy`] with async checks. Its `check` is async, so no check can be skipped by
/// mistake.
///
/// [`PasswordPolicy::with_async_check`] returns one; make all other settings of the policy before.
#[derive(Clone)]
pub struct AsyncPasswordPolicy {
    policy: PasswordPolicy,
    checks: Vec<Arc<dyn AsyncPasswordCheck>>,
}

impl AsyncPasswordPolicy {
    pub(super) fn new(policy: PasswordPolicy) -> Self {
        Self {
            policy,
            checks: Vec::new(),
        }
    }

    /// Adds another async check. They run one after the other, in the order in which they were added.
    #[must_use]
    pub fn with_async_check(mut self, check: impl AsyncPasswordCheck + 'static) -> Self {
        self.checks.push(Arc::new(check));
        self
    }

    /// Checks a new password for its owner: first as [`PasswordPolicy::check`] does, then by the async
    /// checks.
    ///
    /// Dropping the future cancels the checks.
    ///
    /// # Errors
    ///
    /// The future returns every reason that applies, as [`PasswordPolicy::check`] does.
    pub fn check<'a, O: Into<PasswordOwner<'a>>>(
        &'a self,
        password: &'a str,
        owner: O,
    ) -> impl Future<Output = Result<(), PasswordRejected>> + Send + use<'a, O> {
        let owner = owner.into();
        async move {
            let prepared = self.policy.prepare(password)?;
            let candidate = Candidate::new(&prepared, owner);
            let mut reasons = self.policy.reasons(&candidate);
            for check in &self.checks {
                reasons.extend(check.check(&candidate).await.err());
            }
            PasswordRejected::for_any(reasons)
        }
    }
}

/// A policy without async checks.
impl From<PasswordPolicy> for AsyncPasswordPolicy {
    fn from(policy: PasswordPolicy) -> Self {
        Self::new(policy)
    }
}

/// Shows only the number of the application's words and checks.
impl fmt::Debug for AsyncPasswordPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncPasswordPolicy")
            .field("policy", &self.policy)
            .field("checks", &self.checks.len())
            .finish()
    }
}
