//! The parameters and the pepper of new hashes, and the bounds of stored ones.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, KeyId, Params, ParamsBuilder, Version};
use zeroize::Zeroizing;

use super::pepper::Pepper;
use super::pool::Memory;
use crate::password::PasswordError;

/// The length of an output in bytes, as the PHC string format recommends.
pub(crate) const OUTPUT_LEN: usize = 32;

/// The length of a salt in bytes: 128 bits, as RFC 9106, section 4, recommends.
pub(crate) const SALT_LEN: usize = 16;

/// The most lanes. They are computed one after the other.
pub(crate) const MAX_LANES: u32 = 16;

/// The most memory of a stored hash in KiB, unless new ones take more: 256 MiB.
const MAX_MEMORY: u32 = 262_144;

/// The most memory times passes of a stored hash in KiB, unless 16 times those of a new one are more: 16
/// times those of the default parameters.
const MAX_MEMORY_PASSES: u64 = 622_592;

/// The parameters of new hashes, and the pepper.
pub(crate) struct Recipe {
    params: Params,
    pepper: Option<Pepper>,
}

impl Recipe {
    /// # Errors
    ///
    /// Argon2 does not take these parameters, or they have more than 16 lanes.
    pub(crate) fn new(
        memory: u32,
        passes: u32,
        lanes: u32,
        pepper: Option<Pepper>,
    ) -> Result<Self, argon2::Error> {
        if lanes > MAX_LANES {
            return Err(argon2::Error::ThreadsTooMany);
        }
        let mut params = ParamsBuilder::new();
        params.m_cost(memory).t_cost(passes).p_cost(lanes);
        params.output_len(OUTPUT_LEN);
        if let Some(pepper) = &pepper {
            params.keyid(KeyId::new(pepper.current_id())?);
        }
        let params = params.build()?;
        Ok(Self { params, pepper })
    }

    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    /// Returns the work of a new hash: memory in KiB times passes.
    pub(crate) fn work(&self) -> u64 {
        u64::from(self.params.m_cost()) * u64::from(self.params.t_cost())
    }

    /// Hashes a prepared password and returns the PHC string to store.
    ///
    /// # Errors
    ///
    /// [`PasswordError::OutOfMemory`].
    pub(crate) fn create(
        &self,
        password: &[u8],
        salt: &[u8; SALT_LEN],
        memory: &mut Memory,
    ) -> Result<String, PasswordError> {
        let mut output = Zeroizing::new([0; OUTPUT_LEN]);
        let blocks = memory.blocks(self.params.block_count())?;
        // The parameters, the salt and the password's length are within argon2's limits, so that only the
        // memory can be missing.
        self.argon2(Algorithm::Argon2id, Version::V0x13, self.params.clone())?
            .hash_password_into_with_memory(password, salt, output.as_mut_slice(), blocks)
            .map_err(|_| PasswordError::OutOfMemory)?;
        let written = self.written(salt, output.as_slice());
        written.map_err(|_| PasswordError::OutOfMemory)
    }

    /// Writes a hash as a PHC string.
    fn written(&self, salt: &[u8], output: &[u8]) -> argon2::password_hash::Result<String> {
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        };
        Ok(hash.to_string())
    }

    /// Returns Argon2 with the pepper that the parameters name.
    ///
    /// # Errors
    ///
    /// [`PasswordError::UnknownPepper`].
    pub(crate) fn argon2(
        &self,
        algorithm: Algorithm,
        version: Version,
        params: Params,
    ) -> Result<Argon2<'_>, PasswordError> {
        if params.keyid().is_empty() {
            return Ok(Argon2::new(algorithm, version, params));
        }
        let pepper = self.pepper.as_ref();
        let secret = pepper.and_then(|pepper| pepper.secret(params.keyid()));
        let secret = secret.ok_or(PasswordError::UnknownPepper)?;
        Argon2::new_with_secret(secret, algorithm, version, params).map_err(refused)
    }

    /// # Errors
    ///
    /// [`PasswordError::CostOutOfBounds`].
    pub(crate) fn check_bounds(
        &self,
        memory: u32,
        passes: u32,
        lanes: u32,
    ) -> Result<(), PasswordError> {
        let max_memory = MAX_MEMORY.max(self.params.m_cost());
        let max_memory_passes = MAX_MEMORY_PASSES.max(
            u64::from(self.params.m_cost()).saturating_mul(16 * u64::from(self.params.t_cost())),
        );
        if lanes > MAX_LANES
            || memory > max_memory
            || u64::from(memory) * u64::from(passes) > max_memory_passes
        {
            return Err(PasswordError::CostOutOfBounds);
        }
        Ok(())
    }
}

/// Converts the error by which argon2 refuses a stored hash.
pub(crate) fn refused(error: argon2::Error) -> PasswordError {
    match error {
        argon2::Error::OutOfMemory => PasswordError::OutOfMemory,
        _ => PasswordError::Corrupt,
    }
}
