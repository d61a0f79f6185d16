//! How the probabilities of a decision's contexts are mixed, and what is learnt of it.

use bytemuck::cast;
use wide::i16x8;

use super::apm::{Apm, Point};
use super::slot::DECISIONS;
use super::sparse;
use crate::Result;
use crate::bytes::Reader;
use crate::mixing::Binary;
use crate::mixing::logistic::{MAX, squash, stretch_eight};

/// Contexts of a decision.
pub const CONTEXTS: usize = 16;
/// Weight sets that are added, and maps that correct the mixed probability.
const SETS: usize = 2;
const APMS: usize = 2;
/// Fractional bits of a weight, and the sum of all of them at first: above 1, since contexts know different things.
const WEIGHT_BITS: u32 = 14;
const FIRST_SUM: usize = (1 << WEIGHT_BITS) * 5 / 4;
/// The error that weights follow keeps so many bits of its 16.
const ERROR_SHIFT: u32 = 2;

/// By how often a slot was used, at most 255 times: 65536 / (n + 1.5), by which its probabilities adapt.
static RATES: [i16; 256] = {
    let mut rates = [0; 256];
    let mut count = 0;
    while count < 256 {
        let rate = (1 << 17) / (2 * count as i32 + 3);
        rates[count] = if rate > 24_000 { 24_000 } else { rate as i16 };
        count += 1;
    }
    rates
};

/// A number for each context.
pub type Lanes = [i16x8; 2];

/// The rate of a slot that was used so often, at most 255 times.
#[inline(always)]
pub fn rate(count: u16) -> i16 {
    RATES[usize::from(count & 255)]
}

/// What a decision is mixed with: which weight sets, which maps.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chosen {
    pub sets: [usize; SETS],
    pub apms: [usize; APMS],
}

/// Weight sets and maps.
#[derive(Debug, Clone)]
pub struct Weighing {
    weights: Vec<[Lanes; DECISIONS]>,
    apms: Vec<[Apm; DECISIONS]>,
}

impl Weighing {
    /// Equal weights, and maps that correct nothing.
    pub fn new(sets: usize, apms: usize) -> Self {
        let weight = (FIRST_SUM / SETS / CONTEXTS) as i16;
        let weights = vec![[[i16x8::splat(weight); 2]; DECISIONS]; sets];
        Self { weights, apms: vec![[Apm::new(); DECISIONS]; apms] }
    }

    /// Overwrites all with those of another one of as many.
    pub fn copy_from(&mut self, base: &Self) {
        self.weights.copy_from_slice(&base.weights);
        self.apms.copy_from_slice(&base.apms);
    }

    /// Appends the weights, then the maps.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let weights = self.weights.iter().flatten().flat_map(|&lanes| cast::<_, [i16; CONTEXTS]>(lanes));
        bytes.extend(weights.flat_map(|weight| weight.to_le_bytes()));
        sparse::write(bytes, self.apms.iter().flatten().map(|apm| apm.to_bytes()), Apm::new().to_bytes());
    }

    /// Reads what [`Weighing::write`] wrote; [`Error::Truncated`](crate::Error::Truncated) if the bytes end before.
    pub fn read(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        for lanes in self.weights.iter_mut().flatten() {
            let bytes = reader.take(2 * CONTEXTS)?;
            *lanes =
                cast(std::array::from_fn::<_, CONTEXTS, _>(|i| i16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]])));
        }
        let apms = self.apms.as_flattened_mut();
        sparse::read(reader, apms.len(), Apm::new().to_bytes(), |index, bytes| {
            apms[index] = Apm::from_bytes(bytes);
            Ok(())
        })
    }

    /// Codes one decision from the probabilities of its contexts, and learns what it is; probabilities follow by their
    /// rates.
    #[inline(always)]
    pub fn code<B: Binary>(
        &mut self,
        coder: &mut B,
        decision: usize,
        Chosen { sets, apms }: Chosen,
        [probabilities, rates]: [&mut Lanes; 2],
        bit: bool,
    ) -> Result<bool> {
        let inputs = probabilities.map(|half| stretch_eight(cast(half)));
        let sum: i32 = sets.iter().map(|&set| dot(inputs, self.weights[set][decision]) >> WEIGHT_BITS).sum();
        let sum = sum.clamp(-MAX, MAX);
        let (mixed, point) = (squash(sum), Point::new(sum));
        let corrected: u32 = apms.iter().map(|&apm| self.apms[apm][decision].correct(point)).sum();
        let bit = coder.code(bit, ((2 * mixed + corrected) >> 2).clamp(1, 65_535))?;
        apms.iter().for_each(|&apm| self.apms[apm][decision].update(point, bit));
        let error = (((i32::from(bit) << 16) - mixed as i32) >> ERROR_SHIFT) as i16;
        sets.iter().for_each(|&set| train(&mut self.weights[set][decision], inputs, error));
        adapt(probabilities, rates, bit);
        Ok(bit)
    }
}

#[inline(always)]
fn dot(inputs: Lanes, weights: Lanes) -> i32 {
    (inputs[0].dot(weights[0]) + inputs[1].dot(weights[1])).reduce_add()
}

/// Moves weights by the gradient: inputs times the error of what they were mixed to.
#[inline(always)]
fn train(weights: &mut Lanes, inputs: Lanes, error: i16) {
    for (weights, inputs) in weights.iter_mut().zip(inputs) {
        let twice = inputs.mul_keep_high(i16x8::splat(error));
        *weights = weights.saturating_add((twice + i16x8::splat(1)) >> 1_u32);
    }
}

/// Moves probabilities towards what happened.
#[inline(always)]
fn adapt(probabilities: &mut Lanes, rates: &Lanes, bit: bool) {
    let target = i16x8::splat(if bit { i16::MAX } else { 0 });
    for (probabilities, &rates) in probabilities.iter_mut().zip(rates) {
        *probabilities += (target - *probabilities).mul_keep_high(rates);
    }
}
