//! The errors of setting and checking passwords.

use thiserror::Error;

/// Error returned when a password could not be set or checked.
///
/// A wrong password is an answer and not an error. No variant carries a part of a password, or of a
/// stored hash, which might be a plain-text password that was saved by mistake.
///
/// ```
/// use lback_auth::PasswordError;
///
/// assert_eq!(PasswordError::Empty.to_string(), "the password is empty: enter one");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The new password has no characters. RFC 8265, section 4.2.2, forbids that.
    #[error("the password is empty: enter one")]
    Empty,

    /// The new password is longer than 4,096 bytes of UTF-8, before or after preparation.
    ///
    /// Unicode normalisation (NFC) can lengthen text, up to threefold.
    #[error("the password is longer than 4096 bytes of UTF-8: choose a shorter one")]
    TooLong,

    /// The hasher's source of random bytes failed, so that no salt could be drawn. It is the operating
    /// system unless [`random`](crate::HasherBuilder::random) sets another one.
    #[error("the source of random bytes failed: try again later")]
    Entropy,

    /// The stored text is not a password hash, or is a damaged one.
    ///
    /// Either it names no scheme, or it names a supported one and the rest can't be read:
    /// longer than 512 bytes, parts missing or in excess, not base64, parameters of Argon2 other
    /// than `m`, `t`, `p` and perhaps `keyid` in this order, or values that the scheme does not allow.
    #[error(
        "the stored password hash is unreadable: restore it, or have the user set a new password"
    )]
    Corrupt,

    /// The stored text begins with the name of a scheme other than `argon2id`, `argon2i` and
    /// `argon2d`, as in `$name$…` or `name$…`.
    ///
    /// The feature `foreign-hashes` adds bcrypt (`2a`, `2b`, `2y`) and Django's `bcrypt`,
    /// `bcrypt_sha256`, `pbkdf2_sha1`, `pbkdf2_sha256` and `scrypt`.
    ///
    /// Any text between the leading `$` and the next counts as a name.
    #[error(
        "the stored password hash has an unknown scheme: use argon2id, argon2i or argon2d, or, \
         with the feature `foreign-hashes`, bcrypt or Django's bcrypt, PBKDF2 or scrypt"
    )]
    UnknownScheme,

    /// The stored hash costs more than the bounds allow.
    ///
    /// The bounds of Argon2 are 16 lanes, 262,144 KiB (256 MiB) of memory, and 622,592 KiB of memory
    /// times passes, which is 16 times the cost of the default parameters. They grow with the
    /// parameters of the hasher. Other schemes are bounded by a cost of 15 (bcrypt), 2,000,000
    /// iterations (PBKDF2), and 16 lanes (`p`), a block size (`r`) of 1,024 and `N` x `r` x `p` of
    /// 2,097,152 (scrypt, whose memory is thereby at most 256 MiB).
    #[error(
        "the stored password hash exceeds the bounds of its scheme: use at most 16 lanes, 262144 KiB \
         of memory and 622592 KiB of memory x passes for argon2, a cost of 15 for bcrypt, 2000000 \
         iterations for PBKDF2, and p = 16, r = 1024 and N x r x p = 2097152 for scrypt"
    )]
    CostOutOfBounds,

    /// The stored hash names a pepper that the hasher does not have.
    #[error(
        "the stored password hash names a pepper that the hasher does not have: add it to the \
         hasher's keyring"
    )]
    UnknownPepper,

    /// No slot became free within the [`queue_timeout`](crate::HasherBuilder::queue_timeout), or the queue
    /// is full. Limit the attempts of each client.
    #[error("too many passwords are being hashed: try again later")]
    Busy,

    /// The memory that Argon2 fills could not be allocated.
    #[error("not enough memory to hash the password: try again later")]
    OutOfMemory,
}
