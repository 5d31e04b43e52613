//! Hashing passwords, and checking them against stored hashes.

#[cfg(feature = "tokio")]
mod asynchronous;
mod builder;
mod check;
#[cfg(feature = "foreign-hashes")]
mod foreign;
mod pepper;
mod pool;
mod recipe;
mod slow;
mod stats;
mod stored_hash;
#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

pub use builder::{HasherBuilder, HasherBuilderError};
pub(crate) use check::Outcome;
pub use check::Verdict;
use check::{Check, Counts, Hashing};
use lback_signals::AlreadyProvided;
pub use pepper::{Pepper, PepperError};
use pool::{Busy, Pool};
use recipe::Recipe;
pub use stats::HasherStats;
use stored_hash::StoredHash;

use crate::password::{Password, PasswordError};
use crate::random::RandomSource;

/// Hasher of passwords: hashes them with argon2id, and checks guesses against stored hashes.
///
/// A hasher has a fixed number of slots, each with a thread and the memory of one hash. This bounds its
/// memory for any number of callers to that of its slots, or to that of one stored hash that needs more
/// than all slots and runs alone. Further callers wait in a bounded queue, and get
/// [`PasswordError::Busy`] after a timeout. A slot starts its thread when there is work. The next hash
/// overwrites the memory of the last one; without a next hash, the slot wipes the memory at once, and
/// frees it after an idle timeout. Scrypt (feature `foreign-hashes`) allocates separate memory, which is
/// not wiped.
///
/// The methods of [`AuthUser`](crate::AuthUser) use the [current](Self::current) hasher. A clone shares
/// the slots of the original.
///
/// # Forked processes
///
/// A forked child can use the hashers of its parent. It starts threads and allocates memory for itself,
/// and does not wipe its copy of the parent's memory. In the child, a future of the parent that waits for
/// a slot returns [`Busy`](PasswordError::Busy).
///
/// A child with the process id of its parent is not recognised, and waits for threads that it does not
/// have. Process 1 of a container can have such a child in a new PID namespace (`CLONE_NEWPID`): build a
/// new hasher in that child.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use lback_auth::{AuthUser, Hasher, User, Verdict};
///
/// let hasher = Hasher::builder()
///     .memory(46 * 1024) // KiB
///     .passes(1)
///     .concurrency(2)
///     .queue_timeout(Duration::from_secs(2))
///     .build()?;
///
/// let password = hasher.hash("correct horse battery staple")?;
/// let stored = password.stored().unwrap();
/// assert!(stored.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
/// assert_eq!(hasher.verify("correct horse battery staple", stored)?, Verdict::Valid);
/// assert_eq!(hasher.verify("guess", stored)?, Verdict::Invalid);
///
/// hasher.install()?; // for the process
/// let mut user = User::new("ada", "ada@example.org")?;
/// user.set_password("correct horse battery staple")?;
/// assert!(user.password().stored().unwrap().contains("m=47104"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Hasher {
    inner: Arc<Inner>,
}

struct Inner {
    recipe: Arc<Recipe>,
    /// The hash to check if an account has none, so that the time does not show it.
    decoy: Arc<StoredHash>,
    random: Box<dyn RandomSource>,
    pool: Pool,
    counts: Arc<Counts>,
}

impl Hasher {
    /// Returns a builder with the default settings.
    pub fn builder() -> HasherBuilder {
        HasherBuilder::new()
    }

    /// Returns a fast hasher for tests, with 8 KiB and one pass. Its hashes are easy to break.
    ///
    /// ```
    /// use lback_auth::{AuthUser, Hasher, User};
    /// use lback_signals::Scope;
    ///
    /// Scope::new().provide(Hasher::insecure_for_tests()).run(|| {
    ///     let mut user = User::new("ada", "ada@example.org")?;
    ///     user.set_password("correct horse battery staple")?;
    ///     assert!(user.check_password("correct horse battery staple")?);
    ///     Ok::<(), Box<dyn std::error::Error>>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn insecure_for_tests() -> Self {
        HasherBuilder::new().memory(8).passes(1).build_valid()
    }

    /// Installs the hasher for the process, with [`lback_signals::provide`]. Receivers can take it as a
    /// [`Res<'_, Hasher>`](lback_signals::Res).
    ///
    /// # Errors
    ///
    /// Returns an error if the process already has a hasher, which it keeps.
    pub fn install(self) -> Result<(), AlreadyProvided> {
        lback_signals::provide(self)
    }

    /// Returns the hasher of the innermost [`Scope`](lback_signals::Scope) that provides one. Without such
    /// a scope, returns the [installed](Self::install) one, or the [`Default`].
    #[must_use]
    pub fn current() -> Self {
        lback_signals::resource::<Self>().map_or_else(Self::default, |hasher| (*hasher).clone())
    }

    /// Hashes a new password with a fresh salt.
    ///
    /// Blocks the calling thread while a thread of the hasher computes the hash: 15 ms and 19 MiB at the
    /// default parameters.
    ///
    /// # Errors
    ///
    /// Returns [`Empty`](PasswordError::Empty), [`TooLong`](PasswordError::TooLong),
    /// [`Entropy`](PasswordError::Entropy), [`Busy`](PasswordError::Busy) or
    /// [`OutOfMemory`](PasswordError::OutOfMemory).
    pub fn hash(&self, password: &str) -> Result<Password, PasswordError> {
        let hashing = self.hashing(password)?;
        let needed = hashing.memory();
        let run = self.inner.pool.run(needed, |memory| hashing.run(memory));
        run?.map(Password::fresh)
    }

    /// Checks a password against a stored hash.
    ///
    /// `stored` is a PHC string of argon2id, argon2i or argon2d, or, with the feature
    /// `foreign-hashes`, a hash of bcrypt or Django. It is parsed, and its cost is checked, before any
    /// memory is allocated.
    ///
    /// A stored hash does not show how its password was prepared (RFC 8265). The prepared form is
    /// checked first. If it does not match and differs from the given bytes, these are checked too,
    /// since other software may have hashed them.
    ///
    /// A password that is empty or over 4,096 bytes is wrong without any hashing, since no such password
    /// can be set.
    ///
    /// A wrong password takes at least as long as [`verify_decoy`](Self::verify_decoy), even on a hash that is
    /// cheaper than the [decoy](HasherBuilder::decoy): a further hash makes up the difference. A hash
    /// that costs more than the decoy takes longer.
    ///
    /// # Errors
    ///
    /// Returns [`Corrupt`](PasswordError::Corrupt), [`UnknownScheme`](PasswordError::UnknownScheme),
    /// [`CostOutOfBounds`](PasswordError::CostOutOfBounds) or
    /// [`UnknownPepper`](PasswordError::UnknownPepper) for an unusable hash, whatever the password, and
    /// after the time of a check. Returns [`Busy`](PasswordError::Busy) or
    /// [`OutOfMemory`](PasswordError::OutOfMemory) if hashing fails.
    pub fn verify(&self, password: &str, stored: &str) -> Result<Verdict, PasswordError> {
        self.examine(password, Some(stored)).map(Outcome::verdict)
    }

    /// Parses a stored hash without hashing, and returns whether passwords can be checked against it.
    ///
    /// Programs that import accounts, or search a table for damaged hashes, call this.
    ///
    /// ```
    /// use lback_auth::{Hasher, PasswordError};
    ///
    /// let hasher = Hasher::current();
    /// let stored = "$argon2id$v=19$m=256,t=3,p=2$084EN0HelnbogbWOKCExSQ$2y6bayjL1PRIu/GGvICbKw";
    /// assert_eq!(hasher.can_check(stored), Ok(()));
    /// assert_eq!(hasher.can_check("not-a-hash"), Err(PasswordError::Corrupt));
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Corrupt`](PasswordError::Corrupt), [`UnknownScheme`](PasswordError::UnknownScheme),
    /// [`CostOutOfBounds`](PasswordError::CostOutOfBounds) or
    /// [`UnknownPepper`](PasswordError::UnknownPepper).
    pub fn can_check(&self, stored: &str) -> Result<(), PasswordError> {
        StoredHash::decode(stored, &self.inner.recipe).map(drop)
    }

    /// Takes as long as a check, and returns [`Verdict::Invalid`]. Call it for an account that does not
    /// exist or has no password, so that the time does not show it.
    ///
    /// If stored hashes cost more than new ones, set the most expensive of them as the
    /// [`decoy`](HasherBuilder::decoy).
    ///
    /// # Errors
    ///
    /// Returns [`Busy`](PasswordError::Busy) or [`OutOfMemory`](PasswordError::OutOfMemory).
    pub fn verify_decoy(&self, password: &str) -> Result<Verdict, PasswordError> {
        self.examine(password, None).map(Outcome::verdict)
    }

    /// Returns counts of the hasher's work.
    #[must_use]
    pub fn stats(&self) -> HasherStats {
        HasherStats {
            hashes: self.inner.counts.hashes.load(Ordering::Relaxed),
            work: self.inner.counts.work.load(Ordering::Relaxed),
            waiting: self.inner.pool.waiting(),
        }
    }

    /// Checks a password against a stored hash, or against the decoy if there is none.
    pub(crate) fn examine(
        &self,
        password: &str,
        stored: Option<&str>,
    ) -> Result<Outcome, PasswordError> {
        let check = self.check(password, stored);
        match check.memory() {
            None => check.settled(),
            Some(needed) => self.inner.pool.run(needed, |memory| check.run(memory))?,
        }
    }

    /// Occupies a slot for the duration of the call.
    #[cfg(feature = "testing")]
    pub(crate) fn occupy(&self, call: impl FnOnce() + Send + 'static) {
        let memory = self.inner.recipe.params().m_cost();
        let _ = self.inner.pool.run(memory, |_| call());
    }

    /// Returns the source of random bytes.
    pub(crate) fn random(&self) -> &dyn RandomSource {
        &*self.inner.random
    }

    fn hashing(&self, password: &str) -> Result<Hashing, PasswordError> {
        let Inner { recipe, counts, .. } = &*self.inner;
        let random = self.random();
        Hashing::new(password, Arc::clone(recipe), Arc::clone(counts), random)
    }

    fn check(&self, password: &str, stored: Option<&str>) -> Check {
        let Inner {
            recipe,
            decoy,
            counts,
            ..
        } = &*self.inner;
        Check::new(
            password,
            stored,
            decoy,
            Arc::clone(recipe),
            Arc::clone(counts),
        )
    }
}

/// The hasher with the default settings of [`HasherBuilder`]. All defaults share their slots.
impl Default for Hasher {
    fn default() -> Self {
        static DEFAULT: OnceLock<Hasher> = OnceLock::new();
        DEFAULT
            .get_or_init(|| HasherBuilder::new().build_valid())
            .clone()
    }
}

// A panic leaves no broken state: hashes run on other threads, and all threads share the source of
// random bytes anyway.
impl UnwindSafe for Hasher {}
impl RefUnwindSafe for Hasher {}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params = self.inner.recipe.params();
        f.debug_struct("Hasher")
            .field("memory", &params.m_cost())
            .field("passes", &params.t_cost())
            .field("lanes", &params.p_cost())
            .finish_non_exhaustive()
    }
}

impl From<Busy> for PasswordError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}
