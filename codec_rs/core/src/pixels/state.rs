//! What a stream of pixels starts from: trained, written into a bundle, read back.

use std::sync::Mutex;

use super::frame::Frame;
use super::grey::Grey;
use super::handwriting::Handwriting;
use super::picture::Picture;
use crate::bytes::Reader;
use crate::mixing::{Binary, Listener, Meter};
use crate::parallel::lock;
use crate::shape::Shape;
use crate::{Error, Result};

/// Training sees slots of tables of `2^BITS`: 64 MB each.
const BITS: u32 = 20;
/// The first byte of a state.
const HANDWRITING: u8 = 0;
const GREY: u8 = 2;

/// What kind of pictures a state is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// Writing: strokes on a background of 0.
    Handwriting,
    /// Any grey pictures, photographs above all.
    Grey,
}

/// The model of a kind of pictures, with what it has learnt.
#[derive(Debug, Clone)]
enum Model {
    Handwriting(Handwriting),
    Grey(Grey),
}

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
    model: Model,
    /// Copies for streams to learn in, as many as were ever needed at once.
    pool: Mutex<Vec<Model>>,
}

impl PixelState {
    /// The state of a coder that has read all pictures, in their order, and kept what it saw most.
    /// [`Error::Argument`] if there are none, or if one does not fit its sides.
    pub fn train(kind: PictureKind, samples: &[TrainingPictures<'_>]) -> Result<Self> {
        if samples.is_empty() {
            return Err(Error::Argument("there are no training pictures".into()));
        }
        let mut model = match kind {
            PictureKind::Handwriting => Model::Handwriting(Handwriting::new(BITS)),
            PictureKind::Grey => Model::Grey(Grey::new(BITS)),
        };
        for sample in samples {
            model.code(&mut Listener, sample.shape()?, &mut sample.symbols())?;
        }
        // What a reader will have, to the last bit.
        Self::from_bytes(&Self::new(model.prune()).to_bytes())
    }

    fn new(model: Model) -> Self {
        Self { model, pool: Mutex::default() }
    }

    /// What kind of pictures it is for.
    pub fn kind(&self) -> PictureKind {
        match self.model {
            Model::Handwriting(_) => PictureKind::Handwriting,
            Model::Grey(_) => PictureKind::Grey,
        }
    }

    /// Codes a stream from here on; an encoder leaves the symbols as they are, a decoder overwrites them.
    pub(super) fn code<B: Binary>(&self, coder: &mut B, shape: Shape, symbols: &mut [i16]) -> Result<()> {
        let pooled = lock(&self.pool).pop();
        let mut copy = pooled.unwrap_or_else(|| self.model.clone());
        let result = copy.code(coder, shape, symbols);
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
        let mut bytes = Vec::new();
        match &self.model {
            Model::Handwriting(handwriting) => {
                bytes.push(HANDWRITING);
                handwriting.write(&mut bytes);
            }
            Model::Grey(grey) => {
                bytes.push(GREY);
                grey.write(&mut bytes);
            }
        }
        bytes
    }

    /// Reads what [`PixelState::to_bytes`] wrote; [`Error::Bundle`] on anything wrong. Asks for at most some 70
    /// times the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes).map_err(|error| Error::Bundle(format!("the state of the coder of pixels: {error}")))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let model = match reader.byte()? {
            HANDWRITING => Model::Handwriting(Handwriting::read(&mut reader)?),
            GREY => Model::Grey(Grey::read(&mut reader)?),
            kind => return Err(Error::Format(format!("kind {kind} of pictures is unknown to this release"))),
        };
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

impl Model {
    fn code<B: Binary>(&mut self, coder: &mut B, shape: Shape, symbols: &mut [i16]) -> Result<()> {
        let mut pictures = symbols.chunks_exact_mut(shape.plane());
        match self {
            Self::Handwriting(handwriting) => {
                let mut frame = Frame::new(shape.rows(), shape.columns())?;
                pictures.try_for_each(|pixels| handwriting.code(coder, &mut frame, pixels))
            }
            Self::Grey(grey) => {
                let mut picture = Picture::new(shape.rows(), shape.columns())?;
                pictures.try_for_each(|pixels| grey.code(coder, &mut picture, pixels))
            }
        }
    }

    fn prune(&self) -> Self {
        match self {
            Self::Handwriting(handwriting) => Self::Handwriting(handwriting.prune()),
            Self::Grey(grey) => Self::Grey(grey.prune()),
        }
    }

    /// Undoes what was learnt since this was a copy of `base`.
    fn restore(&mut self, base: &Self) {
        match (self, base) {
            (Self::Handwriting(handwriting), Self::Handwriting(base)) => handwriting.restore(base),
            (Self::Grey(grey), Self::Grey(base)) => grey.restore(base),
            (copy, base) => copy.clone_from(base),
        }
    }
}
