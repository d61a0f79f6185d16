//! One Python exception per kind of error.

use latentcodec_core::Error;
use pyo3::exceptions::PyValueError;
use pyo3::{PyErr, import_exception};

import_exception!(latentcodec.errors, FormatError);
import_exception!(latentcodec.errors, TruncatedError);
import_exception!(latentcodec.errors, ChecksumError);
import_exception!(latentcodec.errors, LimitError);
import_exception!(latentcodec.errors, BundleError);

/// The Python exception of an error.
pub fn raise(error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Format(_) => FormatError::new_err(message),
        Error::Truncated(_) => TruncatedError::new_err(message),
        Error::Checksum(_) => ChecksumError::new_err(message),
        Error::Limit(_) => LimitError::new_err(message),
        Error::Bundle(_) => BundleError::new_err(message),
        Error::Argument(_) => PyValueError::new_err(message),
    }
}
