//! How alike two pictures look: SSIMULACRA2 and butteraugli.

use ::butteraugli::{ButteraugliParams, Img, ImgVec, RGB8, butteraugli as distance};
use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use latentcodec_binding::arrays::{sides, slice};
use numpy::PyReadonlyArrayDyn;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

type Picture<'py> = PyReadonlyArrayDyn<'py, u8>;

/// SSIMULACRA2 of two pictures (H, W, 3).
#[pyfunction]
pub fn ssimulacra2(py: Python<'_>, original: Picture<'_>, decoded: Picture<'_>) -> PyResult<f64> {
    let pair = Pair::new(&original, &decoded)?;
    py.detach(|| compute_ssimulacra2(&pair.slice(pair.original)?, &pair.slice(pair.decoded)?).map_err(refuse))
}

/// butteraugli's distance of two pictures (H, W, 3), the 3-norm over their pixels.
#[pyfunction]
pub fn butteraugli(py: Python<'_>, original: Picture<'_>, decoded: Picture<'_>) -> PyResult<f64> {
    let pair = Pair::new(&original, &decoded)?;
    let (original, decoded) = (pair.image(pair.original), pair.image(pair.decoded));
    py.detach(|| distance(original.as_ref(), decoded.as_ref(), &ButteraugliParams::default()))
        .map(|found| found.pnorm_3)
        .map_err(refuse)
}

/// The samples of two pictures of one size.
struct Pair<'a> {
    width: usize,
    height: usize,
    original: &'a [u8],
    decoded: &'a [u8],
}

impl<'a> Pair<'a> {
    /// Of arrays of one shape (H, W, 3), else ValueError.
    fn new(original: &'a Picture<'_>, decoded: &'a Picture<'_>) -> PyResult<Self> {
        let [height, width, channels] = sides("original", original)?;
        if channels != 3 || sides("decoded", decoded)? != [height, width, 3] {
            return Err(PyValueError::new_err("two pictures of one shape (H, W, 3) expected"));
        }
        Ok(Self { width, height, original: slice("original", original)?, decoded: slice("decoded", decoded)? })
    }

    fn slice(&self, pixels: &'a [u8]) -> PyResult<PixelSlice<'a>> {
        let (width, height) = (self.width as u32, self.height as u32);
        PixelSlice::new(pixels, width, height, 3 * self.width, PixelDescriptor::RGB8_SRGB).map_err(refuse)
    }

    fn image(&self, pixels: &[u8]) -> ImgVec<RGB8> {
        let colours = pixels.as_chunks().0.iter().map(|&[r, g, b]| RGB8 { r, g, b });
        Img::new(colours.collect(), self.width, self.height)
    }
}

fn refuse(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}
