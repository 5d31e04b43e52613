//! The jobs of the pool: one check of a password, and one new hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use super::pool::Memory;
use super::recipe::{Recipe, SALT_LEN};
use super::slow::timed;
use super::stored_hash::StoredHash;
use crate::password::{MAX_LEN, PasswordError, prepare};
use crate::random::RandomSource;

/// Result of a password check.
#[must_use = "a wrong password is not an error: match the verdict"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The password is right.
    Valid,
    /// The password is right, but its hash differs from a new one: in parameters, scheme or pepper, or because
    /// the password was hashed without preparation. A hash with higher parameters is stale too, as in
    /// argon2-cffi and Django. [`check_and_upgrade`](crate::AuthUser::check_and_upgrade) replaces the hash.
    Stale,
    /// The password is wrong.
    Invalid,
}

impl Verdict {
    /// Returns whether the password is right: [`Valid`](Self::Valid) or [`Stale`](Self::Stale).
    #[must_use]
    pub fn is_right(self) -> bool {
        self != Self::Invalid
    }
}

/// A [`Verdict`] that also says whether the hash covers the whole password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Valid,
    Stale,
    /// The hash matches, but covers only the first bytes of the password. It must not be upgraded, since the
    /// other bytes are unverified.
    Cut,
    Invalid,
}

impl Outcome {
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Valid | Self::Cut => Verdict::Valid,
            Self::Stale => Verdict::Stale,
            Self::Invalid => Verdict::Invalid,
        }
    }
}

/// Counters of the computed hashes.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) hashes: AtomicU64,
    /// In KiB times passes.
    pub(super) work: AtomicU64,
}

impl Counts {
    fn add(&self, work: u64) {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        self.work.fetch_add(work, Ordering::Relaxed);
    }
}

/// A check that is ready to run.
pub(super) struct Check {
    hash: Arc<StoredHash>,
    /// An extra hash after a wrong password, where checking `hash` is less work than checking the decoy.
    padding: Option<StoredHash>,
    /// The outcome, where `hash` is the decoy.
    settled: Option<Result<Outcome, PasswordError>>,
    guesses: Guesses,
    recipe: Arc<Recipe>,
    counts: Arc<Counts>,
}

impl Check {
    /// Prepares a check against a stored hash, or against the decoy without one.
    pub(super) fn new(
        password: &str,
        stored: Option<&str>,
        decoy: &Arc<StoredHash>,
        recipe: Arc<Recipe>,
        counts: Arc<Counts>,
    ) -> Self {
        let shared = || Arc::clone(decoy);
        let (hash, settled) = match stored.map(|stored| StoredHash::decode(stored, &recipe)) {
            Some(Ok(hash)) => (Arc::new(hash), None),
            // A damaged hash is reported on any attempt, and takes as long as the decoy.
            Some(Err(error)) => (shared(), Some(Err(error))),
            None => (shared(), Some(Ok(Outcome::Invalid))),
        };
        let padding = hash.made_up_to(decoy, &recipe);
        Self {
            hash,
            padding,
            settled,
            guesses: Guesses::of(password),
            recipe,
            counts,
        }
    }

    /// Returns the memory that the check needs, in KiB. `None` if nothing is hashed.
    pub(super) fn memory(&self) -> Option<u32> {
        let Guesses { prepared, as_given } = &self.guesses;
        let padding = self.padding.as_ref().map_or(0, StoredHash::memory);
        (prepared.is_some() || as_given.is_some()).then(|| self.hash.memory().max(padding))
    }

    /// Returns the outcome of a check that hashes nothing.
    pub(super) fn settled(self) -> Result<Outcome, PasswordError> {
        self.settled.unwrap_or(Ok(Outcome::Invalid))
    }

    pub(super) fn run(self, memory: &mut Memory) -> Result<Outcome, PasswordError> {
        let outcome = self.outcome(memory)?;
        self.settled.unwrap_or(Ok(outcome))
    }

    fn outcome(&self, memory: &mut Memory) -> Result<Outcome, PasswordError> {
        let Self {
            hash,
            padding,
            recipe,
            ..
        } = self;
        let Guesses { prepared, as_given } = &self.guesses;
        // New hashes are made of the prepared form only.
        for (guess, is_as_new) in [(prepared, hash.is_current(recipe)), (as_given, false)] {
            let Some(guess) = guess else {
                continue;
            };
            self.counts.add(hash.work());
            let matches = || hash.matches(guess.as_bytes(), recipe, memory);
            if timed(hash.work(), matches)? {
                return Ok(if hash.cuts(guess.as_bytes()) {
                    Outcome::Cut
                } else if is_as_new {
                    Outcome::Valid
                } else {
                    Outcome::Stale
                });
            }
        }
        // A wrong password must not be answered faster than an unknown account.
        if let Some(padding) = padding {
            for guess in [prepared, as_given].into_iter().flatten() {
                self.counts.add(padding.work());
                padding.matches(guess.as_bytes(), recipe, memory)?;
            }
        }
        Ok(Outcome::Invalid)
    }
}

/// The forms of a password that may have been hashed. Both are `None` if it is empty or too long.
struct Guesses {
    prepared: Option<Zeroizing<String>>,
    /// `None` if it equals the prepared form.
    as_given: Option<Zeroizing<String>>,
}

impl Guesses {
    fn of(password: &str) -> Self {
        let prepared = prepare(password).ok();
        let is_hashable = !password.is_empty() && password.len() <= MAX_LEN;
        let differs = prepared
            .as_deref()
            .is_none_or(|prepared| prepared != password);
        let as_given = (is_hashable && differs).then(|| Zeroizing::new(password.to_owned()));
        Self { prepared, as_given }
    }
}

/// A new hash that is ready to be computed.
pub(super) struct Hashing {
    prepared: Zeroizing<String>,
    salt: [u8; SALT_LEN],
    recipe: Arc<Recipe>,
    counts: Arc<Counts>,
}

impl Hashing {
    /// # Errors
    ///
    /// Returns [`PasswordError::Empty`], [`PasswordError::TooLong`] or [`PasswordError::Entropy`].
    pub(super) fn new(
        password: &str,
        recipe: Arc<Recipe>,
        counts: Arc<Counts>,
        random: &dyn RandomSource,
    ) -> Result<Self, PasswordError> {
        let prepared = prepare(password)?;
        let mut salt = [0; SALT_LEN];
        random.fill(&mut salt).map_err(|_| PasswordError::Entropy)?;
        Ok(Self {
            prepared,
            salt,
            recipe,
            counts,
        })
    }

    /// Returns the memory that the hash needs, in KiB.
    pub(super) fn memory(&self) -> u32 {
        self.recipe.params().m_cost()
    }

    /// Computes the PHC string to store.
    pub(super) fn run(self, memory: &mut Memory) -> Result<String, PasswordError> {
        self.counts.add(self.recipe.work());
        let password = self.prepared.as_bytes();
        let create = || self.recipe.create(password, &self.salt, memory);
        timed(self.recipe.work(), create)
    }
}
