//! Entropy models: which symbols are how probable.
//!
//! A model codes a whole stream at once, since it knows best which of the symbols already coded it looks at: a new
//! model implements [`EntropyModel`] in a file beside these, gets a
//! number in [`Entropy`] and a line in [`select`].

mod adaptive;
pub mod context;
mod escaped;

mod static_;

use crate::pixels::Pixels;
pub use adaptive::Adaptive;
use context::Context;
pub use escaped::Escaped;
pub use static_::Static;

use crate::bytes::CHECKSUM;
use crate::quantise::{Quantiser, Rule, band};
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use crate::tables::Tables;
use crate::{Error, Result};

/// A model of the symbols of a stream. Only integers may decide a probability: a file must decode to the same symbols
/// on every machine.
pub trait EntropyModel {
    /// Codes all symbols, `shape.volume()` of them, already checked to lie in the quantiser's range.
    fn encode(&self, shape: Shape, symbols: &[i16], encoder: &mut RangeEncoder);

    /// Fills `symbols`, `shape.volume()` of them; [`Error::Format`] if no encoder wrote this stream.
    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()>;
}

/// The entropy model's number in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entropy {
    /// One adaptive order-0 model for the whole stream.
    Adaptive,
    /// One table per latent channel, and for `gained` per band of quality, from the bundle.
    Static,
    /// Context mixing, from a state in the bundle on.
    Context,
}

impl Entropy {
    /// 0 adaptive, 1 static, 2 context.
    pub fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::Adaptive),
            1 => Some(Self::Static),
            2 => Some(Self::Context),
            _ => None,
        }
    }

    /// The number in a file.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// Whether streams of the quantiser may be coded so: `adaptive` knows bytes alone, only `context` knows pixels.
    pub fn serves(self, quantiser: Quantiser) -> bool {
        match self {
            Self::Adaptive => quantiser.levels() <= 256 && quantiser.rule() != Rule::Lossless,
            Self::Static => quantiser.rule() != Rule::Lossless,
            Self::Context => true,
        }
    }
}

impl std::fmt::Display for Entropy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Adaptive => "adaptive",
            Self::Static => "static",
            Self::Context => "context",
        })
    }
}

/// The model for a stream. [`Error::Argument`] if the entropy model does not serve the quantiser, or if `static` or
/// `context` is asked for without tables, [`Error::Bundle`] if the tables do not fit the quantiser and the number of
/// channels, or hold no state for `context`.
pub fn select<'a>(
    entropy: Entropy,
    quantiser: Quantiser,
    shape: Shape,
    tables: Option<&'a Tables>,
) -> Result<Box<dyn EntropyModel + 'a>> {
    if !entropy.serves(quantiser) {
        return Err(Error::Argument(format!("the {entropy} entropy model does not serve {quantiser}")));
    }
    let needed = |name: &str| tables.ok_or_else(|| Error::Argument(format!("the {name} entropy model needs tables")));
    match (entropy, quantiser.quality()) {
        (Entropy::Adaptive, _) => Ok(Box::new(Adaptive)),
        (Entropy::Static, Some(quality)) => {
            Ok(Box::new(needed("static")?.gained()?.escaped(quality, shape.channels())?))
        }
        (Entropy::Static, None) => {
            let rows = needed("static")?.entry(quantiser)?.rows();
            if rows.len() != shape.channels() {
                let (has, needs) = (rows.len(), shape.channels());
                return Err(Error::Bundle(format!("the tables are for {has} channels, the latents have {needs}")));
            }
            Ok(Box::new(Static::new(rows)))
        }
        (Entropy::Context, _) if quantiser.rule() == Rule::Lossless => {
            Ok(Box::new(Pixels::new(needed("context")?.lossless()?, shape)?))
        }
        (Entropy::Context, quality) => {
            let state = needed("context")?.state(quantiser)?;
            // A quantiser with a number of bits has one quality, so one band.
            let band = quality.map_or(0, |quality| band(quality, state.bands()));
            Ok(Box::new(Context::new(state, shape, band)?))
        }
    }
}

/// The entropy-coded bytes of `symbols`, after a checksum of them where they are pixels. [`Error::Argument`] if their number is not the shape's or one is outside the
/// quantiser's `[0, 2^b)`.
///
/// ```
/// use latentcodec_core::models::{Adaptive, decode_stream, encode_stream};
/// use latentcodec_core::{quantise::Quantiser, shape::Shape};
/// let (quantiser, shape) = (Quantiser::new(0, 1)?, Shape::new(1, 1, 2, 3)?);
/// let bytes = encode_stream(&Adaptive, quantiser, shape, &[0, 1, 1, 0, 1, 1])?;
/// assert_eq!(decode_stream(&Adaptive, quantiser, shape, &bytes)?, [0, 1, 1, 0, 1, 1]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn encode_stream(model: &dyn EntropyModel, quantiser: Quantiser, shape: Shape, symbols: &[i16]) -> Result<Vec<u8>> {
    if symbols.len() != shape.volume() {
        return Err(Error::Argument(format!("{} symbols, {} expected", symbols.len(), shape.volume())));
    }
    if let Some(stranger) = quantiser.stranger(symbols) {
        return Err(Error::Argument(format!("symbol {stranger} is outside [0, {})", quantiser.levels())));
    }
    let mut encoder = RangeEncoder::new();
    model.encode(shape, symbols, &mut encoder);
    let bytes = encoder.finish();
    match quantiser.rule() {
        Rule::Lossless => Ok([&checksum(symbols)[..], &bytes].concat()),
        _ => Ok(bytes),
    }
}

/// The symbols of a stream. [`Error::Format`] if the bytes are not a whole stream of this shape and model,
/// [`Error::Limit`] if there is no memory for the symbols, [`Error::Checksum`] if they are pixels, but not those that were coded.
pub fn decode_stream(model: &dyn EntropyModel, quantiser: Quantiser, shape: Shape, bytes: &[u8]) -> Result<Vec<i16>> {
    let (sum, bytes) = match quantiser.rule() {
        Rule::Lossless => {
            bytes.split_at_checked(CHECKSUM).ok_or_else(|| Error::Truncated("pixels without a checksum".into()))?
        }
        _ => (&[][..], bytes),
    };
    let mut symbols = shape.zeros()?;
    let mut decoder = RangeDecoder::new(bytes);
    model.decode(shape, &mut decoder, &mut symbols)?;
    decoder.finish()?;
    // A model may know more symbols than the quantiser has.
    match quantiser.stranger(&symbols) {
        Some(stranger) => {
            Err(Error::Format(format!("the stream holds the symbol {stranger} of {}", quantiser.levels())))
        }
        None if quantiser.rule() == Rule::Lossless && checksum(&symbols) != sum => {
            Err(Error::Checksum("the pixels are not those that were coded".into()))
        }
        None => Ok(symbols),
    }
}

/// The CRC-32 of pixels, little-endian.
fn checksum(pixels: &[i16]) -> [u8; CHECKSUM] {
    let bytes: Vec<u8> = pixels.iter().map(|&pixel| pixel as u8).collect();
    crc32fast::hash(&bytes).to_le_bytes()
}
