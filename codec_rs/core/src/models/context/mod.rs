//! The context model: mixed predictions from the neighbourhood, from a trained state on.

mod choice;
mod coding;
mod fitting;
mod forecast;
mod layout;
mod learner;
mod neighbourhood;
mod prediction;
mod pursuit;
mod regression;
mod residual;
mod sample;
mod sources;
mod state;
mod stencil;

mod training;

pub use sample::TrainingStream;
pub use state::ContextState;

use self::learner::Learner;
use super::model::{EntropyModel, Symbols};
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use crate::{Error, Result};

/// Codes each symbol as a few binary decisions, each with a probability mixed from eight contexts, and learns while it
/// codes: from [`ContextState`], in every stream anew. An encoder that is told remainders chooses between symbols, see
/// `choice.rs`. Takes at most as much memory as the state, a copy of the symbols
/// to encode, 14 bytes for each position of one channel, 4 for each of every channel and 2 for each of a predicted one.
///
/// ```
/// use latentcodec_core::models::context::{Context, ContextState, TrainingStream};
/// use latentcodec_core::streams::{decode_stream, encode_stream};
/// use latentcodec_core::{quantise::Quantiser, shape::Shape};
/// let (quantiser, shape) = (Quantiser::new(1, 2)?, Shape::new(1, 2, 2, 3)?);
/// let symbols = [0, 1, 1, 0, 1, 1, 3, 3, 2, 3, 3, 3];
/// let state = ContextState::train(2, 1, &[TrainingStream { shape, band: 0, symbols: &symbols }])?;
/// let model = Context::new(&state, shape, 0)?;
/// let bytes = encode_stream(&model, quantiser, shape, &symbols)?;
/// assert_eq!(decode_stream(&model, quantiser, shape, &bytes)?, symbols);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    state: &'a ContextState,
    band: usize,
}

impl<'a> Context<'a> {
    /// A model for streams of `shape` in a band of quality; [`Error::Bundle`] if the state was trained for another
    /// number of channels or for fewer bands.
    pub fn new(state: &'a ContextState, shape: Shape, band: usize) -> Result<Self> {
        let (channels, bands) = (state.channels(), state.bands());
        if shape.channels() != channels || band >= bands {
            let needs = shape.channels();
            return Err(Error::Bundle(format!(
                "the coder's state is for {channels} channels and {bands} bands, not for {needs} channels and band {band}"
            )));
        }
        Ok(Self { state, band })
    }
}

impl EntropyModel for Context<'_> {
    fn encode(&self, shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder) {
        let mut values = symbols.values.to_vec();
        let mut learner = Learner::new(self.state, shape.channels());
        let coded = learner.code(encoder, shape, self.band, &mut values, symbols.remainders);
        coded.expect("an encoder fails only where there is no memory for one channel");
    }

    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        let channels = shape.channels().min(symbols.len() / shape.plane());
        let shape = Shape::new(shape.pictures(), channels, shape.rows(), shape.columns())?;
        Learner::new(self.state, channels).code(decoder, shape, self.band, symbols, &[])
    }
}
