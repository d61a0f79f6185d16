//! What a stream of pixels starts from: trained, written into a bundle, read back.

use std::sync::Mutex;

use super::frame::Frame;
use super::handwriting::Handwriting;
use crate::bytes::Reader;
use crate::mixing::{Binary, Listener, Meter};
use crate::parallel::lock;
use crate::shape::Shape;
use crate::{Error, Result};

/// Training sees slots of tables of `2^BITS`: 64 MB each.
const BITS: u32 = 20;
/// The first byte of a state: its kind, of which there is one.
const KIND: u8 = 0;

/// Pictures of one size.
#[derive(Debug, Clone, Copy)]
pub struct TrainingPictures<'a> {
    /// Rows and columns of a picture.
    pub sides: [usize; 2],
    /// The pixels of one or more pictures.
    pub pixels: &'a [u8],
}

impl TrainingPictures<'_> {
    fn shape(&self) -> Result<Shape> {
        let [rows, columns] = self.sides;
        let plane = rows.saturating_mul(columns);
        if plane == 0 || self.pixels.is_empty() || !self.pixels.len().is_multiple_of(plane) {
            return Err(Error::Argument("pictures must have pixels, rows times columns of them".into()));
        }
        Shape::new(self.pixels.len() / plane, 1, rows, columns)
    }

    fn symbols(&self) -> Vec<i16> {
        self.pixels.iter().map(|&pixel| pixel.into()).collect()
    }
}

/// A trained coder of pixels; immutable, to be shared between threads.
#[derive(Debug)]
pub struct PixelState {
    model: Handwriting,
    /// Copies for streams to learn in, as many as were ever needed at once.
    pool: Mutex<Vec<Handwriting>>,
}

impl PixelState {
    /// The state of a coder that has read all pictures, in their order, and kept what it saw most.
    /// [`Error::Argument`] if there are none, or if one does not fit its sides.
    pub fn train(samples: &[TrainingPictures<'_>]) -> Result<Self> {
        if samples.is_empty() {
            return Err(Error::Argument("there are no training pictures".into()));
        }
        let mut model = Handwriting::new(BITS);
        for sample in samples {
            code(&mut model, &mut Listener, sample.shape()?, &mut sample.symbols())?;
        }
        // What a reader will have, to the last bit.
        Self::from_bytes(&Self::new(model.prune()).to_bytes())
    }

    fn new(model: Handwriting) -> Self {
        Self { model, pool: Mutex::default() }
    }

    /// Codes a stream from here on; an encoder leaves the symbols as they are, a decoder overwrites them.
    pub(super) fn code<B: Binary>(&self, coder: &mut B, shape: Shape, symbols: &mut [i16]) -> Result<()> {
        let pooled = lock(&self.pool).pop();
        let mut copy = pooled.unwrap_or_else(|| self.model.clone());
        let result = code(&mut copy, coder, shape, symbols);
        copy.restore(&self.model);
        lock(&self.pool).push(copy);
        result
    }

    /// Bits that each pixel of a stream costs, up to the rounding of the range coder.
    pub fn costs(&self, sample: &TrainingPictures<'_>) -> Result<Vec<f32>> {
        let mut meter = Meter::default();
        self.code(&mut meter, sample.shape()?, &mut sample.symbols())?;
        Ok(meter.into_costs())
    }

    /// The kind as a byte, then what was learnt.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![KIND];
        self.model.write(&mut bytes);
        bytes
    }

    /// Reads what [`PixelState::to_bytes`] wrote; [`Error::Bundle`] on anything wrong. Asks for at most some 70
    /// times the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes).map_err(|error| Error::Bundle(format!("the state of the coder of pixels: {error}")))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        match reader.byte()? {
            KIND => {}
            kind => return Err(Error::Format(format!("kind {kind} of pictures is unknown to this release"))),
        }
        let model = Handwriting::read(&mut reader)?;
        reader.end()?;
        Ok(Self::new(model))
    }
}

impl Clone for PixelState {
    fn clone(&self) -> Self {
        Self::new(self.model.clone())
    }
}

impl PartialEq for PixelState {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

/// Codes the pictures of a stream.
fn code<B: Binary>(model: &mut Handwriting, coder: &mut B, shape: Shape, symbols: &mut [i16]) -> Result<()> {
    let mut frame = Frame::new(shape.rows(), shape.columns())?;
    symbols.chunks_exact_mut(shape.plane()).try_for_each(|pixels| model.code(coder, &mut frame, pixels))
}
