//! The hasher: how passwords become hashes, where that happens, and how a guess is checked.

mod builder;
mod check;
#[cfg(feature = "foreign-hashes")]
mod foreign;
mod pepper;
mod pool;
mod recipe;
mod slow;
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
use stored_hash::StoredHash;

use crate::password::{Password, PasswordError};
use crate::random::RandomSource;

/// Hashes passwords with argon2id, and checks guesses against stored hashes.
///
/// It has a fixed number of slots, each with a thread and the memory of one hash. So its memory is
/// bounded for any number of callers: by that of its slots, or of one stored hash that needs more than
/// all of them and is computed alone. Further callers wait in a bounded queue, and get
/// [`PasswordError::Busy`] after a timeout. Threads are started when there is work; what a hash has left in its
/// memory is overwritten by the next, or wiped if none comes at once, and the memory is freed when
/// there has been nothing to do for a while. Scrypt (feature `foreign-hashes`) has memory of its own,
/// which is not wiped.
///
/// A forked child may use the hashers of its parent. It hashes in threads and memory of its own; its copy
/// of the parent's memory is not wiped. A future of the parent that waits for a slot is
/// [`Busy`](PasswordError::Busy) there. A child with the process id of its parent is not recognised, and waits
/// for threads that it does not have: process 1 of a container can have such a child in a new PID namespace
/// (`CLONE_NEWPID`). Build a hasher in that child.
///
/// The methods of [`AuthUser`](crate::AuthUser) use the one that holds where they are called:
/// that of the innermost [`Scope`](lback_signals::Scope) that provides one, or else the one that
/// [`install`](Self::install) has given the process, or else the [`Default`].
///
/// A clone is the same hasher, with the same slots.
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
    /// Checked where there is nothing to check, so that this takes as long.
    decoy: Arc<StoredHash>,
    random: Box<dyn RandomSource>,
    pool: Pool,
    counts: Arc<Counts>,
}

impl Hasher {
    /// Returns a builder, whose settings all have defaults.
    pub fn builder() -> HasherBuilder {
        HasherBuilder::new()
    }

    /// A hasher whose hashes cost nothing, to make and to break: 8 KiB and one pass. It is for tests
    /// that have to do with passwords and are not about them.
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
        HasherBuilder::new().memory(8).passes(1).built()
    }

    /// Makes it the process's.
    ///
    /// The same as [`lback_signals::provide`]: receivers can take it as a
    /// [`Res<'_, Hasher>`](lback_signals::Res).
    ///
    /// # Errors
    ///
    /// The process has one already, which stays.
    pub fn install(self) -> Result<(), AlreadyProvided> {
        lback_signals::provide(self)
    }

    /// The hasher that holds here.
    #[must_use]
    pub fn current() -> Self {
        lback_signals::resource::<Self>().map_or_else(Self::default, |hasher| (*hasher).clone())
    }

    /// Hashes a new password with a fresh salt.
    ///
    /// The thread waits while another hashes: 15 ms and 19 MiB at the default parameters.
    ///
    /// # Errors
    ///
    /// [`Empty`](PasswordError::Empty), [`TooLong`](PasswordError::TooLong),
    /// [`Entropy`](PasswordError::Entropy), [`Busy`](PasswordError::Busy) or
    /// [`OutOfMemory`](PasswordError::OutOfMemory).
    pub fn hash(&self, password: &str) -> Result<Password, PasswordError> {
        let hashing = self.hashing(password)?;
        let needed = hashing.memory();
        let run = self.inner.pool.run(needed, |memory| hashing.run(memory));
        run?.map(Password::fresh)
    }

    /// Whether `password` is the one that was hashed as `stored`: the one function under every
    /// check.
    ///
    /// `stored` is a PHC string of argon2id, argon2i or argon2d, or, with the feature
    /// `foreign-hashes`, a hash of bcrypt or of Django's. Before anything is allocated, it is
    /// read and its cost is bounded.
    ///
    /// A stored text does not tell how its password was prepared (RFC 8265). The prepared form is
    /// tried first, and where that fails and preparation changed something, the bytes as given:
    /// other software may have hashed those.
    ///
    /// A password that is empty or over 4,096 bytes was never hashed here, and is wrong without any
    /// hashing.
    ///
    /// A wrong password on a hash that is cheaper than the [decoy](HasherBuilder::decoy) costs another
    /// hash, which makes up the difference: it answers no faster than
    /// [`verify_decoy`](Self::verify_decoy). The cost of a dearer hash shows.
    ///
    /// # Errors
    ///
    /// Whatever the password, and at the cost of a check of it: [`Corrupt`](PasswordError::Corrupt),
    /// [`UnknownScheme`](PasswordError::UnknownScheme),
    /// [`CostOutOfBounds`](PasswordError::CostOutOfBounds) or
    /// [`UnknownPepper`](PasswordError::UnknownPepper). While hashing:
    /// [`Busy`](PasswordError::Busy) or [`OutOfMemory`](PasswordError::OutOfMemory).
    pub fn verify(&self, password: &str, stored: &str) -> Result<Verdict, PasswordError> {
        self.examine(password, Some(stored)).map(Outcome::verdict)
    }

    /// Whether a check against a stored text could come to an answer, without hashing anything: for
    /// programs that move accounts in, or look through a table for damaged hashes.
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
    /// [`Corrupt`](PasswordError::Corrupt), [`UnknownScheme`](PasswordError::UnknownScheme),
    /// [`CostOutOfBounds`](PasswordError::CostOutOfBounds) or
    /// [`UnknownPepper`](PasswordError::UnknownPepper).
    pub fn can_check(&self, stored: &str) -> Result<(), PasswordError> {
        StoredHash::decode(stored, &self.inner.recipe).map(drop)
    }

    /// Costs what a check costs and answers [`Verdict::Invalid`]: for accounts that do not exist,
    /// or have no password, so that the time taken does not tell them from others.
    ///
    /// Where stored hashes are dearer than new ones, give the dearest of them as the
    /// [`decoy`](HasherBuilder::decoy).
    ///
    /// # Errors
    ///
    /// [`Busy`](PasswordError::Busy) or [`OutOfMemory`](PasswordError::OutOfMemory).
    pub fn verify_decoy(&self, password: &str) -> Result<Verdict, PasswordError> {
        self.examine(password, None).map(Outcome::verdict)
    }

    /// Like [`hash`](Self::hash), while the task waits. No hash runs on a thread of the executor's.
    ///
    /// A future that is dropped gives its place in the queue to the next. The timeout is looked at
    /// whenever a hash ends, so that no timer is needed, and any runtime will do.
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    pub async fn hash_async(&self, password: &str) -> Result<Password, PasswordError> {
        let hashing = self.hashing(password)?;
        let needed = hashing.memory();
        let run = self
            .inner
            .pool
            .run_async(needed, |memory| hashing.run(memory));
        run.await?.map(Password::fresh)
    }

    /// Like [`verify`](Self::verify), while the task waits, as in [`hash_async`](Self::hash_async).
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    pub async fn verify_async(
        &self,
        password: &str,
        stored: &str,
    ) -> Result<Verdict, PasswordError> {
        let outcome = self.examine_async(password, Some(stored)).await?;
        Ok(outcome.verdict())
    }

    /// Like [`verify_decoy`](Self::verify_decoy), while the task waits, as in
    /// [`hash_async`](Self::hash_async).
    ///
    /// # Errors
    ///
    /// The same.
    #[cfg(feature = "tokio")]
    pub async fn verify_decoy_async(&self, password: &str) -> Result<Verdict, PasswordError> {
        let outcome = self.examine_async(password, None).await?;
        Ok(outcome.verdict())
    }

    /// What it has done and has to do.
    #[must_use]
    pub fn stats(&self) -> HasherStats {
        HasherStats {
            hashes: self.inner.counts.hashes.load(Ordering::Relaxed),
            work: self.inner.counts.work.load(Ordering::Relaxed),
            waiting: self.inner.pool.waiting(),
        }
    }

    /// Checks a password against a stored text, or else the decoy.
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

    #[cfg(feature = "tokio")]
    pub(crate) async fn examine_async(
        &self,
        password: &str,
        stored: Option<&str>,
    ) -> Result<Outcome, PasswordError> {
        let check = self.check(password, stored);
        match check.memory() {
            None => check.settled(),
            Some(needed) => {
                let run = self
                    .inner
                    .pool
                    .run_async(needed, |memory| check.run(memory));
                run.await?
            }
        }
    }

    /// Takes a place for as long as the call lasts.
    #[cfg(feature = "testing")]
    pub(crate) fn occupy(&self, call: impl FnOnce() + Send + 'static) {
        let memory = self.inner.recipe.params().m_cost();
        let _ = self.inner.pool.run(memory, |_| call());
    }

    /// Returns its source of random bytes.
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

/// The one with the default settings of [`HasherBuilder`]. All of these are one hasher.
impl Default for Hasher {
    fn default() -> Self {
        static DEFAULT: OnceLock<Hasher> = OnceLock::new();
        DEFAULT.get_or_init(|| HasherBuilder::new().built()).clone()
    }
}

// Nothing is half done when a panic passes: work is done elsewhere, and a source of random bytes is
// shared by all threads anyway.
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

/// What a [`Hasher`] has done and has to do.
///
/// ```
/// use lback_auth::Hasher;
///
/// let hasher = Hasher::insecure_for_tests();
/// hasher.verify_decoy("guess")?;
/// assert_eq!((hasher.stats().hashes(), hasher.stats().waiting()), (1, 0));
/// # Ok::<(), lback_auth::PasswordError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasherStats {
    hashes: u64,
    work: u64,
    waiting: usize,
}

impl HasherStats {
    /// How many hashes it has begun to compute. A check computes one, or two if preparation changes
    /// the password and the first is not it; and as many again if the password is wrong and its hash is
    /// cheaper than the decoy.
    #[must_use]
    pub fn hashes(&self) -> u64 {
        self.hashes
    }

    /// How much work these were: the sum of memory times passes, in KiB. For hashes of other schemes than
    /// Argon2 it is an estimate of what Argon2 does in the same time.
    ///
    /// ```
    /// use lback_auth::Hasher;
    ///
    /// let hasher = Hasher::builder().memory(64).passes(3).build()?;
    /// hasher.verify_decoy("guess")?;
    /// assert_eq!(hasher.stats().work(), 192);
    /// // A wrong password is as much work if the hash is cheaper.
    /// let cheap = "$argon2id$v=19$m=32,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$kjP8uWKJBGjGGWcsBNKPPSpCFGY";
    /// hasher.verify("guess", cheap)?;
    /// assert_eq!(hasher.stats().work(), 192 + 192);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn work(&self) -> u64 {
        self.work
    }

    /// How many callers wait for a place.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }
}
