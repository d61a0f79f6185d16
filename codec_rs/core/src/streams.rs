//! A stream of symbols as bytes: the entropy model that codes it, and what is checked before and after.

use crate::bytes::CHECKSUM;
use crate::models::context::Context;
use crate::models::{Adaptive, Entropy, EntropyModel, Escaped, Static, Symbols};
use crate::pixels::Pixels;
use crate::planes::{self, Planes};
use crate::quantise::{Quantiser, Rule, band};
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;
use crate::tables::Tables;
use crate::{Error, Result};

/// The model of a stream, whichever it is. No trait object, so that a program that only decodes contains no encoders.
pub enum Model<'a> {
    /// For [`Entropy::Adaptive`].
    Adaptive(Adaptive),
    /// For [`Entropy::Static`].
    Static(Static<'a>),
    /// For [`Entropy::Static`] and a variable rate.
    Escaped(Escaped<'a>),
    /// For [`Entropy::Context`] and latents.
    Context(Box<Context<'a>>),
    /// For [`Entropy::Context`] and handwriting.
    Pixels(Box<Pixels<'a>>),
    /// For [`Entropy::Context`] and the planes of any picture.
    Planes(Box<Planes<'a>>),
}

impl EntropyModel for Model<'_> {
    fn encode(&self, shape: Shape, symbols: Symbols<'_>, encoder: &mut RangeEncoder) {
        match self {
            Self::Adaptive(model) => model.encode(shape, symbols, encoder),
            Self::Static(model) => model.encode(shape, symbols, encoder),
            Self::Escaped(model) => model.encode(shape, symbols, encoder),
            Self::Context(model) => model.encode(shape, symbols, encoder),
            Self::Pixels(model) => model.encode(shape, symbols, encoder),
            Self::Planes(model) => model.encode(shape, symbols, encoder),
        }
    }

    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()> {
        match self {
            Self::Adaptive(model) => model.decode(shape, decoder, symbols),
            Self::Static(model) => model.decode(shape, decoder, symbols),
            Self::Escaped(model) => model.decode(shape, decoder, symbols),
            Self::Context(model) => model.decode(shape, decoder, symbols),
            Self::Pixels(model) => model.decode(shape, decoder, symbols),
            Self::Planes(model) => model.decode(shape, decoder, symbols),
        }
    }
}

/// The model for a stream. [`Error::Argument`] if the entropy model does not code the quantiser, or if `static` or
/// `context` is asked for without tables, [`Error::Bundle`] if the tables do not fit the quantiser and the number of
/// channels, or hold no state for `context`.
pub fn select<'a>(
    entropy: Entropy,
    quantiser: Quantiser,
    shape: Shape,
    tables: Option<&'a Tables>,
) -> Result<Model<'a>> {
    if !entropy.codes(quantiser) {
        return Err(Error::Argument(format!("the {entropy} entropy model does not code {quantiser}")));
    }
    let needed = || tables.ok_or_else(|| Error::Argument(format!("the {entropy} entropy model needs tables")));
    match entropy {
        Entropy::Adaptive => Ok(Model::Adaptive(Adaptive)),
        Entropy::Static => Model::of_frequencies(needed()?, quantiser, shape),
        Entropy::Context => Model::of_state(needed()?, quantiser, shape),
    }
}

impl<'a> Model<'a> {
    /// For [`Entropy::Static`]: the frequencies of the symbols of each channel.
    fn of_frequencies(tables: &'a Tables, quantiser: Quantiser, shape: Shape) -> Result<Self> {
        if quantiser.rule() == Rule::VariableRate {
            let model = tables.variable_rate()?.escaped(quantiser.parameter(), shape.channels())?;
            return Ok(Self::Escaped(model));
        }
        let rows = tables.entry(quantiser)?.rows();
        let (has, needs) = (rows.len(), shape.channels());
        if has != needs {
            return Err(Error::Bundle(format!("the tables are for {has} channels, the latents have {needs}")));
        }
        Ok(Self::Static(Static::new(rows)))
    }

    /// For [`Entropy::Context`]: the trained state that a coder of such symbols starts from.
    fn of_state(tables: &'a Tables, quantiser: Quantiser, shape: Shape) -> Result<Self> {
        match quantiser.rule() {
            Rule::Lossless => Ok(Self::Pixels(Box::new(Pixels::new(tables.lossless()?, shape)?))),
            Rule::Planes => Ok(Self::Planes(Box::new(Planes::new(tables.planes()?, quantiser, shape)?))),
            rule => {
                let state = tables.state(quantiser)?;
                // A quantiser with a number of bits has one quality, so one band.
                let variable = rule == Rule::VariableRate;
                let band = if variable { band(quantiser.parameter(), state.bands()) } else { 0 };
                Ok(Self::Context(Box::new(Context::new(state, shape, band)?)))
            }
        }
    }
}

/// The entropy-coded bytes of `symbols`, after a checksum of them where they are pixels. [`Error::Argument`] if their
/// number is not the shape's, that of remainders neither this nor 0, or one symbol outside the quantiser's `[0, 2^b)`.
///
/// ```
/// use latentcodec_core::streams::{decode_stream, encode_stream};
/// use latentcodec_core::{models::Adaptive, quantise::Quantiser, shape::Shape};
/// let (quantiser, shape) = (Quantiser::new(0, 1)?, Shape::new(1, 1, 2, 3)?);
/// let bytes = encode_stream(&Adaptive, quantiser, shape, &[0, 1, 1, 0, 1, 1])?;
/// assert_eq!(decode_stream(&Adaptive, quantiser, shape, &bytes)?, [0, 1, 1, 0, 1, 1]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn encode_stream<'a>(
    model: &(impl EntropyModel + ?Sized),
    quantiser: Quantiser,
    shape: Shape,
    symbols: impl Into<Symbols<'a>>,
) -> Result<Vec<u8>> {
    let symbols = symbols.into();
    symbols.check(shape)?;
    if let Some(symbol) = quantiser.outlier(symbols.values) {
        return Err(Error::Argument(format!("symbol {symbol} is outside [0, {})", quantiser.levels())));
    }
    let mut encoder = RangeEncoder::new();
    model.encode(shape, symbols, &mut encoder);
    let bytes = encoder.finish();
    match quantiser.rule().exact() {
        true => Ok([&checksum(quantiser, symbols.values)[..], &bytes].concat()),
        false => Ok(bytes),
    }
}

/// The bytes of [`raw_stream`], or a few more; nothing for symbols that are no samples of planes.
pub fn raw_bytes(quantiser: Quantiser, shape: Shape) -> Option<usize> {
    let bits = quantiser.planes()?.1 as usize;
    Some(shape.volume().saturating_mul(bits) / 8 + CHECKSUM + 1)
}

/// A stream of one picture's samples as they are, after their checksum; they come row by row.
pub fn raw_stream(quantiser: Quantiser, rows: impl Iterator<Item = Result<Vec<i16>>>) -> Result<Vec<u8>> {
    let mut hasher = crc32fast::Hasher::new();
    let hashed = rows.map(|row| row.inspect(|row| hash(quantiser, row, &mut hasher)));
    let bytes = planes::raw(hashed, quantiser.levels().ilog2())?.finish();
    Ok([&hasher.finalize().to_le_bytes()[..], &bytes].concat())
}

/// The symbols of a stream. [`Error::Format`] if the bytes are not a whole stream of this shape and model,
/// [`Error::Limit`] if there is no memory for the symbols, [`Error::Checksum`] if they are pixels, but not those that
/// were coded.
pub fn decode_stream(
    model: &(impl EntropyModel + ?Sized),
    quantiser: Quantiser,
    shape: Shape,
    bytes: &[u8],
) -> Result<Vec<i16>> {
    decode_reporting(model, quantiser, shape, bytes, &|_| ())
}

/// The same as [`decode_stream`]; after every row `progress` is told the share of the bytes that is read.
pub fn decode_reporting(
    model: &(impl EntropyModel + ?Sized),
    quantiser: Quantiser,
    shape: Shape,
    bytes: &[u8],
    progress: &dyn Fn(f64),
) -> Result<Vec<i16>> {
    let (sum, bytes) = match quantiser.rule().exact() {
        true => bytes.split_at_checked(CHECKSUM).ok_or_else(|| Error::Truncated("pixels without a checksum".into()))?,
        false => (&[][..], bytes),
    };
    let mut symbols = shape.zeros()?;
    let mut decoder = RangeDecoder::reporting(bytes, progress);
    model.decode(shape, &mut decoder, &mut symbols)?;
    decoder.finish()?;
    check_decoded(quantiser, &symbols, sum)?;
    Ok(symbols)
}

/// [`Error::Format`] if a symbol is none of the quantiser's, since a model may know more of them; [`Error::Checksum`]
/// if they are pixels with another checksum.
fn check_decoded(quantiser: Quantiser, symbols: &[i16], sum: &[u8]) -> Result<()> {
    match quantiser.outlier(symbols) {
        Some(symbol) => Err(Error::Format(format!("the stream holds the symbol {symbol} of {}", quantiser.levels()))),
        None if quantiser.rule().exact() && checksum(quantiser, symbols) != sum => {
            Err(Error::Checksum("the pixels are not those that were coded".into()))
        }
        None => Ok(()),
    }
}

/// The first `channels` of a picture's stream of a variable rate, and how many of these symbols are there: all, or, of
/// a stream that is not `whole`, those of the rows that its bytes settle; the others are 0. Errors as for [`decode_stream`].
pub fn decode_start(
    model: &(impl EntropyModel + ?Sized),
    shape: Shape,
    channels: usize,
    bytes: &[u8],
    whole: bool,
) -> Result<(Vec<i16>, usize)> {
    let mut symbols = Shape::new(1, channels, shape.rows(), shape.columns())?.zeros()?;
    let mut decoder = RangeDecoder::new(bytes);
    let decoded = model.decode(shape, &mut decoder, &mut symbols);
    if !whole && decoder.starved() {
        let there = decoder.rows() * shape.columns();
        symbols[there..].fill(0);
        return Ok((symbols, there));
    }
    let all = symbols.len();
    decoded.map(|()| (symbols, all))
}

/// The CRC-32 of samples, one byte each, or two where they have 16 bits, little-endian.
fn checksum(quantiser: Quantiser, samples: &[i16]) -> [u8; CHECKSUM] {
    let mut hasher = crc32fast::Hasher::new();
    samples.chunks(1 << 16).for_each(|part| hash(quantiser, part, &mut hasher));
    hasher.finalize().to_le_bytes()
}

/// Adds samples to the bytes whose checksum is wanted.
fn hash(quantiser: Quantiser, samples: &[i16], hasher: &mut crc32fast::Hasher) {
    match quantiser.levels() > 256 {
        true => hasher.update(&samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<_>>()),
        false => hasher.update(&samples.iter().map(|&sample| sample as u8).collect::<Vec<_>>()),
    }
}
