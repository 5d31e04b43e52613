//! Reading the hashes that other software made, with bounds on what they may cost.

mod bcrypt;
mod pbkdf2;
mod scrypt;
#[cfg(test)]
mod tests;

use base64ct::Encoding;

use self::bcrypt::{Bcrypt, Input};
use self::pbkdf2::Pbkdf2;
use self::scrypt::Scrypt;
use super::PasswordError;

/// A hash that other software made, read and known to be affordable.
pub(crate) enum ForeignHash {
    Bcrypt(Bcrypt),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
}

impl ForeignHash {
    /// Reads bcrypt's modular crypt format (`$2a$`, `$2b$`, `$2y$`) and Django's formats of bcrypt,
    /// PBKDF2 and scrypt (`django/contrib/auth/hashers.py`).
    ///
    /// `None` if the text is of none of these schemes, by the name before its first `$`, a leading
    /// `$` aside. `$2x$` is not one of them: it marks hashes by a faulty bcrypt.
    ///
    /// What can't be read is corrupt, whatever it would cost.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Corrupt`] or [`PasswordError::CostOutOfBounds`].
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
            // The leading `$` is missing, or one too many.
            (
                _,
                "2a" | "2b" | "2y" | "bcrypt" | "bcrypt_sha256" | "pbkdf2_sha1" | "pbkdf2_sha256"
                | "scrypt",
            ) => return Err(PasswordError::Corrupt),
            _ => return Ok(None),
        };
        Ok(Some(hash))
    }

    /// How much memory a check takes, in KiB, rounded up.
    pub(crate) fn memory(&self) -> u32 {
        match self {
            Self::Bcrypt(_) => bcrypt::MEMORY,
            Self::Pbkdf2(_) => pbkdf2::MEMORY,
            Self::Scrypt(hash) => hash.memory(),
        }
    }

    /// About how much work a check is, in KiB that Argon2 goes over once in as much time.
    ///
    /// The ratios are rough and differ from processor to processor. They are rounded down, so that a wrong
    /// password is made up for by too much rather than by too little.
    pub(crate) fn work(&self) -> u64 {
        match self {
            Self::Bcrypt(hash) => hash.work(),
            Self::Pbkdf2(hash) => hash.work(),
            Self::Scrypt(hash) => hash.work(),
        }
    }

    /// Whether these bytes are the ones that were hashed. The outputs are compared in constant
    /// time.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Corrupt`], if a parameter turns out not to be allowed after all.
    pub(crate) fn matches(&self, password: &[u8]) -> Result<bool, PasswordError> {
        match self {
            Self::Bcrypt(hash) => Ok(hash.matches(password)),
            Self::Pbkdf2(hash) => Ok(hash.matches(password)),
            Self::Scrypt(hash) => hash.matches(password),
        }
    }

    /// Whether these bytes may match without being the password: over 72 bytes, of which plain bcrypt
    /// sees the first 72; or with a zero byte among them, since HMAC fills its key with zeros, and
    /// bcrypt ends its key with one and repeats it.
    pub(crate) fn cuts(&self, password: &[u8]) -> bool {
        let is_cut = match self {
            Self::Bcrypt(hash) => hash.cuts(password),
            Self::Pbkdf2(_) | Self::Scrypt(_) => false,
        };
        is_cut || password.contains(&0)
    }
}

/// The parts of a text between its `$`, exactly as many as expected.
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

/// A number as Python writes it: no sign, space or leading zero.
///
/// One too large for its type becomes the largest there is, which is out of any bounds as well.
fn number(text: &str) -> Result<u32, PasswordError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || !digits || (text.starts_with('0') && text != "0") {
        return Err(PasswordError::Corrupt);
    }
    Ok(text.parse().unwrap_or(u32::MAX))
}

/// A salt as Django stores it: the text itself, of any characters but `$`, and never empty.
fn salt(text: &str) -> Result<&[u8], PasswordError> {
    if text.is_empty() {
        return Err(PasswordError::Corrupt);
    }
    Ok(text.as_bytes())
}

/// As many bytes as expected, from base64 in its one canonical form.
fn base64<E: Encoding, const N: usize>(text: &str) -> Result<[u8; N], PasswordError> {
    let mut bytes = [0; N];
    match E::decode(text, &mut bytes).map(<[u8]>::len) {
        Ok(len) if len == N => Ok(bytes),
        _ => Err(PasswordError::Corrupt),
    }
}
