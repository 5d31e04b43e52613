//! Checks that have to wait.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{Candidate, PasswordOwner, PasswordPolicy, PasswordRejected, RejectionReason};

/// What an [`AsyncPasswordCheck`] returns: a boxed future, so that a policy can hold checks of
/// several types.
pub type PasswordCheckFuture<'a> =
    Pin<Box<dyn Future<Output = Result<(), RejectionReason>> + Send + 'a>>;

/// A check that has to wait, as for a service that knows breached passwords. It belongs to no
/// runtime; [`with_async_check`](PasswordPolicy::with_async_check) adds it.
///
/// It is run as a [`PasswordCheck`](crate::PasswordCheck) is. Nothing limits how long it takes, so
/// one that asks another service needs a time limit of its own.
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
/// let policy = PasswordPolicy::default().with_async_check(Breached);
/// let checking = policy.check("correct horse battery staple", PasswordOwner::default());
/// let rejected = pollster::block_on(checking).unwrap_err();
/// assert_eq!(rejected.reasons(), [RejectionReason::Common]);
/// ```
pub trait AsyncPasswordCheck: Send + Sync {
    /// Looks at a candidate.
    ///
    /// # Errors
    ///
    /// As for [`PasswordCheck::check`](crate::PasswordCheck::check).
    fn check<'a>(&'a self, candidate: &'a Candidate<'_>) -> PasswordCheckFuture<'a>;
}

/// A [`PasswordPolicy`] with checks that have to wait. Its only check is async, so that none of
/// them can be left out by mistake.
///
/// It is made by [`PasswordPolicy::with_async_check`], when all else about the policy is set.
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

    /// Adds another check that has to wait. They are run one after another.
    #[must_use]
    pub fn with_async_check(mut self, check: impl AsyncPasswordCheck + 'static) -> Self {
        self.checks.push(Arc::new(check));
        self
    }

    /// Whether a new password is good enough for its owner, as
    /// [`PasswordPolicy::check`] says and the checks that wait say too.
    ///
    /// Dropping the future ends the checks.
    ///
    /// # Errors
    ///
    /// The future gives every reason that applies, as [`PasswordPolicy::check`] does.
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

/// Without any check that has to wait.
impl From<PasswordPolicy> for AsyncPasswordPolicy {
    fn from(policy: PasswordPolicy) -> Self {
        Self::new(policy)
    }
}

/// What it asks for; of the application's words and checks, how many there are.
impl fmt::Debug for AsyncPasswordPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncPasswordPolicy")
            .field("policy", &self.policy)
            .field("checks", &self.checks.len())
            .finish()
    }
}
