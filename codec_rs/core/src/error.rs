//! What can be wrong, one variant per exception of `latentcodec.errors`.

use thiserror::Error as ThisError;

/// Result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure and one sentence that says what was found and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// The bytes are not a file of this format, or not one that this version reads (`FormatError`).
    #[error("{0}")]
    Format(String),
    /// The bytes end before the file does (`TruncatedError`).
    #[error("{0}")]
    Truncated(String),
    /// A checksum does not match: the bytes were altered or cut (`ChecksumError`).
    #[error("{0}")]
    Checksum(String),
    /// The file is larger than the caller allows (`LimitError`).
    #[error("{0}")]
    Limit(String),
    /// The tables are damaged or lack what the file needs (`BundleError`).
    #[error("{0}")]
    Bundle(String),
    /// The caller passed something impossible (`ValueError`).
    #[error("{0}")]
    Argument(String),
}
