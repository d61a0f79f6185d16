//! NumPy arrays in without a copy, and checked numbers.

use latentcodec_core::shape::Shape;
use numpy::{Element, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::errors::raise;

/// The elements of an array in C order, without a copy; ValueError unless they lie so in memory.
pub fn slice<'a, T: Element>(name: &str, array: &'a PyReadonlyArrayDyn<'_, T>) -> PyResult<&'a [T]> {
    let view = array.as_slice().ok().filter(|_| array.is_c_contiguous());
    view.ok_or_else(|| PyValueError::new_err(format!("{name} must be C-contiguous (numpy.ascontiguousarray)")))
}

/// The elements of a 1-D array, without a copy.
pub fn vector<'a, T: Element>(name: &str, array: &'a PyReadonlyArrayDyn<'_, T>) -> PyResult<&'a [T]> {
    sides::<1, T>(name, array)?;
    slice(name, array)
}

/// The shape of an array of `N` dimensions, else ValueError.
pub fn sides<const N: usize, T: Element>(name: &str, array: &PyReadonlyArrayDyn<'_, T>) -> PyResult<[usize; N]> {
    array.shape().try_into().map_err(|_| {
        PyValueError::new_err(format!("{name} must have {N} dimensions, not the shape {:?}", array.shape()))
    })
}

/// A number of the width that the core wants; ValueError, not OverflowError, where it does not fit.
pub fn number<T: TryFrom<i64>>(name: &str, value: i64) -> PyResult<T> {
    T::try_from(value).map_err(|_| PyValueError::new_err(format!("{name} = {value} is out of range")))
}

/// The shape of a stream; ValueError or LimitError.
pub fn shape([pictures, channels, rows, columns]: [usize; 4]) -> PyResult<Shape> {
    Shape::new(pictures, channels, rows, columns).map_err(raise)
}
