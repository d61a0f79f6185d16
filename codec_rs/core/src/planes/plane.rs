//! One plane: each sample is predicted, and its difference to that coded in contexts of what its neighbours, and the
//! planes before, have to say about the prediction.

use super::frame::{Frame, MARGIN, Window};
use super::learnt::{BITS, LEVELS, Learnt, MEMORY, ROWS, SLOTS};
use super::least_squares::{FRACTION, LeastSquares};
use super::mixer::{CONTEXTS, Mixer};
use crate::mixing::Binary;
use crate::{Error, Result};

/// Octaves that mixed decisions tell apart, and those in which one tells the bit after the first.
const MIXED_OCTAVES: usize = 7;
const MIXED_BITS: usize = 3;

/// The decisions of a difference: is it in the octave asked for first or above, how far above, how far below, its sign,
/// and the bit after the first.
const FIRST: usize = 0;
const BELOW: usize = MIXED_OCTAVES - 1;
const SIGN: usize = BELOW + 5;
const SECOND_BIT: usize = SIGN;

/// What the coder knows of one plane, and has learnt of how to code it.
#[derive(Debug)]
pub struct Coder<'a> {
    before: usize,
    squares: LeastSquares,
    learnt: &'a mut Learnt,
}

/// A plane's samples and what predictions lacked, in quarters, in frames.
#[derive(Debug)]
pub struct Known {
    pub samples: Vec<Frame>,
    pub errors: Vec<Frame>,
}

impl<'a> Coder<'a> {
    /// For a plane of so many columns with at most two planes before it; [`Error::Limit`] if there is no memory.
    pub fn new(before: usize, columns: usize, learnt: &'a mut Learnt) -> Result<Self> {
        Ok(Self { before, squares: LeastSquares::new(columns)?, learnt })
    }

    /// Ends a row.
    pub fn finish_row(&mut self) {
        self.squares.finish_row();
    }

    /// Codes a sample of the plane, between `least` and `most`, and learns it. `target` is the
    /// sample if `coder` writes. [`Error::Format`] if no encoder wrote it.
    pub fn sample<B: Binary>(
        &mut self,
        coder: &mut B,
        known: &mut Known,
        (at, column): (usize, usize),
        [least, most]: [i32; 2],
        target: i32,
    ) -> Result<i32> {
        let last = self.before;
        let range = |predicted: i32| predicted.clamp(least << FRACTION, most << FRACTION);
        let around = Surroundings::new(known, last, at);
        let raw = range(self.squares.predict(&known.samples[..=last], at, column));
        // Cancels what predictions were off on average where it looked like this.
        let bias = around.above(raw >> FRACTION) * (LEVELS / 2) + around.level / 2;
        let [sum, count] = self.learnt.biases[bias];
        let predicted = range(raw + sum / (count + 2));

        let relative = Relative::new(&around, predicted, least, most);
        relative.ask(&mut self.learnt.mixer);
        let difference = self.difference(coder, &around, (target - relative.predicted) * relative.flip)?;
        self.learnt.mixer.keep();
        let sample = relative.predicted + difference * relative.flip;
        if !(least..=most).contains(&sample) {
            return Err(Error::Format(format!("a sample of {sample}: {least} to {most} expected")));
        }

        let [sum, count] = &mut self.learnt.biases[bias];
        (*sum, *count) = (*sum + (sample << FRACTION) - raw, *count + 1);
        if *count > MEMORY {
            (*sum, *count) = (*sum / 2, *count / 2);
        }
        known.errors[last].put(at, ((sample << FRACTION) - predicted) >> 2);
        known.samples[last].put(at, sample);
        self.squares.learn(column, sample, SCALES[around.level], around.shift);
        Ok(sample)
    }

    /// Codes a difference: the octave of its steps, their sign, their other bits, and the bits below a step.
    fn difference<B: Binary>(&mut self, coder: &mut B, around: &Surroundings, target: i32) -> Result<i32> {
        let Learnt { mixer, tails, .. } = &mut *self.learnt;
        let (shift, steps) = (around.shift as usize, target >> around.shift);
        let size = steps.unsigned_abs();
        let reaches = |octave: usize| size >> octave != 0;
        let start = usize::from(STARTS[around.level]);
        // Steps of 2^(octave - 1) and more, or none.
        let mut octave = start;
        if mixer.code(coder, FIRST, reaches(start))? {
            octave += 1;
            while octave < MIXED_OCTAVES && mixer.code(coder, octave, reaches(octave))? {
                octave += 1;
            }
            let most = BITS - shift;
            while (MIXED_OCTAVES..most).contains(&octave) && tails[BITS][octave].code(coder, reaches(octave))? {
                octave += 1;
            }
        } else {
            while octave > 0 && !mixer.code(coder, BELOW + octave, reaches(octave - 1))? {
                octave -= 1;
            }
        }
        let mut value = 0;
        if octave > 0 {
            let negative = mixer.code(coder, SIGN, steps < 0)?;
            value = 1;
            for bit in (0..octave - 1).rev() {
                let decision = size >> bit & 1 == 1;
                let one = match bit + 2 == octave && octave <= MIXED_BITS + 1 {
                    true => mixer.code(coder, SECOND_BIT + octave - 1, decision)?,
                    false => tails[octave - 1][bit].code(coder, decision)?,
                };
                value = value << 1 | i32::from(one);
            }
            value = if negative { -value } else { value };
        }
        for bit in (0..shift).rev() {
            let one = tails[BITS + 1][bit].code(coder, target >> bit & 1 == 1)?;
            value = value << 1 | i32::from(one);
        }
        Ok(value)
    }
}

/// What is around a sample, whatever is predicted.
struct Surroundings {
    /// W, N, NW, NE, WW, NN, NNE, NNW, NEE, NWW.
    near: [i32; 10],
    /// Of W, N, NW, NE, WW, NN.
    errors: [i32; 6],
    /// Of the two planes before here, 0 where there are none.
    before: [i32; 2],
    /// How far off predictions were nearby: in this plane; in all, in steps.
    own_level: usize,
    level: usize,
    shift: u32,
}

impl Surroundings {
    #[inline(always)]
    fn new<'f>(known: &'f Known, last: usize, at: usize) -> Self {
        let near = |rows: [&Window; 3], up: usize, left: isize| rows[up][MARGIN.wrapping_add_signed(-left)];
        let rows = |frame: &'f Frame| [frame.window(at, 0), frame.window(at, 1), frame.window(at, 2)];
        let (samples, errors) = (rows(&known.samples[last]), rows(&known.errors[last]));
        let s = |up, left| near(samples, up, left);
        let e = |up, left| near(errors, up, left);
        let [w, n, nw, ne, ww, nn] = [s(0, 1), s(1, 0), s(1, 1), s(1, -1), s(0, 2), s(2, 0)];
        let near = [w, n, nw, ne, ww, nn, s(2, -1), s(2, 1), s(1, -2), s(1, 2)];
        let [w, n, nw, ne, ww, nn] = [e(0, 1), e(1, 0), e(1, 1), e(1, -1), e(0, 2), e(2, 0)];
        let errors = [w, n, nw, ne, ww, nn];
        let own = 3 * (w.unsigned_abs() + n.unsigned_abs())
            + 2 * (nw.unsigned_abs() + ne.unsigned_abs())
            + ww.unsigned_abs()
            + nn.unsigned_abs()
            + e(1, -2).unsigned_abs();
        let (mut energy, mut before) = (own, [0; 2]);
        if last > 0 {
            let other = |up, left| known.errors[last - 1].near(at, up, left).unsigned_abs();
            before[0] = known.errors[last - 1].near(at, 0, 0);
            let straight = other(0, 1) + other(1, 0) + other(0, -1) + other(-1, 0);
            let diagonal = other(1, 1) + other(1, -1) + other(-1, 1) + other(-1, -1);
            let mut others = 4 * before[0].unsigned_abs() + 2 * straight + diagonal;
            if last > 1 {
                before[1] = known.errors[last - 2].near(at, 0, 0);
                others += 4 * before[1].unsigned_abs();
            }
            energy = (own + others) / 2;
        }
        let all = level(energy >> 1);
        let shift = if all < LEVELS { 0 } else { (all - LEVELS) / 3 + 1 };
        let own_level = level(own >> 1).saturating_sub(3 * shift).min(LEVELS - 1);
        Self { near, errors, before, own_level, level: all - 3 * shift, shift: shift as u32 }
    }

    /// Which of the six nearest are above a value.
    #[inline(always)]
    fn above(&self, value: i32) -> usize {
        self.near[..6].iter().fold(0, |pattern, &near| pattern << 1 | usize::from(near > value))
    }
}

/// What is around a sample, relative to its prediction; mirrored so that the prediction's fraction is not negative.
struct Relative<'a> {
    around: &'a Surroundings,
    predicted: i32,
    flip: i32,
    /// In sixteenths, at most 8.
    fraction: usize,
    /// Where the prediction is between the least and the most, of 128.
    height: usize,
}

impl<'a> Relative<'a> {
    #[inline(always)]
    fn new(around: &'a Surroundings, precise: i32, least: i32, most: i32) -> Self {
        let predicted = (precise + (1 << (FRACTION - 1))) >> FRACTION;
        let fraction = precise - (predicted << FRACTION);
        let depth = 32 - (most - least).leading_zeros();
        let height = ((predicted - least) >> depth.saturating_sub(7)) as usize;
        let flip = if fraction < 0 { -1 } else { 1 };
        Self { around, predicted, flip, fraction: fraction.unsigned_abs() as usize, height }
    }

    /// A number of `[0, 16]` for where a value stands to the prediction.
    #[inline(always)]
    fn value(&self, value: i32) -> usize {
        signed(((value - self.predicted) * self.flip) >> self.around.shift)
    }

    /// The same for an error.
    #[inline(always)]
    fn error(&self, error: i32) -> usize {
        signed((error * self.flip) >> (self.around.shift + 2))
    }

    #[inline(always)]
    fn size(&self, size: u32) -> usize {
        (level(2 * size) / 2).saturating_sub(3 * self.around.shift as usize / 2).min(LEVELS / 2)
    }

    #[inline(always)]
    fn ask(&self, mixer: &mut Mixer) {
        let Surroundings { near, errors, before, own_level, level, .. } = *self.around;
        let [w, n, nw, ne, ww, nn, nne, _, nee, nww] = near;
        let [ew, en, enw, ene, eww, enn] = errors;
        let v = |value| self.value(value);
        let e = |error| self.error(error);
        let s = |one: i32, other: i32| self.size(one.unsigned_abs() + other.unsigned_abs());
        let join = |numbers: [usize; 3]| numbers.iter().fold(0, |key, number| key * 17 + number);
        let median = w.max(n).min((w + n - nw).max(w.min(n)));
        let higher = near[..8]
            .iter()
            .fold(0, |pattern, &near| pattern << 1 | usize::from((near - self.predicted) * self.flip > 0));
        let [high, low] = [w.max(n).max(nw.max(ne)), w.min(n).min(nw.min(ne))];
        let other = if before == [0; 2] { ew + en } else { before[0] };
        let keys = [
            level * 9 + self.fraction,
            level * 17 + v(median),
            join([level / 8, v(w), v(n)]),
            join([level / 6, v(ne), v(nw)]),
            join([level / 4, v(ww), v(nn)]),
            join([level / 6, e(ew), e(en)]),
            join([level / 3, e(before[0] + (enw + ene) / 4), e(before[1])]),
            self.height * 13 + level / 2,
            (e(other) * LEVELS + level) * 9 + self.fraction,
            join([level / 6, v(w + ne - n), v(w + n - nw)]),
            higher * 13 + level / 2,
            e((ew + en + ene + enw) / 2) * LEVELS + level,
            join([s(ew, eww), s(en, ene), s(enw, enn)]),
            join([own_level / 2, level / 2, e(ew + en)]),
            join([level / 4, v(high), v(low)]),
            join([v(nee) / 2, v(nww), v((nne + nn) / 2)]),
        ];
        let mut slots = [0; CONTEXTS];
        for (context, (slot, key)) in slots.iter_mut().zip(keys).enumerate() {
            *slot = context * SLOTS + key % SLOTS;
        }
        let rows = [level, LEVELS + (higher >> 4) * 3 + self.fraction / 3];
        mixer.ask(slots, rows.map(|row| row.min(ROWS - 1)), [level, LEVELS + self.fraction * 17 + e(other)]);
    }
}

/// Of a sum of errors: three levels per octave.
#[inline(always)]
fn level(energy: u32) -> usize {
    let energy = u64::from(energy) + 4;
    let log = energy.ilog2();
    let third = (energy << 2 >> log & 3) * 3 / 4;
    3 * log as usize + third as usize - 6
}

/// By level: the reciprocal of how far off predictions are, 8 bits of fraction.
static SCALES: [i16; LEVELS] = {
    let mut scales = [0; LEVELS];
    let mut level = 0;
    while level < LEVELS {
        scales[level] = ([1024, 812, 645][level % 3] * 4) >> (level / 3);
        level += 1;
    }
    scales
};

/// By level: the octave that is asked for first, so that the answer is open.
static STARTS: [u8; LEVELS] = {
    let mut starts = [0; LEVELS];
    let firsts = [10, 14, 17, 20];
    let mut level = 0;
    while level < LEVELS {
        let mut start = 0;
        while start < firsts.len() && level >= firsts[start] {
            start += 1;
        }
        starts[level] = start as u8;
        level += 1;
    }
    starts
};

/// A number of `[0, 16]` for a difference: its sign and the logarithm of its size.
#[inline(always)]
fn signed(value: i32) -> usize {
    const MOST: i32 = 64;
    const STEPS: [u8; 2 * MOST as usize] = {
        let firsts = [0, 1, 2, 3, 5, 8, 13, 21, 36];
        let mut steps = [0; 2 * MOST as usize];
        let (mut size, mut step) = (0, 0);
        while size < MOST as usize {
            if step < 8 && size >= firsts[step + 1] {
                step += 1;
            }
            steps[MOST as usize + size] = 8 + step as u8;
            steps[MOST as usize - size] = 8 - step as u8;
            size += 1;
        }
        steps
    };
    usize::from(STEPS[(value.clamp(-MOST, MOST - 1) + MOST) as usize])
}
