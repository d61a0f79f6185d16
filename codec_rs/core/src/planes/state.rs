//! What streams of planes start from: trained, written into a bundle, read back.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use super::adaptive::{AdaptiveState, StatePool};
use super::picture::{Dimensions, STATES};
use super::{by_plane, stream};
use crate::bytes::Reader;
use crate::mixing::Meter;
use crate::quantise::Quantiser;
use crate::shape::Shape;
use crate::{Error, Result};

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

/// The trained state of a coder of planes; immutable, to be shared between threads.
#[derive(Debug)]
pub struct PlanesState {
    states: [Trained; STATES],
}

/// A trained state, and copies of it for streams, as many as were ever needed at once.
#[derive(Debug)]
struct Trained {
    state: AdaptiveState,
    spares: Mutex<Vec<AdaptiveState>>,
}

/// States that keep what they learnt of all pictures so far.
struct Training([RefCell<Option<AdaptiveState>>; STATES]);

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
            stream::write_by_plane(&mut dimensions.split(picture.shape, picture.samples)?, dimensions, &training)?;
        }
        let states = training.0.map(|state| {
            let mut state = state.into_inner().unwrap_or_else(AdaptiveState::new);
            state.age();
            state
        });
        // What a reader will have, to the last bit.
        Self::from_bytes(&Self::new(states).to_bytes())
    }

    fn new(states: [AdaptiveState; STATES]) -> Self {
        Self { states: states.map(|state| Trained { state, spares: Mutex::default() }) }
    }

    /// Bits that each sample of a picture costs where it is coded plane by plane, up to the rounding of the range
    /// coder; in the order of the samples. [`Error::Argument`] as for [`PlanesState::train`].
    pub fn costs(&self, picture: &TrainingPlanes<'_>) -> Result<Vec<f32>> {
        let dimensions = picture.dimensions()?;
        let (mut meter, mut planes) = (Meter::default(), dimensions.split(picture.shape, picture.samples)?);
        by_plane::code(&mut meter, &mut planes, dimensions, dimensions.max_value(), self)?;
        let (coded, plane) = (meter.into_costs(), picture.shape.plane());
        let mut costs = vec![0.0; coded.len()];
        for (bits, component) in coded.chunks_exact(plane).zip(dimensions.components()) {
            costs[component.channel * plane..][..plane].copy_from_slice(bits);
        }
        Ok(costs)
    }

    /// The trained states, one after another.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.states.iter().for_each(|trained| trained.state.write(&mut bytes));
        bytes
    }

    /// Reads what [`PlanesState::to_bytes`] wrote; [`Error::Bundle`] on anything wrong. Asks for at most some 70 times
    /// the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes).map_err(|error| Error::Bundle(format!("the state of the coder of planes: {error}")))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut read = || AdaptiveState::read(&mut reader);
        let states = [read()?, read()?, read()?, read()?];
        reader.end()?;
        Ok(Self::new(states))
    }
}

/// Every plane starts from the trained state.
impl StatePool for PlanesState {
    fn acquire(&self, number: usize) -> AdaptiveState {
        let Trained { state, spares } = &self.states[number];
        let spare = spares.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| state.clone())
    }

    fn release(&self, number: usize, mut state: AdaptiveState) {
        let Trained { state: base, spares } = &self.states[number];
        state.restore(base);
        spares.lock().unwrap_or_else(PoisonError::into_inner).push(state);
    }
}

/// Every plane starts from what the ones before have taught.
impl StatePool for Training {
    fn acquire(&self, number: usize) -> AdaptiveState {
        self.0[number].take().unwrap_or_else(AdaptiveState::new)
    }

    fn release(&self, number: usize, state: AdaptiveState) {
        self.0[number].replace(Some(state));
    }
}

impl Clone for PlanesState {
    fn clone(&self) -> Self {
        Self::new(std::array::from_fn(|number| self.states[number].state.clone()))
    }
}

impl PartialEq for PlanesState {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}
