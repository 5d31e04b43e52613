//! bcrypt in modular crypt format, applied to the password or to its SHA-256.

use base64ct::Base64Bcrypt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{base64, parts};
use crate::password::PasswordError;

/// Memory in KiB: the tables of Blowfish, 4 x 256 + 18 words.
pub(super) const MEMORY: u32 = 5;

/// The minimum cost of bcrypt, as the logarithm of its rounds.
const MIN_COST: u32 = 4;

/// The maximum cost accepted: 8 times the work of 12, a usual cost.
const MAX_COST: u32 = 15;

/// The work of a round, in the unit of `ForeignHash::work`: a round takes 40 to 60 µs, and Argon2 fills a KiB in
/// about 0.4 µs.
const WORK_OF_ROUND: u64 = 100;

/// In bytes: the 18 words of Blowfish's key. Further bytes have no effect.
const MAX_INPUT_LEN: usize = 72;

/// In characters: 16 bytes in base64.
const SALT_LEN: usize = 22;

/// In bytes. bcrypt computes 24 and stores 23.
const OUTPUT_LEN: usize = 23;

/// Input of bcrypt.
pub(super) enum Input {
    /// The password, truncated to 72 bytes.
    Password,
    /// The SHA-256 of the password in lower-case hex, which fits into 72 bytes.
    HexSha256,
}

/// A bcrypt hash.
pub(crate) struct Bcrypt {
    input: Input,
    cost: u32,
    salt: [u8; 16],
    output: [u8; OUTPUT_LEN],
}

impl Bcrypt {
    /// Decodes `$2b$cost$`, followed by salt and output. `2a`, `2b` and `2y` stand for fixed faults of
    /// implementations; the algorithm is the same.
    ///
    /// # Errors
    ///
    /// Returns [`PasswordError::Corrupt`] or [`PasswordError::CostOutOfBounds`].
    pub(super) fn decode(text: &str, input: Input) -> Result<Self, PasswordError> {
        let ["", "2a" | "2b" | "2y", cost, salt_and_output] = parts(text)? else {
            return Err(PasswordError::Corrupt);
        };
        let (salt, output) = salt_and_output
            .split_at_checked(SALT_LEN)
            .ok_or(PasswordError::Corrupt)?;
        let cost = two_digits(cost)?;
        let salt = base64::<Base64Bcrypt, _>(salt)?;
        let output = base64::<Base64Bcrypt, _>(output)?;
        if cost > MAX_COST {
            return Err(PasswordError::CostOutOfBounds);
        }
        if cost < MIN_COST {
            return Err(PasswordError::Corrupt);
        }
        Ok(Self {
            input,
            cost,
            salt,
            output,
        })
    }

    pub(super) fn work(&self) -> u64 {
        WORK_OF_ROUND << self.cost
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self.input {
            Input::Password => self.matches_input(password),
            Input::HexSha256 => {
                let mut digest = Zeroizing::new([0; 32]);
                Sha256::new_with_prefix(password).finalize_into((&mut *digest).into());
                let hex = Zeroizing::new(base16ct::lower::encode_string(&*digest));
                self.matches_input(hex.as_bytes())
            }
        }
    }

    pub(super) fn cuts(&self, password: &[u8]) -> bool {
        matches!(self.input, Input::Password) && password.len() > MAX_INPUT_LEN
    }

    fn matches_input(&self, input: &[u8]) -> bool {
        let len = input.len().min(MAX_INPUT_LEN);
        let mut key = Zeroizing::new([0; MAX_INPUT_LEN]);
        key[..len].copy_from_slice(&input[..len]);
        // The key includes the terminating zero of a C string, if it fits.
        let key = &key[..(len + 1).min(MAX_INPUT_LEN)];
        let output = Zeroizing::new(::bcrypt::bcrypt(self.cost, self.salt, key));
        self.output.ct_eq(&output[..OUTPUT_LEN]).into()
    }
}

/// Parses a cost, which always has two digits.
fn two_digits(text: &str) -> Result<u32, PasswordError> {
    match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Ok(u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
        }
        _ => Err(PasswordError::Corrupt),
    }
}
