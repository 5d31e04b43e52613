//! PBKDF2 in Django's format: `iterations$salt$output` after the name.

use base64ct::Base64;
use pbkdf2::hmac::EagerHash;
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{base64, number, parts, salt};
use crate::password::PasswordError;

/// Memory in KiB: a few states of the hash function.
pub(super) const MEMORY: u32 = 1;

/// The maximum number of iterations: twice that of Django 5.2.
const MAX_ITERATIONS: u32 = 2_000_000;

/// The number of iterations per unit of `ForeignHash::work`: an iteration takes 0.1 to 0.2 µs, and Argon2 fills a
/// KiB in about 0.4 µs.
const ITERATIONS_PER_WORK: u64 = 4;

/// A PBKDF2 hash.
pub(crate) struct Pbkdf2 {
    iterations: u32,
    salt: Vec<u8>,
    output: Output,
}

/// The output, which in Django has the length of one output of the hash function.
enum Output {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl Pbkdf2 {
    pub(super) fn decode_sha1(text: &str) -> Result<Self, PasswordError> {
        Self::decode(text, |output| base64::<Base64, _>(output).map(Output::Sha1))
    }

    pub(super) fn decode_sha256(text: &str) -> Result<Self, PasswordError> {
        Self::decode(text, |output| {
            base64::<Base64, _>(output).map(Output::Sha256)
        })
    }

    fn decode(
        text: &str,
        decode_output: impl FnOnce(&str) -> Result<Output, PasswordError>,
    ) -> Result<Self, PasswordError> {
        let [iterations, salt_text, output] = parts(text)?;
        let iterations = number(iterations)?;
        let salt = salt(salt_text)?;
        let output = decode_output(output)?;
        if iterations > MAX_ITERATIONS {
            return Err(PasswordError::CostOutOfBounds);
        }
        if iterations == 0 {
            return Err(PasswordError::Corrupt);
        }
        Ok(Self {
            iterations,
            salt: salt.to_vec(),
            output,
        })
    }

    pub(super) fn work(&self) -> u64 {
        u64::from(self.iterations) / ITERATIONS_PER_WORK
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match &self.output {
            Output::Sha1(output) => self.matches_output::<Sha1, _>(output, password),
            Output::Sha256(output) => self.matches_output::<Sha256, _>(output, password),
        }
    }

    fn matches_output<D: EagerHash, const N: usize>(
        &self,
        expected: &[u8; N],
        password: &[u8],
    ) -> bool {
        let mut output = Zeroizing::new([0; N]);
        pbkdf2::pbkdf2_hmac::<D>(password, &self.salt, self.iterations, &mut *output);
        expected.ct_eq(&*output).into()
    }
}
