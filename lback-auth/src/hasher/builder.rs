//! The builder of a hasher.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use thiserror::Error;

use super::pool::{Limits, Pool};
use super::recipe::Recipe;
use super::stored_hash::StoredHash;
use super::{Hasher, Inner, Pepper};
use crate::password::PasswordError;
use crate::random::{self, RandomSource};

/// Builder of a [`Hasher`], from [`Hasher::builder`].
///
/// The default argon2 parameters are a minimum that the [OWASP Password Storage Cheat Sheet]
/// recommends, with one lane.
///
/// [OWASP Password Storage Cheat Sheet]: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
#[must_use]
pub struct HasherBuilder {
    memory: u32,
    passes: u32,
    lanes: u32,
    pepper: Option<Pepper>,
    concurrency: Option<usize>,
    queue_capacity: usize,
    queue_timeout: Duration,
    idle_timeout: Duration,
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
            concurrency: None,
            queue_capacity: 1_024,
            queue_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(10),
            decoy: None,
            random: Box::new(random::of_operating_system),
        }
    }

    /// Sets the memory of a new hash in KiB: argon2's `m`, 19,456 by default, at least 8 per lane.
    ///
    /// It also bounds the cost of stored hashes that can be checked: their memory is at most the larger
    /// of 256 MiB and this setting, and their memory times passes at most the larger of 622,592 KiB and
    /// 16 times that of a new hash. Before you lower the cost of new hashes, make sure that the stored
    /// ones stay within these bounds: one above them can no longer be checked.
    pub fn memory(self, kib: u32) -> Self {
        Self {
            memory: kib,
            ..self
        }
    }

    /// Sets the number of passes of a new hash over its memory: argon2's `t`, 2 by default.
    pub fn passes(self, passes: u32) -> Self {
        Self { passes, ..self }
    }

    /// Sets the lanes of a new hash: argon2's `p`, 1 by default, at most 16. They are computed one after
    /// the other, so more lanes do not make a hash faster.
    pub fn lanes(self, lanes: u32) -> Self {
        Self { lanes, ..self }
    }

    /// Sets the secrets that go into each hash and are not stored with it; none by default.
    pub fn pepper(self, pepper: Pepper) -> Self {
        Self {
            pepper: Some(pepper),
            ..self
        }
    }

    /// Sets the number of hashes that are computed concurrently, each on a slot with
    /// [`memory`](Self::memory) for one hash: the number of processors by default.
    ///
    /// A stored hash with more memory than that takes as many slots as it needs, or all of them.
    pub fn concurrency(self, hashes: usize) -> Self {
        Self {
            concurrency: Some(hashes),
            ..self
        }
    }

    /// Sets the maximum number of callers that wait for a slot, 1,024 by default. Further callers get
    /// [`Busy`](PasswordError::Busy) at once.
    pub fn queue_capacity(self, callers: usize) -> Self {
        Self {
            queue_capacity: callers,
            ..self
        }
    }

    /// Sets how long a caller waits for a slot before it gets [`Busy`](PasswordError::Busy), 5 s by
    /// default.
    pub fn queue_timeout(self, timeout: Duration) -> Self {
        Self {
            queue_timeout: timeout,
            ..self
        }
    }

    /// Sets how long an unused slot keeps its thread and its memory, which is wiped earlier: 10 s by
    /// default.
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        Self {
            idle_timeout: timeout,
            ..self
        }
    }

    /// Sets the stored hash, of any password, that is checked if there is none to check. By default it
    /// has the parameters of a new hash.
    ///
    /// A wrong password costs at least as much as a check of the decoy. A more expensive stored hash
    /// costs more, and an attacker who measures the time of a sign-in learns that its account exists.
    /// Only an equally expensive decoy hides it. If you have imported accounts with more expensive
    /// hashes, set one of the most expensive as the decoy until they are upgraded: then each wrong or
    /// unknown sign-in costs as much.
    ///
    /// ```
    /// use lback_auth::Hasher;
    ///
    /// let expensive = "$argon2id$v=19$m=64,t=9,p=1$c29tZXNhbHRzb21lc2FsdA$kjP8uWKJBGjGGWcsBNKPPSpCFGY";
    /// let hasher = Hasher::builder().memory(64).passes(1).decoy(expensive).build()?;
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

    /// Sets the source of the random bytes of salts and tokens: the operating system by default. For
    /// tests of a source that fails.
    pub fn random(self, source: impl RandomSource + 'static) -> Self {
        Self {
            random: Box::new(source),
            ..self
        }
    }

    /// Builds the hasher. It starts its threads and allocates their memory when there is work.
    ///
    /// # Errors
    ///
    /// Returns a [`HasherBuilderError`] if argon2 does not accept the parameters, the concurrency is 0,
    /// or the decoy cannot be checked.
    pub fn build(self) -> Result<Hasher, HasherBuilderError> {
        let Self {
            memory,
            passes,
            lanes,
            ..
        } = self;
        let recipe = Recipe::new(memory, passes, lanes, self.pepper)
            .map_err(|_| HasherBuilderError::Parameters)?;
        let decoy = match self.decoy {
            None => StoredHash::decoy(&recipe),
            Some(stored) => {
                StoredHash::decode(&stored, &recipe).map_err(HasherBuilderError::Decoy)?
            }
        };
        let concurrency = match self.concurrency {
            None => thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            Some(hashes) => NonZero::new(hashes).ok_or(HasherBuilderError::ZeroConcurrency)?,
        };
        Ok(Hasher {
            inner: Arc::new(Inner {
                recipe: Arc::new(recipe),
                decoy: Arc::new(decoy),
                random: self.random,
                pool: Pool::new(Limits {
                    concurrency,
                    memory,
                    queue_capacity: self.queue_capacity,
                    queue_timeout: self.queue_timeout,
                    idle_timeout: self.idle_timeout,
                }),
                counts: Arc::default(),
            }),
        })
    }

    /// Builds from settings that are known to be valid.
    pub(super) fn build_valid(self) -> Hasher {
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

/// Error returned by [`HasherBuilder::build`] for settings that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HasherBuilderError {
    /// Argon2 does not allow the parameters (RFC 9106, section 3.1), or there are more than 16 lanes.
    #[error(
        "invalid argon2 parameters: set 1 to 16 lanes, at least 8 KiB of memory per lane, and at \
         least 1 pass"
    )]
    Parameters,
    /// The concurrency is 0, so no hash could ever be computed.
    #[error("the concurrency of the hasher is 0: set at least 1")]
    ZeroConcurrency,
    /// The decoy cannot be checked.
    #[error("the decoy of the hasher cannot be checked: set a stored hash")]
    Decoy(#[source] PasswordError),
}
