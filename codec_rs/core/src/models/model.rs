//! What an entropy model does, whichever it is.

use crate::Result;
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::shape::Shape;

/// A model of the symbols of a stream. Only integers may decide a probability: a file must decode to the same symbols
/// on every machine.
pub trait EntropyModel: Sync {
    /// Codes all symbols, `shape.volume()` of them, already checked to lie in the quantiser's range.
    fn encode(&self, shape: Shape, symbols: &[i16], encoder: &mut RangeEncoder);

    /// Fills `symbols`, `shape.volume()` of them, or those of the first channels of the one picture that there is;
    /// [`Error::Format`](crate::Error::Format) if no encoder wrote this stream.
    fn decode(&self, shape: Shape, decoder: &mut RangeDecoder<'_>, symbols: &mut [i16]) -> Result<()>;
}
