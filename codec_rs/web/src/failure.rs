//! What can be wrong: the errors of the core, and those of a bundle, under the names of `latentcodec.errors`.

use latentcodec_core::Error;

/// Result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure: its name in Python and JavaScript, and one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// As in `latentcodec.errors`; "ValueError" for a caller's mistake.
    pub name: &'static str,
    /// What was found and what was expected.
    pub message: String,
}

impl Failure {
    /// Bytes that are no file of this format, or a damaged one.
    pub fn format(message: impl Into<String>) -> Self {
        Self { name: "FormatError", message: message.into() }
    }

    /// A bundle that is damaged, incomplete, or does not fit the file.
    pub fn bundle(message: impl Into<String>) -> Self {
        Self { name: "BundleError", message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match error {
            Error::Format(_) => "FormatError",
            Error::Truncated(_) => "TruncatedError",
            Error::Checksum(_) => "ChecksumError",
            Error::Limit(_) => "LimitError",
            Error::Bundle(_) => "BundleError",
            Error::Argument(_) => "ValueError",
        };
        Self { name, message: error.to_string() }
    }
}
