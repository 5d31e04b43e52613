//! Counts of the work of a hasher.

/// Counts of the work that a [`Hasher`](crate::Hasher) has done, and of its waiting callers.
///
/// ```
/// use lback_auth::Hasher;
///
/// let hasher = Hasher::insecure_for_tests();
/// hasher.verify_decoy("guess")?;
/// assert_eq!((hasher.stats().hashes(), hasher.stats().waiting()), (1, 0));
/// # Ok::<(), lback_auth::PasswordError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasherStats {
    pub(super) hashes: u64,
    pub(super) work: u64,
    pub(super) waiting: usize,
}

impl HasherStats {
    /// Returns the number of hashes that were started.
    ///
    /// A check computes one hash, or two if preparation changes the password and the prepared form does
    /// not match. A wrong password on a hash that is cheaper than the decoy doubles the number.
    #[must_use]
    pub fn hashes(&self) -> u64 {
        self.hashes
    }

    /// Returns the work of these hashes: the sum of memory times passes, in KiB. For schemes other than
    /// Argon2, it is an estimate of the work of Argon2 in the same time.
    ///
    /// ```
    /// use lback_auth::Hasher;
    ///
    /// let hasher = Hasher::builder().memory(64).passes(3).build()?;
    /// hasher.verify_decoy("guess")?;
    /// assert_eq!(hasher.stats().work(), 192);
    /// // A wrong password on a cheaper hash costs the same work.
    /// let cheap = "$argon2id$v=19$m=32,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$kjP8uWKJBGjGGWcsBNKPPSpCFGY";
    /// hasher.verify("guess", cheap)?;
    /// assert_eq!(hasher.stats().work(), 192 + 192);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Returns the number of callers that wait for a slot.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }
}
