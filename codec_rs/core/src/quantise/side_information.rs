//! Side information and codebooks: short lists of float16.

use half::f16;

use super::quantiser::{Quantiser, Rule};
use crate::{Error, Result};

/// What is wrong with this side information of a quantiser, if anything is: they must be finite, a maximum must not be
/// negative, a minimum not above its maximum, centroids must not fall.
pub fn violation(quantiser: Quantiser, values: &[f32]) -> Option<String> {
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Some(format!("the side information holds {value}"));
    }
    match (quantiser.rule(), values) {
        (Rule::Max, [max]) if *max < 0.0 => Some(format!("the maximum {max} is negative")),
        (Rule::MinMax | Rule::Vector | Rule::VectorShared, _) => {
            let pair = values.windows(2).find(|pair| pair[0] > pair[1])?;
            Some(format!("side information must not fall, but {} follows {}", pair[1], pair[0]))
        }
        _ => None,
    }
}

/// Little-endian float16 bytes of `values`; [`Error::Argument`] if one is not exactly a float16 (the quantiser must
/// have used what the decoder will read).
pub fn to_bytes(values: &[f32]) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(values.len() * 2);
    for &value in values {
        let narrow = f16::from_f32(value);
        if narrow.to_f32().to_bits() != value.to_bits() {
            return Err(Error::Argument(format!("{value} is not a float16: round before quantising")));
        }
        bytes.extend_from_slice(&narrow.to_le_bytes());
    }
    Ok(bytes)
}

/// The float16 values of `bytes`, an even number of them.
///
/// ```
/// use latentcodec_core::quantise::side_information;
/// let bytes = side_information::to_bytes(&[-0.5, 3.0])?;
/// assert_eq!(bytes, [0x00, 0xb8, 0x00, 0x42]);
/// assert_eq!(side_information::from_bytes(&bytes), [-0.5, 3.0]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&pair| f16::from_le_bytes(pair).to_f32()).collect()
}
