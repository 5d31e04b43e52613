//! The settings of a hasher.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use thiserror::Error;

use super::pool::{Limits, Pool};
use super::random;
use super::{Hasher, Inner, Pepper, RandomSource};
use crate::password::{PasswordError, Recipe, StoredHash};

/// Makes a [`Hasher`].
///
/// The default parameters are the first of those that the [OWASP Password Storage Cheat Sheet]
/// recommends as a minimum for one lane.
///
/// [OWASP Password Storage Cheat Sheet]: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
#[must_use]
pub struct HasherBuilder {
    memory: u32,
    passes: u32,
    lanes: u32,
    pepper: Option<Pepper>,
    places: Option<usize>,
    queue: usize,
    deadline: Duration,
    idle: Duration,
    decoy: Option<String>,
    random: Box<dyn RandomSource>,
}

impl HasherBuilder {
    pub(super) fn new() -> Self {
        Self {
            memory: 19_456,
            passes: 2,
            lanes: 1,
            pepper: None,
            places: None,
            queue: 1_024,
            deadline: Duration::from_secs(5),
            idle: Duration::from_secs(10),
            decoy: None,
            random: Box::new(random::of_operating_system),
        }
    }

    /// The memory of a new hash, in KiB: argon2's `m`, 19,456 by default. At least 8 for each lane.
    ///
    /// What stored hashes may ask for grows with it: they may take 256 MiB, or as much as this; and
    /// memory times passes may be 622,592 KiB, or 16 times that of a new hash. Whoever lowers the
    /// cost of new hashes keeps those bounds in mind: what is above them cannot be checked any more.
    pub fn memory(self, kib: u32) -> Self {
        Self {
            memory: kib,
            ..self
        }
    }

    /// How often a new hash goes over its memory: argon2's `t`, 2 by default.
    pub fn passes(self, passes: u32) -> Self {
        Self { passes, ..self }
    }

    /// The lanes of a new hash: argon2's `p`, 1 by default, at most 16. They are computed one after
    /// the other, so that more of them make no hash faster.
    pub fn lanes(self, lanes: u32) -> Self {
        Self { lanes, ..self }
    }

    /// Secrets that go into each hash and are not stored with it; none by default.
    pub fn pepper(self, pepper: Pepper) -> Self {
        Self {
            pepper: Some(pepper),
            ..self
        }
    }

    /// How many hashes run at once, each in [`memory`](Self::memory) of its own: as many as there
    /// are processors by default.
    ///
    /// A stored hash that asks for more memory than that takes as many places as it needs, or all.
    pub fn places(self, places: usize) -> Self {
        Self {
            places: Some(places),
            ..self
        }
    }

    /// How many callers may wait for a place, 1,024 by default. More are
    /// [`Busy`](PasswordError::Busy) at once.
    pub fn queue(self, callers: usize) -> Self {
        Self {
            queue: callers,
            ..self
        }
    }

    /// How long a caller waits for a place until it is [`Busy`](PasswordError::Busy), 5 s by
    /// default.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// How long a place that nobody needs keeps its thread and its memory, which is wiped before:
    /// 10 s by default.
    pub fn idle(self, idle: Duration) -> Self {
        Self { idle, ..self }
    }

    /// A stored hash, of any password, to check where there is none. By default it is one of the
    /// parameters given here.
    ///
    /// A wrong password costs at least as much as a check of the decoy. A stored hash that is dearer costs
    /// more, which cannot be hidden otherwise than by a decoy that is as dear: an attacker who measures
    /// how long a sign-in takes learns that such an account exists. Where accounts were imported with
    /// dearer hashes, set one of the dearest as the decoy until they are upgraded; then each wrong or
    /// unknown sign-in costs as much.
    ///
    /// ```
    /// use lback_auth::Hasher;
    ///
    /// let dear = "$argon2id$v=19$m=64,t=9,p=1$c29tZXNhbHRzb21lc2FsdA$kjP8uWKJBGjGGWcsBNKPPSpCFGY";
    /// let hasher = Hasher::builder().memory(64).passes(1).decoy(dear).build()?;
    /// hasher.verify_decoy("guess")?;
    /// assert_eq!(hasher.stats().work(), 64 * 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decoy(self, stored: impl Into<String>) -> Self {
        Self {
            decoy: Some(stored.into()),
            ..self
        }
    }

    /// Where salts and tokens are drawn from: the operating system by default. For tests of what
    /// happens when there is nothing to draw.
    pub fn random(self, source: impl RandomSource + 'static) -> Self {
        Self {
            random: Box::new(source),
            ..self
        }
    }

    /// The hasher. Its threads and its memory come when there is something to hash.
    ///
    /// # Errors
    ///
    /// Argon2 does not take the parameters, there is no place, or the decoy is no hash that can be
    /// checked. See [`HasherError`].
    pub fn build(self) -> Result<Hasher, HasherError> {
        let Self {
            memory,
            passes,
            lanes,
            ..
        } = self;
        let recipe =
            Recipe::new(memory, passes, lanes, self.pepper).map_err(|_| HasherError::Parameters)?;
        let decoy = match self.decoy {
            None => StoredHash::decoy(&recipe),
            Some(stored) => StoredHash::decode(&stored, &recipe).map_err(HasherError::Decoy)?,
        };
        let places = match self.places {
            None => thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            Some(places) => NonZero::new(places).ok_or(HasherError::NoPlaces)?,
        };
        Ok(Hasher {
            inner: Arc::new(Inner {
                recipe: Arc::new(recipe),
                decoy: Arc::new(decoy),
                random: self.random,
                pool: Pool::new(Limits {
                    places,
                    memory,
                    queue: self.queue,
                    deadline: self.deadline,
                    idle: self.idle,
                }),
                counts: Arc::default(),
            }),
        })
    }

    /// For settings of our own.
    pub(super) fn built(self) -> Hasher {
        self.build().expect("argon2 takes these parameters")
    }
}

impl fmt::Debug for HasherBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HasherBuilder")
            .field("memory", &self.memory)
            .field("passes", &self.passes)
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}

/// Why there cannot be a [`Hasher`] of these settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HasherError {
    /// Argon2 does not allow them (RFC 9106, section 3.1), or there are more than 16 lanes.
    #[error(
        "argon2 takes 1 to 16 lanes here, at least 8 KiB of memory for each, and at least 1 pass"
    )]
    Parameters,
    /// Nothing could ever be hashed.
    #[error("a hasher needs at least one place")]
    NoPlaces,
    /// The stored text given as the decoy cannot be checked.
    #[error("the decoy is no hash that could be checked")]
    Decoy(#[source] PasswordError),
}
