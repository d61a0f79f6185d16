//! The model of handwriting: grey pictures of 8 bits, coded so that they come back bit for bit.

pub mod decisions;
pub mod frame;
pub mod handwriting;
mod state;

pub use state::{PixelState, TrainingPictures};

use crate::models::{EntropyModel, Symbols};
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use crate::{Error, Result};

/// Codes each pixel as a few binary decisions, each with a probability mixed from up to sixteen contexts, and learns
/// while it codes: from [`PixelState`], in every stream anew. Takes about as much memory as the state for every stream
/// that is coded at the same time, a copy of the symbols to encode and a byte for each pixel of one picture.
///
/// ```
/// use latentcodec_core::pixels::{PixelState, Pixels, TrainingPictures};
/// use latentcodec_core::streams::{decode_stream, encode_stream};
/// use latentcodec_core::{quantise::Quantiser, shape::Shape};
/// let pixels = [0, 255, 128, 0, 253, 60];
/// let state = PixelState::train(&[TrainingPictures { sides: [2, 3], pixels: &pixels }])?;
/// let (lossless, shape) = (Quantiser::new(5, 0)?, Shape::new(1, 1, 1, 3)?);
/// let model = Pixels::new(&state, shape)?;
/// let bytes = encode_stream(&model, lossless, shape, &[99, 0, 255])?;
/// assert_eq!(decode_stream(&model, lossless, shape, &bytes)?, [99, 0, 255]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    state: &'a PixelState,
}

impl<'a> Pixels<'a> {
    /// A model for streams of `shape`; [`Error::Argument`] if they have more than one channel.
    pub fn new(state: &'a PixelState, shape: Shape) -> Result<Self> {
        match shape.channels() {
            1 => Ok(Self { state }),
            channels => Err(Error::Argument(format!("lossless pictures have one channel, not {channels}"))),
        }
    }
}

impl EntropyModel for Pixels<'_> {
    fn encode(&self, shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder) {
        let coded = self.state.code(encoder, shape, &mut symbols.values.to_vec());
        coded.expect("an encoder fails only where there is no memory for one picture");
    }

    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        self.state.code(decoder, shape, symbols)
    }
}
