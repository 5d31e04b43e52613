//! One check of a password, and the making of one hash: what runs on a place of the pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use super::Memory;
use super::slow::watched;
use crate::password::{MAX_LEN, PasswordError, Recipe, SALT_LEN, StoredHash, prepare};
use crate::random::RandomSource;

/// What a check of a password comes to.
#[must_use = "a wrong password is no error: look at the verdict"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is the right one.
    Valid,
    /// It is the right one, and its hash is not as it would be made today: of other parameters or
    /// another scheme, with another pepper, or of the password as it was before preparation. That a
    /// hash of higher parameters is one too is as argon2-cffi and Django have it.
    /// [`check_and_upgrade`](crate::AuthUser::check_and_upgrade) puts a new one in its place.
    Stale,
    /// It is a wrong one.
    Invalid,
}

impl Verdict {
    /// Whether it is the right password: [`Valid`](Self::Valid) or [`Stale`](Self::Stale).
    #[must_use]
    pub fn is_right(self) -> bool {
        self != Self::Invalid
    }
}

/// The same, and whether all of the password has been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Valid,
    Stale,
    /// Right as far as the hash tells, which is not all of the password. It is not hashed anew: the
    /// rest has been proven by nobody.
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

/// What a hasher has computed.
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
    /// What a check of a wrong password takes less than one of the decoy.
    rest: Option<StoredHash>,
    /// The answer, where the hash is a decoy.
    settled: Option<Result<Outcome, PasswordError>>,
    guesses: Guesses,
    recipe: Arc<Recipe>,
    counts: Arc<Counts>,
}

impl Check {
    /// Of what is stored, or else of the decoy.
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
            // An operator learns of a damaged hash by any attempt, and nobody by the time it takes.
            Some(Err(error)) => (shared(), Some(Err(error))),
            None => (shared(), Some(Ok(Outcome::Invalid))),
        };
        let rest = hash.made_up_to(decoy, &recipe);
        Self {
            hash,
            rest,
            settled,
            guesses: Guesses::of(password),
            recipe,
            counts,
        }
    }

    /// How much memory it takes, in KiB; `None`, if there is nothing to hash.
    pub(super) fn memory(&self) -> Option<u32> {
        let Guesses { prepared, as_given } = &self.guesses;
        let rest = self.rest.as_ref().map_or(0, StoredHash::memory);
        (prepared.is_some() || as_given.is_some()).then(|| self.hash.memory().max(rest))
    }

    /// The answer without hashing.
    pub(super) fn settled(self) -> Result<Outcome, PasswordError> {
        self.settled.unwrap_or(Ok(Outcome::Invalid))
    }

    pub(super) fn run(self, memory: &mut Memory) -> Result<Outcome, PasswordError> {
        let outcome = self.outcome(memory)?;
        self.settled.unwrap_or(Ok(outcome))
    }

    fn outcome(&self, memory: &mut Memory) -> Result<Outcome, PasswordError> {
        let Self {
            hash, rest, recipe, ..
        } = self;
        let Guesses { prepared, as_given } = &self.guesses;
        // A new hash would be of the prepared form.
        for (guess, is_as_new) in [(prepared, hash.is_current(recipe)), (as_given, false)] {
            let Some(guess) = guess else {
                continue;
            };
            self.counts.add(hash.work());
            let matches = || hash.matches(guess.as_bytes(), recipe, memory);
            if watched(hash.work(), matches)? {
                return Ok(if hash.cuts(guess.as_bytes()) {
                    Outcome::Cut
                } else if is_as_new {
                    Outcome::Valid
                } else {
                    Outcome::Stale
                });
            }
        }
        // A wrong password answers no faster than an unknown account does.
        if let Some(rest) = rest {
            for guess in [prepared, as_given].into_iter().flatten() {
                self.counts.add(rest.work());
                rest.matches(guess.as_bytes(), recipe, memory)?;
            }
        }
        Ok(Outcome::Invalid)
    }
}

/// The texts that may have been hashed for a password: neither, if it is empty or too long.
struct Guesses {
    prepared: Option<Zeroizing<String>>,
    /// Where it differs from that.
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
    /// [`PasswordError::Empty`], [`PasswordError::TooLong`] or [`PasswordError::Entropy`].
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

    /// How much memory it takes, in KiB.
    pub(super) fn memory(&self) -> u32 {
        self.recipe.params().m_cost()
    }

    /// The PHC string to store.
    pub(super) fn run(self, memory: &mut Memory) -> Result<String, PasswordError> {
        self.counts.add(self.recipe.work());
        let password = self.prepared.as_bytes();
        let create = || self.recipe.create(password, &self.salt, memory);
        watched(self.recipe.work(), create)
    }
}
