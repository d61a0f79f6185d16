//! The contexts of a residual: where the neighbours, and the planes before, stand to the prediction.
//!
//! As in JPEG-LS and CALIC, contexts that mirror each other are one: where rounding the prediction took a negative
//! fraction, all differences, the residual too, change their sign. In the keys of contexts, `v` quantises a neighbour
//! less the prediction and `e` an error, both to 17 numbers, and `s` the size of two errors to 13. The names of the
//! compass are those of [`super::neighbourhood`]; after an `e` they are errors. `median` is the prediction of LOCO-I
//! (MED; Weinberger, Seroussi, Sapiro 2000), `texture` has a bit for each of eight neighbours that exceeds the
//! prediction.

use super::least_squares::FRACTION;
use super::mixer::{CONTEXTS, Chosen, SLOTS};
use super::neighbourhood::{LEVELS, Neighbourhood, energy_level};

/// Contexts of a bias: [`Neighbourhood::bias_context`].
pub const BIAS_CONTEXTS: usize = 64 * LEVELS / 2;
/// Weight sets: one for each level; one for each texture of the four nearest and third of the fraction.
pub const WEIGHT_SETS: usize = LEVELS + 16 * 3;
/// Adaptive probability maps: one for each level; one for each fraction and quantised error.
pub const APMS: usize = LEVELS + 9 * 17;

/// The contexts of a sample whose prediction is known.
#[derive(Debug)]
pub struct Contexts<'a> {
    neighbourhood: &'a Neighbourhood,
    /// The prediction, rounded.
    predicted: i32,
    /// 1 or -1, by which differences are multiplied.
    sign: i32,
    /// What rounding took, in sixteenths, at most 8.
    fraction: usize,
    /// Where the prediction is between the least and the largest sample, of 128.
    height: usize,
    /// Which of the first eight neighbours exceed the prediction.
    texture: usize,
    /// The error of the plane before, quantised; those of W and N where there is none.
    nearest_error: usize,
}

impl<'a> Contexts<'a> {
    /// Of a prediction with [`FRACTION`] fractional bits of a sample within a range.
    #[inline(always)]
    pub fn new(neighbourhood: &'a Neighbourhood, precise: i32, [min, max]: [i32; 2]) -> Self {
        let predicted = (precise + (1 << (FRACTION - 1))) >> FRACTION;
        let fraction = precise - (predicted << FRACTION);
        let depth = 32 - (max - min).leading_zeros();
        let height = ((predicted - min) >> depth.saturating_sub(7)) as usize;
        let sign = if fraction < 0 { -1 } else { 1 };
        let fraction = fraction.unsigned_abs() as usize;
        let contexts = Self { neighbourhood, predicted, sign, fraction, height, texture: 0, nearest_error: 0 };
        let Neighbourhood { samples, errors, colocated, .. } = neighbourhood;
        let exceeds = |sample: &i32| usize::from((sample - predicted) * sign > 0);
        let texture = samples[..8].iter().fold(0, |bits, sample| bits << 1 | exceeds(sample));
        let nearest_error = if *colocated == [0; 2] { errors[0] + errors[1] } else { colocated[0] };
        Self { texture, nearest_error: contexts.quantise_error(nearest_error), ..contexts }
    }

    /// The residual of a sample.
    #[inline(always)]
    pub fn residual(&self, sample: i32) -> i32 {
        (sample - self.predicted) * self.sign
    }

    /// The sample of a residual.
    #[inline(always)]
    pub fn sample(&self, residual: i32) -> i32 {
        self.predicted + residual * self.sign
    }

    /// The slots of the contexts, all of whose keys are below [`SLOTS`].
    #[inline(always)]
    pub fn slots(&self) -> [u16; CONTEXTS] {
        let keys = self.keys();
        std::array::from_fn(|context| (context * SLOTS + keys[context] % SLOTS) as u16)
    }

    /// The weight sets and the maps.
    #[inline(always)]
    pub fn chosen(&self) -> Chosen {
        let level = self.neighbourhood.level;
        let sets = [level, LEVELS + (self.texture >> 4) * 3 + self.fraction / 3];
        let apms = [level, LEVELS + self.fraction * 17 + self.nearest_error];
        Chosen { sets: sets.map(|set| set.min(WEIGHT_SETS - 1)), apms }
    }

    #[inline(always)]
    fn keys(&self) -> [usize; CONTEXTS] {
        let level = self.neighbourhood.level;
        let [median, nearest, corners, second, gradients, extremes, outer] = self.sample_keys();
        let [own, colocated, before, mean, sizes, energies] = self.error_keys();
        [
            level * 9 + self.fraction,
            median,
            nearest,
            corners,
            second,
            own,
            colocated,
            self.height * 13 + level / 2,
            before,
            gradients,
            self.texture * 13 + level / 2,
            mean,
            sizes,
            energies,
            extremes,
            outer,
        ]
    }

    #[inline(always)]
    fn sample_keys(&self) -> [usize; 7] {
        let [w, n, nw, ne, ww, nn, nne, _, nee, nww] = self.neighbourhood.samples;
        let (level, v) = (self.neighbourhood.level, |sample| self.quantise(sample));
        let median = w.max(n).min((w + n - nw).max(w.min(n)));
        let [highest, lowest] = [w.max(n).max(nw.max(ne)), w.min(n).min(nw.min(ne))];
        [
            level * 17 + v(median),
            join([level / 8, v(w), v(n)]),
            join([level / 6, v(ne), v(nw)]),
            join([level / 4, v(ww), v(nn)]),
            join([level / 6, v(w + ne - n), v(w + n - nw)]),
            join([level / 4, v(highest), v(lowest)]),
            join([v(nee) / 2, v(nww), v((nne + nn) / 2)]),
        ]
    }

    #[inline(always)]
    fn error_keys(&self) -> [usize; 6] {
        let Neighbourhood { errors, colocated, level, own_level, .. } = *self.neighbourhood;
        let [ew, en, enw, ene, eww, enn] = errors;
        let e = |error| self.quantise_error(error);
        let s = |one: i32, other: i32| self.quantise_size(one.unsigned_abs() + other.unsigned_abs());
        [
            join([level / 6, e(ew), e(en)]),
            join([level / 3, e(colocated[0] + (enw + ene) / 4), e(colocated[1])]),
            (self.nearest_error * LEVELS + level) * 9 + self.fraction,
            e((ew + en + ene + enw) / 2) * LEVELS + level,
            join([s(ew, eww), s(en, ene), s(enw, enn)]),
            join([own_level / 2, level / 2, e(ew + en)]),
        ]
    }

    /// A number of `[0, 16]` for where a sample stands to the prediction, in steps.
    #[inline(always)]
    fn quantise(&self, sample: i32) -> usize {
        quantise(((sample - self.predicted) * self.sign) >> self.neighbourhood.shift)
    }

    /// A number of `[0, 16]` for an error in quarters.
    #[inline(always)]
    fn quantise_error(&self, error: i32) -> usize {
        quantise((error * self.sign) >> (self.neighbourhood.shift + 2))
    }

    /// A number of `[0, 12]` for a sum of sizes of errors.
    #[inline(always)]
    fn quantise_size(&self, size: u32) -> usize {
        let shift = self.neighbourhood.shift as usize;
        (energy_level(2 * size) / 2).saturating_sub(3 * shift / 2).min(LEVELS / 2)
    }
}

/// Numbers below 17 as the digits of one.
#[inline(always)]
fn join(numbers: [usize; 3]) -> usize {
    numbers.iter().fold(0, |key, number| key * 17 + number)
}

/// A number of `[0, 16]` for a difference: its sign and the logarithm of its size.
#[inline(always)]
fn quantise(difference: i32) -> usize {
    const LIMIT: i32 = 64;
    const NUMBERS: [u8; 2 * LIMIT as usize] = {
        let starts = [0, 1, 2, 3, 5, 8, 13, 21, 36];
        let mut numbers = [0; 2 * LIMIT as usize];
        let (mut size, mut step) = (0, 0);
        while size < LIMIT as usize {
            if step < 8 && size >= starts[step + 1] {
                step += 1;
            }
            numbers[LIMIT as usize + size] = 8 + step as u8;
            numbers[LIMIT as usize - size] = 8 - step as u8;
            size += 1;
        }
        numbers
    };
    usize::from(NUMBERS[(difference.clamp(-LIMIT, LIMIT - 1) + LIMIT) as usize])
}
