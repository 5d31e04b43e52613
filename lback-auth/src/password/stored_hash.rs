//! Making the hash that is stored, and reading one back with bounds on what it may cost.

#[cfg(test)]
mod tests;

use argon2::password_hash::phc::{ParamsString, PasswordHash};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::PasswordError;

/// The first of the settings that the OWASP Password Storage Cheat Sheet recommends as a minimum
/// for one lane: 19 MiB of memory, 2 passes. The output is the 32 bytes that the PHC string format
/// recommends.
const PARAMS: Params = match Params::new(19_456, 2, 1, Some(OUTPUT_LEN)) {
    Ok(params) => params,
    Err(_) => panic!("argon2 takes these parameters"),
};

/// In bytes.
const OUTPUT_LEN: usize = 32;

/// In bytes: 128 bits, as RFC 9106, section 4, recommends.
const SALT_LEN: usize = 16;

/// The longest stored text looked into, in bytes.
///
/// A PHC string within the bounds below takes at most 188 bytes. Anything far above that is not a
/// hash, and not worth reading.
const MAX_STORED_LEN: usize = 512;

/// The most lanes. They are computed one after the other here.
const MAX_LANES: u32 = 16;

/// The most memory, in KiB: 256 MiB.
const MAX_MEMORY: u32 = 262_144;

/// The most memory times passes, in KiB: 16 times the work of [`PARAMS`].
const MAX_MEMORY_PASSES: u64 = 622_592;

/// Hashes a prepared password with a fresh salt and returns the PHC string to store.
///
/// # Errors
///
/// [`PasswordError::Entropy`] or [`PasswordError::OutOfMemory`].
pub(super) fn create(password: &[u8]) -> Result<String, PasswordError> {
    let mut salt = [0; SALT_LEN];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::Entropy)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
        .hash_password_with_salt(password, &salt)
        .map(|hash| hash.to_string())
        // The parameters, the salt and the password's length are all within argon2's limits, so
        // that its allocation is the one thing left to fail.
        .map_err(|_| PasswordError::OutOfMemory)
}

/// A stored hash, read and known to be affordable.
pub(super) struct StoredHash {
    argon2: Argon2<'static>,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl StoredHash {
    /// Reads a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
    ///
    /// Without a version it means 16 (1.0), as the reference implementation reads it: version 19
    /// came together with the field that names it.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Corrupt`], [`PasswordError::UnknownScheme`] or
    /// [`PasswordError::CostOutOfBounds`].
    pub(super) fn parse(stored: &str) -> Result<Self, PasswordError> {
        if stored.len() > MAX_STORED_LEN {
            return Err(PasswordError::Corrupt);
        }
        let algorithm = algorithm(stored)?;
        let hash = PasswordHash::new(stored).map_err(|_| PasswordError::Corrupt)?;
        let version = hash
            .version
            .map_or(Ok(Version::V0x10), Version::try_from)
            .map_err(refused)?;
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else {
            return Err(PasswordError::Corrupt);
        };
        let params = params(&hash.params, output.len())?;
        Ok(Self {
            argon2: Argon2::new(algorithm, version, params),
            salt: salt.to_vec(),
            output: output.as_bytes().to_vec(),
        })
    }

    /// A hash of nobody's password that takes as much work as one by [`create`].
    pub(super) fn decoy() -> Self {
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS),
            salt: vec![0; SALT_LEN],
            output: vec![0; OUTPUT_LEN],
        }
    }

    /// Whether these bytes are the ones that were hashed. The outputs are compared in constant
    /// time.
    ///
    /// # Errors
    ///
    /// [`PasswordError::OutOfMemory`].
    pub(super) fn matches(&self, password: &[u8]) -> Result<bool, PasswordError> {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        self.argon2
            .hash_password_into(password, &self.salt, &mut output)
            .map_err(refused)?;
        Ok(self.output.ct_eq(&output).into())
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

/// Reads `m`, `t` and `p` and bounds them.
///
/// `argon2`'s own conversion fills in defaults for missing parameters and takes the last of
/// duplicate ones. The PHC string format prescribes all three, in this order. It also knows `keyid`
/// and `data`, which Argon2's encoding has since dropped: they are refused, as any other parameter
/// is, rather than left out of account.
fn params(given: &ParamsString, output_len: usize) -> Result<Params, PasswordError> {
    let mut given = given.iter();
    let mut next = |expected: &str| match given.next() {
        Some((name, value)) if name.as_str() == expected => {
            value.decimal().map_err(|_| PasswordError::Corrupt)
        }
        _ => Err(PasswordError::Corrupt),
    };
    let (memory, passes, lanes) = (next("m")?, next("t")?, next("p")?);
    if given.next().is_some() {
        return Err(PasswordError::Corrupt);
    }
    if lanes > MAX_LANES
        || memory > MAX_MEMORY
        || u64::from(memory) * u64::from(passes) > MAX_MEMORY_PASSES
    {
        return Err(PasswordError::CostOutOfBounds);
    }
    Params::new(memory, passes, lanes, Some(output_len)).map_err(refused)
}

/// What it means when argon2 refuses the content of a stored hash.
fn refused(error: argon2::Error) -> PasswordError {
    match error {
        argon2::Error::OutOfMemory => PasswordError::OutOfMemory,
        _ => PasswordError::Corrupt,
    }
}
