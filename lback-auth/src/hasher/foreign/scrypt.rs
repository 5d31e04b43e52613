//! scrypt in Django's format: `N$salt$r$p$output` after the name.

use base64ct::Base64;
use scrypt::Params;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{base64, number, parts, salt};
use crate::password::PasswordError;

/// The maximum work, N x r x p: twice the highest recommendation of the OWASP Password Storage Cheat Sheet
/// (N = 2^17, r = 8, p = 1), and 3.2 times that of Django (N = 2^14, r = 8, p = 5).
///
/// It also bounds the large array, which has N x r blocks of 128 bytes, to 256 MiB.
const MAX_WORK: u64 = 1 << 21;

/// The maximum block size parameter, r, which is 8 almost everywhere.
///
/// Without this bound, a small N would allow a huge r, and scrypt fills (p + 1) x r blocks in addition to the
/// large array. With it, they are at most 2 MiB.
const MAX_R: u32 = 1024;

/// The maximum number of lanes, p. They are computed sequentially.
const MAX_P: u32 = 16;

/// In bytes.
const OUTPUT_LEN: usize = 64;

/// An scrypt hash.
pub(crate) struct Scrypt {
    params: Params,
    memory: u32,
    salt: Vec<u8>,
    output: [u8; OUTPUT_LEN],
}

impl Scrypt {
    /// # Errors
    ///
    /// Returns [`PasswordError::Corrupt`] or [`PasswordError::CostOutOfBounds`].
    pub(super) fn decode(text: &str) -> Result<Self, PasswordError> {
        let [n, salt_text, r, p, output] = parts(text)?;
        let (n, r, p) = (number(n)?, number(r)?, number(p)?);
        let salt = salt(salt_text)?;
        let output = base64::<Base64, _>(output)?;
        if r > MAX_R || p > MAX_P || u64::from(n) * u64::from(r) * u64::from(p) > MAX_WORK {
            return Err(PasswordError::CostOutOfBounds);
        }
        let params = params(n, r, p)?;
        Ok(Self {
            params,
            // 8 blocks are one KiB. This cannot overflow: none of the three is zero, so N is bounded.
            memory: ((n + p + 1) * r).div_ceil(8),
            salt: salt.to_vec(),
            output,
        })
    }

    pub(super) fn memory(&self) -> u32 {
        self.memory
    }

    pub(super) fn work(&self) -> u64 {
        let blocks = self.params.n() * u64::from(self.params.r());
        // A block takes 0.2 to 0.4 µs, and Argon2 fills a KiB in about 0.4 µs.
        blocks * u64::from(self.params.p()) / 2
    }

    pub(super) fn matches(&self, password: &[u8]) -> Result<bool, PasswordError> {
        let mut output = Zeroizing::new([0; OUTPUT_LEN]);
        scrypt::scrypt(password, &self.salt, &self.params, &mut *output)
            .map_err(|_| PasswordError::Corrupt)?;
        Ok(self.output.ct_eq(&*output).into())
    }
}

/// Checks that N is a power of two above 1, and that neither r nor p is zero (RFC 7914, section 2).
fn params(n: u32, r: u32, p: u32) -> Result<Params, PasswordError> {
    (1..32)
        .find(|&log_n| n == 1 << log_n)
        .and_then(|log_n| Params::new(log_n, r, p).ok())
        .ok_or(PasswordError::Corrupt)
}
