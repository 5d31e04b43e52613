//! Reading a stored hash, with bounds on what it may cost.

mod argon2_hash;
#[cfg(test)]
mod tests;

use argon2::Algorithm;
use argon2_hash::Argon2Hash;

#[cfg(feature = "foreign-hashes")]
use super::foreign::ForeignHash;
use super::pool::Memory;
use super::recipe::Recipe;
use crate::password::PasswordError;

/// The longest stored text that is read, in bytes.
///
/// A PHC string within the bounds has at most 206 bytes, and a hash of Django at most 128.
const MAX_STORED_LEN: usize = 512;

/// A stored hash that was read and whose cost is within the bounds.
pub(crate) enum StoredHash {
    Argon2(Argon2Hash),
    #[cfg(feature = "foreign-hashes")]
    Foreign(ForeignHash),
}

impl StoredHash {
    /// Reads a stored text of any supported scheme.
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

    /// Returns a hash of no password that takes as much work as a new one.
    pub(crate) fn decoy(recipe: &Recipe) -> Self {
        Self::Argon2(Argon2Hash::decoy(recipe))
    }

    /// Returns a hash whose check takes as much work as this one lacks to `dearer`. `None` if it lacks none.
    pub(crate) fn made_up_to(&self, dearer: &Self, recipe: &Recipe) -> Option<Self> {
        let work = dearer.work().checked_sub(self.work())?;
        (work > 0).then(|| Self::Argon2(Argon2Hash::of_work(work, recipe)))
    }

    /// Returns the work of a check: memory in KiB times passes, or the equivalent in time.
    pub(crate) fn work(&self) -> u64 {
        match self {
            Self::Argon2(hash) => hash.work(),
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(hash) => hash.work(),
        }
    }

    /// Returns the memory of a check, in KiB.
    pub(crate) fn memory(&self) -> u32 {
        match self {
            Self::Argon2(hash) => hash.memory(),
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(hash) => hash.memory(),
        }
    }

    /// Returns whether a new hash would have the same scheme and parameters.
    pub(crate) fn is_current(&self, recipe: &Recipe) -> bool {
        match self {
            Self::Argon2(hash) => hash.is_current(recipe),
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(_) => false,
        }
    }

    /// Returns whether these bytes were hashed. Compares the outputs in constant time.
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

    /// Returns whether the hash, though it matches, does not cover all of these bytes.
    #[cfg_attr(not(feature = "foreign-hashes"), expect(unused_variables))]
    pub(crate) fn cuts(&self, password: &[u8]) -> bool {
        match self {
            Self::Argon2(_) => false,
            #[cfg(feature = "foreign-hashes")]
            Self::Foreign(hash) => hash.cuts(password),
        }
    }
}

/// Strips the `argon2` that Django writes before a PHC string.
fn without_name_of_django(stored: &str) -> &str {
    match stored.strip_prefix("argon2") {
        Some(phc) if cfg!(feature = "foreign-hashes") && phc.starts_with("$argon2") => phc,
        _ => stored,
    }
}

/// Returns the scheme that a stored text names between its leading `$` and the next.
fn algorithm(stored: &str) -> Result<Algorithm, PasswordError> {
    let named = stored.strip_prefix('$').unwrap_or(stored);
    match named.split_once('$') {
        None | Some(("", _)) => Err(PasswordError::Corrupt),
        Some((name, _)) => name.parse().map_err(|_| PasswordError::UnknownScheme),
    }
}
