//! Methods of a hasher that wait without blocking a thread of the executor.

use super::Hasher;
use super::check::{Outcome, Verdict};
use crate::password::{Password, PasswordError};

impl Hasher {
    /// Hashes a new password as [`hash`](Self::hash) does, without blocking a thread of the executor.
    ///
    /// Dropping the future frees its place in the queue. Any runtime will do: the queue checks its timeout
    /// whenever a hash ends, and needs no timer.
    ///
    /// # Errors
    ///
    /// As for [`hash`](Self::hash).
    pub async fn hash_async(&self, password: &str) -> Result<Password, PasswordError> {
        let hashing = self.hashing(password)?;
        let needed = hashing.memory();
        let run = self
            .inner
            .pool
            .run_async(needed, |memory| hashing.run(memory));
        run.await?.map(Password::fresh)
    }

    /// Checks a password as [`verify`](Self::verify) does, and waits as [`hash_async`](Self::hash_async)
    /// does.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify).
    pub async fn verify_async(
        &self,
        password: &str,
        stored: &str,
    ) -> Result<Verdict, PasswordError> {
        let outcome = self.examine_async(password, Some(stored)).await?;
        Ok(outcome.verdict())
    }

    /// Checks a password as [`verify_decoy`](Self::verify_decoy) does, and waits as
    /// [`hash_async`](Self::hash_async) does.
    ///
    /// # Errors
    ///
    /// As for [`verify_decoy`](Self::verify_decoy).
    pub async fn verify_decoy_async(&self, password: &str) -> Result<Verdict, PasswordError> {
        let outcome = self.examine_async(password, None).await?;
        Ok(outcome.verdict())
    }

    /// Checks a password against a stored hash, or against the decoy if there is none.
    pub(crate) async fn examine_async(
        &self,
        password: &str,
        stored: Option<&str>,
    ) -> Result<Outcome, PasswordError> {
        let check = self.check(password, stored);
        match check.memory() {
            None => check.settled(),
            Some(needed) => {
                let run = self
                    .inner
                    .pool
                    .run_async(needed, |memory| check.run(memory));
                run.await?
            }
        }
    }
}
