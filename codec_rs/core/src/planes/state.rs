//! What streams of planes start from: trained, written into a bundle, read back.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use super::learnt::Learnt;
use super::picture::Dimensions;
use crate::bytes::Reader;
use crate::mixing::Meter;
use crate::quantise::Quantiser;
use crate::shape::Shape;
use crate::{Error, Result};

/// Kinds of planes, each with a state of its own: the first, second and third of a group, and alpha.
const KINDS: usize = ALPHA + 1;
pub const ALPHA: usize = 3;

/// Where coders get what they start from, one for each kind of plane, and what becomes of what they learnt.
pub trait Lender {
    /// What a plane of a kind starts from.
    fn lend(&self, kind: usize) -> Learnt;
    /// The same after that plane.
    fn take_back(&self, kind: usize, learnt: Learnt);
}

/// A picture to learn from.
#[derive(Debug, Clone, Copy)]
pub struct TrainingPlanes<'a> {
    /// Tells planes and bits.
    pub quantiser: Quantiser,
    /// Of one or more pictures.
    pub shape: Shape,
    /// Their samples.
    pub samples: &'a [i16],
}

impl TrainingPlanes<'_> {
    /// How large they are; [`Error::Argument`] if the samples are not as many, or not of their bits.
    fn dimensions(&self) -> Result<Dimensions> {
        if self.samples.len() != self.shape.volume() || self.quantiser.outlier(self.samples).is_some() {
            return Err(Error::Argument(format!("{} samples are not of their shape and bits", self.samples.len())));
        }
        Dimensions::new(self.quantiser, self.shape)
    }
}

/// A trained coder of planes; immutable, to be shared between threads.
#[derive(Debug)]
pub struct PlanesState {
    kinds: [Kind; KINDS],
}

#[derive(Debug)]
struct Kind {
    learnt: Learnt,
    /// Copies for streams to learn in, as many as were ever needed at once.
    spare: Mutex<Vec<Learnt>>,
}

/// What one coder has learnt of all pictures so far.
struct Training([RefCell<Option<Learnt>>; KINDS]);

impl PlanesState {
    /// The state of a coder that has read all pictures, in their order. [`Error::Argument`] if there are none, or if
    /// one is not of its shape.
    pub fn train(pictures: &[TrainingPlanes<'_>]) -> Result<Self> {
        if pictures.is_empty() {
            return Err(Error::Argument("there are no training pictures".into()));
        }
        let training = Training(Default::default());
        for picture in pictures {
            let dimensions = picture.dimensions()?;
            dimensions.write_planes(&mut dimensions.split(picture.shape, picture.samples)?, &training)?;
        }
        let learnt = training.0.map(|kind| {
            let mut learnt = kind.into_inner().unwrap_or_else(Learnt::new);
            learnt.age();
            learnt
        });
        // What a reader will have, to the last bit.
        Self::from_bytes(&Self::new(learnt).to_bytes())
    }

    fn new(learnt: [Learnt; KINDS]) -> Self {
        Self { kinds: learnt.map(|learnt| Kind { learnt, spare: Mutex::default() }) }
    }

    /// Bits that each sample of a picture costs where it is coded plane by plane, up to the rounding of the range
    /// coder; in the order of the samples. [`Error::Argument`] as for [`PlanesState::train`].
    pub fn costs(&self, picture: &TrainingPlanes<'_>) -> Result<Vec<f32>> {
        let dimensions = picture.dimensions()?;
        let mut meter = Meter::default();
        super::code(
            &mut meter,
            &mut dimensions.split(picture.shape, picture.samples)?,
            dimensions,
            dimensions.most(),
            self,
        )?;
        let (coded, plane) = (meter.into_costs(), picture.shape.plane());
        let mut costs = vec![0.0; coded.len()];
        for (bits, &channel) in coded.chunks_exact(plane).zip(dimensions.groups().iter().copied().flatten()) {
            costs[channel * plane..][..plane].copy_from_slice(bits);
        }
        Ok(costs)
    }

    /// What was learnt, kind by kind.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.kinds.iter().for_each(|kind| kind.learnt.write(&mut bytes));
        bytes
    }

    /// Reads what [`PlanesState::to_bytes`] wrote; [`Error::Bundle`] on anything wrong. Asks for at most some 70 times
    /// the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes).map_err(|error| Error::Bundle(format!("the state of the coder of planes: {error}")))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut read = || Learnt::read(&mut reader);
        let learnt = [read()?, read()?, read()?, read()?];
        reader.end()?;
        Ok(Self::new(learnt))
    }
}

impl Lender for PlanesState {
    fn lend(&self, kind: usize) -> Learnt {
        let Kind { learnt, spare } = &self.kinds[kind];
        let taken = spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        taken.unwrap_or_else(|| learnt.clone())
    }

    fn take_back(&self, kind: usize, mut learnt: Learnt) {
        let Kind { learnt: base, spare } = &self.kinds[kind];
        learnt.restore(base);
        spare.lock().unwrap_or_else(PoisonError::into_inner).push(learnt);
    }
}

impl Lender for Training {
    fn lend(&self, kind: usize) -> Learnt {
        self.0[kind].take().unwrap_or_else(Learnt::new)
    }

    fn take_back(&self, kind: usize, learnt: Learnt) {
        self.0[kind].replace(Some(learnt));
    }
}

impl Clone for PlanesState {
    fn clone(&self) -> Self {
        Self::new(std::array::from_fn(|kind| self.kinds[kind].learnt.clone()))
    }
}

impl PartialEq for PlanesState {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}
