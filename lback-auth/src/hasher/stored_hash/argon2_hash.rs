//! Hashes of Argon2 (RFC 9106) as PHC strings.

use argon2::password_hash::phc::{ParamsString, PasswordHash};
use argon2::{Algorithm, KeyId, Params, ParamsBuilder, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::super::pool::Memory;
use super::super::recipe::{OUTPUT_LEN, Recipe, SALT_LEN, refused};
use crate::password::PasswordError;

/// An Argon2 hash that was read and whose cost is within the bounds.
pub(crate) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Argon2Hash {
    /// Reads a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, `keyid=…` after `p` if it is
    /// peppered.
    ///
    /// Without a version it means 16 (1.0), as the reference implementation reads it: version 19
    /// came together with the field that names it.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Corrupt`], [`PasswordError::CostOutOfBounds`] or
    /// [`PasswordError::UnknownPepper`].
    pub(super) fn decode(
        algorithm: Algorithm,
        stored: &str,
        recipe: &Recipe,
    ) -> Result<Self, PasswordError> {
        let hash = PasswordHash::new(stored).map_err(|_| PasswordError::Corrupt)?;
        let version = hash
            .version
            .map_or(Ok(Version::V0x10), Version::try_from)
            .map_err(refused)?;
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else {
            return Err(PasswordError::Corrupt);
        };
        let params = params(&hash.params, output.len(), recipe)?;
        // A hash whose pepper is missing cannot be checked.
        recipe.argon2(algorithm, version, params.clone())?;
        Ok(Self {
            algorithm,
            version,
            params,
            salt: salt.to_vec(),
            output: output.as_bytes().to_vec(),
        })
    }

    /// Returns a hash of no password that takes as much work as a new one.
    pub(super) fn decoy(recipe: &Recipe) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: recipe.params().clone(),
            salt: vec![0; SALT_LEN],
            output: vec![0; OUTPUT_LEN],
        }
    }

    /// Returns a hash of no password that takes at least this work, in no more memory than a new one.
    pub(super) fn of_work(work: u64, recipe: &Recipe) -> Self {
        let decoy = Self::decoy(recipe);
        let (memory, lanes) = (u64::from(decoy.memory()), decoy.params.p_cost());
        let passes = work.div_ceil(memory);
        let least = 8 * u64::from(lanes);
        let memory = work.div_ceil(passes).clamp(least.min(memory), memory);
        let mut params = ParamsBuilder::new();
        params
            .m_cost(u32::try_from(memory).unwrap_or(u32::MAX))
            .t_cost(u32::try_from(passes).unwrap_or(u32::MAX))
            .p_cost(lanes)
            .output_len(OUTPUT_LEN);
        match params.build() {
            Ok(params) => Self { params, ..decoy },
            Err(_) => decoy,
        }
    }

    /// Returns memory in KiB times passes.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.params.m_cost()) * u64::from(self.params.t_cost())
    }

    /// Returns the memory in KiB.
    pub(super) fn memory(&self) -> u32 {
        self.params.m_cost()
    }

    /// Returns whether a new hash would have the same scheme and parameters.
    pub(super) fn is_current(&self, recipe: &Recipe) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.params == *recipe.params()
            && self.salt.len() == SALT_LEN
    }

    /// Returns whether these bytes were hashed. Compares the outputs in constant time.
    ///
    /// # Errors
    ///
    /// [`PasswordError::OutOfMemory`].
    pub(super) fn matches(
        &self,
        password: &[u8],
        recipe: &Recipe,
        memory: &mut Memory,
    ) -> Result<bool, PasswordError> {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        recipe
            .argon2(self.algorithm, self.version, self.params.clone())?
            .hash_password_into_with_memory(
                password,
                &self.salt,
                &mut output,
                memory.blocks(self.params.block_count())?,
            )
            .map_err(refused)?;
        Ok(self.output.ct_eq(&output).into())
    }
}

/// Reads `m`, `t`, `p` and `keyid` and bounds them.
///
/// `argon2`'s own conversion fills in defaults for missing parameters and takes the last of
/// duplicate ones. The PHC string format prescribes the first three, in this order. It also knows
/// `data`, which Argon2's encoding has since dropped: that is refused, as any other parameter is,
/// rather than left out of account.
fn params(
    given: &ParamsString,
    output_len: usize,
    recipe: &Recipe,
) -> Result<Params, PasswordError> {
    let mut given = given.iter();
    let mut next = |expected: &str| match given.next() {
        Some((name, value)) if name.as_str() == expected => {
            value.decimal().map_err(|_| PasswordError::Corrupt)
        }
        _ => Err(PasswordError::Corrupt),
    };
    let (memory, passes, lanes) = (next("m")?, next("t")?, next("p")?);
    let key_id = match given.next() {
        None => KeyId::EMPTY,
        Some((name, value)) if name.as_str() == "keyid" => KeyId::from_b64(value.as_str())
            .ok()
            .filter(|id| !id.is_empty())
            .ok_or(PasswordError::Corrupt)?,
        Some(_) => return Err(PasswordError::Corrupt),
    };
    if given.next().is_some() {
        return Err(PasswordError::Corrupt);
    }
    recipe.check_bounds(memory, passes, lanes)?;
    ParamsBuilder::new()
        .m_cost(memory)
        .t_cost(passes)
        .p_cost(lanes)
        .keyid(key_id)
        .output_len(output_len)
        .build()
        .map_err(refused)
}
