//! What a state is trained on.

use crate::shape::Shape;

/// Training symbols of one stream.
#[derive(Debug, Clone, Copy)]
pub struct TrainingStream<'a> {
    /// Shape of the symbols.
    pub shape: Shape,
    /// Band of quality.
    pub band: usize,
    /// `shape.volume()` symbols.
    pub symbols: &'a [i16],
}
