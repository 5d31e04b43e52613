//! Why a stored payload was not decoded.

/// Error of a stored payload that this program cannot decode. Its delivery becomes a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The payload is not the JSON of this version.
    #[error("the payload of `{signal}` v{version} cannot be decoded: {reason}")]
    Invalid {
        /// The stored name of the signal.
        signal: &'static str,
        /// The version of the payload.
        version: u32,
        /// The error of serde.
        reason: String,
    },
    /// No code of this program reads the version.
    #[error("this program does not read v{version} of `{signal}`")]
    UnknownVersion {
        /// The stored name of the signal.
        signal: &'static str,
        /// The version of the payload.
        version: u32,
    },
}
