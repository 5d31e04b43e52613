//! Reading a stored hash, with bounds on what it may cost.

mod argon2_hash;
#[cfg(test)]
mod tests;

use argon2::Algorithm;
use argon2_hash::Argon2Hash;

use super::PasswordError;
#[cfg(feature = "foreign-hashes")]
use super::foreign::ForeignHash;
use super::recipe::Recipe;
use crate::hasher::Memory;

/// The longest stored text looked into, in bytes.
///
/// A PHC string within the bounds takes at most 206 bytes, a hash of Django's at most 128. Anything
/// far above that is not a hash, and not worth reading.
const MAX_STORED_LEN: usize = 512;

/// A stored hash, read and known to be affordable.
pub(crate) enum StoredHash {
    Argon2(Argon2Hash),
    #[cfg(feature = "foreign-hashes")]
    Foreign(ForeignHash),
}

impl StoredHash {
    /// Reads a stored text of any scheme that is known here.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Corrupt`], [`PasswordError::UnknownScheme`],
    /// [`PasswordError::CostOutOfBounds`] or [`PasswordError::UnknownPepper`].
    pub(crate) fn decode(stored: &str, recipe: &Recipe) -> Result<Self, PasswordError> {
        if stored.len() > MAX_STORED_LEN {
            return Err(PasswordError::Corrupt);
        }
        #[cfg(feature = "foreign-hashes")]
        if let Some(foreign) = ForeignHash::decode(stored)? {
            return Ok(Self::Foreign(foreign));
        }
        let phc = without_name_of_django(stored);
        Argon2Hash::decode(algorithm(phc)?, phc, recipe).map(Self::Argon2)
    }

    /// A hash of nobody's password that takes as much work as a new one.
    pub(crate) fn decoy(recipe: &Recipe) -> Self {
        Self::Argon2(Argon2Hash::decoy(recipe))
    }

    /// A hash whose check takes as much work as a check of `dearer` takes more than one of this, made as
    /// new ones are; `None` if it takes no more.
    pub(crate) fn made_up_to(&self, dearer: &Self, recipe: &Recipe) -> Option<Self> {
        let work = dearer.work().checked_sub(self.work())?;
        (work > 0).then(|| Self::Argon2(Argon2Hash::of_work(work, recipe)))
    }

    /// How much work a check is: memory in KiB times passes, or as much as takes about the same time.
    pub(crate) fn work(&self) -> u64 {
        match self {
            Self::Argon2(hash) => hash.work(),
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(hash) => hash.work(),
        }
    }

    /// How much memory a check takes, in KiB.
    pub(crate) fn memory(&self) -> u32 {
        match self {
            Self::Argon2(hash) => hash.memory(),
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(hash) => hash.memory(),
        }
    }

    /// Whether a new hash would be made in this way.
    pub(crate) fn is_current(&self, recipe: &Recipe) -> bool {
        match self {
            Self::Argon2(hash) => hash.is_current(recipe),
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(_) => false,
        }
    }

    /// Whether these bytes are the ones that were hashed. The outputs are compared in constant
    /// time.
    ///
    /// # Errors
    ///
    /// [`PasswordError::OutOfMemory`].
    pub(crate) fn matches(
        &self,
        password: &[u8],
        recipe: &Recipe,
        memory: &mut Memory,
    ) -> Result<bool, PasswordError> {
        match self {
            Self::Argon2(hash) => hash.matches(password, recipe, memory),
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(hash) => {
                memory.yield_to(hash.memory());
                hash.matches(password)
            }
        }
    }

    /// Whether it does not prove all of these bytes, though they match.
    #[cfg_attr(not(feature = "foreign-hashes"), expect(unused_variables))]
    pub(crate) fn cuts(&self, password: &[u8]) -> bool {
        match self {
            Self::Argon2(_) => false,
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(hash) => hash.cuts(password),
        }
    }
}

/// Django's `argon2` is a PHC string behind a name of its own.
fn without_name_of_django(stored: &str) -> &str {
    match stored.strip_prefix("argon2") {
        Some(phc) if cfg!(feature = "foreign-hashes") && phc.starts_with("$argon2") => phc,
        _ => stored,
    }
}

/// The scheme that a stored text names before its first `$`, a leading one aside.
fn algorithm(stored: &str) -> Result<Algorithm, PasswordError> {
    let named = stored.strip_prefix('$').unwrap_or(stored);
    match named.split_once('$') {
        None | Some(("", _)) => Err(PasswordError::Corrupt),
        Some((name, _)) => name.parse().map_err(|_| PasswordError::UnknownScheme),
    }
}
