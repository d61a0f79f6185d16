//! Pictures of up to four planes of up to 16 bits, coded so that they come back exactly.
//!
//! ```text
//! samples --packing--> ranks --less the first plane's--> predicted --residual--> decisions --mixer--> range coder
//! ```
//!
//! Planes are coded one after another (`by_plane.rs`): green, red less green, blue less green; alpha by itself. A sample
//! is predicted (`least_squares.rs`) from neighbours in its plane and in those before it, and its residual coded as
//! binary decisions (`residual.rs`), each with the probabilities of sixteen contexts (`contexts.rs`), mixed
//! (`mixer/`). All of this adapts to the picture, and starts from a trained state (`state.rs`). All is integer
//! arithmetic, the same on every machine.
//!
//! A stream begins with the mode of coding (`stream.rs`): raw; predicted, all values or only those that the picture has
//! (`packing.rs`); not predicted, by those that each plane has (`unpredicted.rs`); or, for screens and drawings, pixel
//! by pixel, all planes of a pixel before the next one (`screen/`). Several pictures of one size are coded as one that
//! has them below each other.

mod adaptive;
mod bias;
mod by_plane;
mod coded;
mod contexts;
mod frame;
mod least_squares;
mod mixer;
mod neighbourhood;
mod packing;
mod picture;
mod plane;
mod residual;
mod sample;
mod screen;
mod state;
mod stream;
mod support;
mod tails;
mod unpredicted;

pub use state::{PlanesState, TrainingPlanes};
pub(crate) use stream::raw;

use crate::Result;
use crate::models::{EntropyModel, Symbols};
use crate::quantise::Quantiser;
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use picture::Dimensions;

/// The model of pictures of one to four planes; it adapts while it codes, from [`PlanesState`] in every stream anew. Takes
/// some 40 bytes for each sample of a stream, and 2.5 MiB for each plane, which the state keeps for the next streams.
///
/// ```
/// use latentcodec_core::planes::{Planes, PlanesState, TrainingPlanes};
/// use latentcodec_core::streams::{decode_stream, encode_stream};
/// use latentcodec_core::{quantise::Quantiser, shape::Shape};
/// let (quantiser, shape) = (Quantiser::new(6, 6)?, Shape::new(1, 3, 1, 2)?); // three planes of 8 bits
/// let picture = [255, 0, 128, 3, 7, 7];
/// let state = PlanesState::train(&[TrainingPlanes { quantiser, shape, samples: &picture }])?;
/// let model = Planes::new(&state, quantiser, shape)?;
/// let bytes = encode_stream(&model, quantiser, shape, &picture)?;
/// assert_eq!(decode_stream(&model, quantiser, shape, &bytes)?, picture);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    state: &'a PlanesState,
    quantiser: Quantiser,
}

impl<'a> Planes<'a> {
    /// A model for streams of `shape`; [`Error::Bundle`](crate::Error::Bundle) if they have not the quantiser's planes.
    pub fn new(state: &'a PlanesState, quantiser: Quantiser, shape: Shape) -> Result<Self> {
        Dimensions::new(quantiser, shape).map(|_| Self { state, quantiser })
    }
}

impl EntropyModel for Planes<'_> {
    fn encode(&self, shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder) {
        let coded = Dimensions::new(self.quantiser, shape).and_then(|dimensions| {
            let mut planes = dimensions.split(shape, symbols.values)?;
            stream::write(&mut planes, dimensions, self.state)
        });
        *encoder = coded.expect("an encoder fails only where there is no memory for one picture");
    }

    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        let dimensions = Dimensions::new(self.quantiser, shape)?;
        stream::read(decoder, (shape, symbols), dimensions, self.state)
    }
}
