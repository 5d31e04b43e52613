//! Decoding and checking of hashes made by other software, with bounds on their cost.

mod bcrypt;
mod pbkdf2;
mod scrypt;
#[cfg(test)]
mod tests;

use base64ct::Encoding;

use self::bcrypt::{Bcrypt, Input};
use self::pbkdf2::Pbkdf2;
use self::scrypt::Scrypt;
use crate::password::PasswordError;

/// A decoded hash of other software, whose cost is within the bounds.
pub(crate) enum ForeignHash {
    Bcrypt(Bcrypt),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
}

impl ForeignHash {
    /// Decodes bcrypt's modular crypt format (`$2a$`, `$2b$`, `$2y$`) and Django's formats of bcrypt,
    /// PBKDF2 and scrypt (`django/contrib/auth/hashers.py`).
    ///
    /// Returns `None` for other schemes. The scheme is the name before the first `$` that is not leading. `$2x$`
    /// is unknown: it marks hashes of a faulty bcrypt.
    ///
    /// # Errors
    ///
    /// Returns [`PasswordError::Corrupt`], which takes precedence, or [`PasswordError::CostOutOfBounds`].
    pub(crate) fn decode(stored: &str) -> Result<Option<Self>, PasswordError> {
        let (leading, named) = match stored.strip_prefix('$') {
            Some(named) => ("$", named),
            None => ("", stored),
        };
        let Some((name, rest)) = named.split_once('$') else {
            return Ok(None);
        };
        let hash = match (leading, name) {
            ("$", "2a" | "2b" | "2y") => Self::Bcrypt(Bcrypt::decode(stored, Input::Password)?),
            ("", "bcrypt") => Self::Bcrypt(Bcrypt::decode(rest, Input::Password)?),
            ("", "bcrypt_sha256") => Self::Bcrypt(Bcrypt::decode(rest, Input::HexSha256)?),
            ("", "pbkdf2_sha1") => Self::Pbkdf2(Pbkdf2::decode_sha1(rest)?),
            ("", "pbkdf2_sha256") => Self::Pbkdf2(Pbkdf2::decode_sha256(rest)?),
            ("", "scrypt") => Self::Scrypt(Scrypt::decode(rest)?),
            // The leading `$` is missing or superfluous.
            (
                _,
                "2a" | "2b" | "2y" | "bcrypt" | "bcrypt_sha256" | "pbkdf2_sha1" | "pbkdf2_sha256"
                | "scrypt",
            ) => return Err(PasswordError::Corrupt),
            _ => return Ok(None),
        };
        Ok(Some(hash))
    }

    /// Returns the memory of a check in KiB, rounded up.
    pub(crate) fn memory(&self) -> u32 {
        match self {
            Self::Bcrypt(_) => bcrypt::MEMORY,
            Self::Pbkdf2(_) => pbkdf2::MEMORY,
            Self::Scrypt(hash) => hash.memory(),
        }
    }

    /// Returns the approximate work of a check, as the KiB that one pass of Argon2 fills in the same time.
    ///
    /// The ratios depend on the processor. They are rounded down, so that the padding of a wrong password is too
    /// long rather than too short.
    pub(crate) fn work(&self) -> u64 {
        match self {
            Self::Bcrypt(hash) => hash.work(),
            Self::Pbkdf2(hash) => hash.work(),
            Self::Scrypt(hash) => hash.work(),
        }
    }

    /// Returns whether the hash is of these bytes. The outputs are compared in constant time.
    ///
    /// # Errors
    ///
    /// Returns [`PasswordError::Corrupt`] if the algorithm refuses a parameter.
    pub(crate) fn matches(&self, password: &[u8]) -> Result<bool, PasswordError> {
        match self {
            Self::Bcrypt(hash) => Ok(hash.matches(password)),
            Self::Pbkdf2(hash) => Ok(hash.matches(password)),
            Self::Scrypt(hash) => hash.matches(password),
        }
    }

    /// Returns whether other bytes than the password's may match: plain bcrypt reads only the first 72 bytes;
    /// and zero bytes are ambiguous, since HMAC pads its key with zeros, and bcrypt appends one to its key and
    /// repeats it.
    pub(crate) fn cuts(&self, password: &[u8]) -> bool {
        let is_cut = match self {
            Self::Bcrypt(hash) => hash.cuts(password),
            Self::Pbkdf2(_) | Self::Scrypt(_) => false,
        };
        is_cut || password.contains(&0)
    }
}

/// Splits a text at each `$` into exactly `N` parts.
fn parts<const N: usize>(text: &str) -> Result<[&str; N], PasswordError> {
    let mut found = text.split('$');
    let mut parts = [""; N];
    for part in &mut parts {
        *part = found.next().ok_or(PasswordError::Corrupt)?;
    }
    match found.next() {
        None => Ok(parts),
        Some(_) => Err(PasswordError::Corrupt),
    }
}

/// Parses a number as Python writes it: without a sign, a space or a leading zero.
///
/// An overflow becomes `u32::MAX`, which exceeds all bounds too.
fn number(text: &str) -> Result<u32, PasswordError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || !digits || (text.starts_with('0') && text != "0") {
        return Err(PasswordError::Corrupt);
    }
    Ok(text.parse().unwrap_or(u32::MAX))
}

/// Reads a salt in Django's format: the bytes of a non-empty text without `$`.
fn salt(text: &str) -> Result<&[u8], PasswordError> {
    if text.is_empty() {
        return Err(PasswordError::Corrupt);
    }
    Ok(text.as_bytes())
}

/// Decodes exactly `N` bytes from canonical base64.
fn base64<E: Encoding, const N: usize>(text: &str) -> Result<[u8; N], PasswordError> {
    let mut bytes = [0; N];
    match E::decode(text, &mut bytes).map(<[u8]>::len) {
        Ok(len) if len == N => Ok(bytes),
        _ => Err(PasswordError::Corrupt),
    }
}
