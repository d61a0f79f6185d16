//! The contexts of a difference to a prediction: what the pixels next to it, and the errors of their predictions, say
//! about it.
//!
//! Neighbours bear the names of the compass, as in papers on lossless coding: `w` is the pixel to the left, `n` the one
//! above, `nw`, `ne`, `ww`, `nn`, `nnw`, `nne`, `nww`, `nee` those farther away; `e` and such a name is the error of its
//! prediction.

use super::frame::Frame;
use super::least_squares::FRACTION;

/// Contexts of a difference.
pub const CONTEXTS: usize = 16;
/// Levels of the energy of errors, without the one for a pixel that is unlike the two values around it.
pub const LEVELS: usize = 24;
/// Rows of weights: by that level, by which neighbours exceed the prediction and by its fraction.
pub const ROWS: usize = LEVELS + 1 + 64;

/// The pixels next to a position.
#[derive(Debug, Clone, Copy)]
pub struct Neighbours {
    w: i32,
    ww: i32,
    nww: i32,
    nw: i32,
    n: i32,
    ne: i32,
    nee: i32,
    nnw: i32,
    nn: i32,
    nne: i32,
}

impl Neighbours {
    /// Those of a position in a frame.
    #[inline(always)]
    pub fn new(frame: &Frame, at: usize) -> Self {
        let pixel = |up, left| frame.pixel(at, up, left) as i32;
        let [w, ww] = [1, 2].map(|left| pixel(0, left));
        let [nww, nw, n, ne, nee] = [2, 1, 0, -1, -2].map(|left| pixel(1, left));
        let [nnw, nn, nne] = [1, 0, -1].map(|left| pixel(2, left));
        Self { w, ww, nww, nw, n, ne, nee, nnw, nn, nne }
    }

    /// CALIC's texture pattern: eight bits, which neighbours exceed a prediction; the upper six are of the nearest.
    #[inline(always)]
    pub fn texture(&self, prediction: i32) -> u32 {
        let &Self { w, n, nw, ne, ww, nn, nne, nnw, .. } = self;
        let neighbours = [w, n, nw, ne, ww, nn, nne, nnw];
        neighbours.iter().fold(0, |pattern, &value| pattern << 1 | u32::from(value > prediction))
    }

    /// The prediction of LOCO-I (MED; Weinberger, Seroussi, Sapiro 2000).
    #[inline(always)]
    fn median(&self) -> i32 {
        let &Self { w, n, nw, .. } = self;
        w.max(n).min((w + n - nw).max(w.min(n)))
    }

    /// The largest and the smallest of the four nearest.
    #[inline(always)]
    fn range(&self) -> [i32; 2] {
        let &Self { w, n, nw, ne, .. } = self;
        [w.max(n).max(nw.max(ne)), w.min(n).min(nw.min(ne))]
    }
}

/// The errors of the predictions next to a position, in quarters of a grey level.
#[derive(Debug, Clone, Copy)]
pub struct Errors {
    ew: i32,
    eww: i32,
    enw: i32,
    en: i32,
    ene: i32,
    enee: i32,
    enn: i32,
}

impl Errors {
    /// Those of a position, from all of a frame of this width.
    #[inline(always)]
    pub fn new(errors: &[i16], width: usize, at: usize) -> Self {
        let error = |up: usize, left: isize| i32::from(errors[(at - up * width).wrapping_add_signed(-left)]);
        let [ew, eww] = [1, 2].map(|left| error(0, left));
        let [enw, en, ene, enee] = [1, 0, -1, -2].map(|left| error(1, left));
        Self { ew, eww, enw, en, ene, enee, enn: error(2, 0) }
    }

    /// CALIC's error energy, in [`LEVELS`] levels, three per octave.
    #[inline(always)]
    pub fn level(&self) -> usize {
        let [w, ww, nw, n, ne, nee, nn] =
            [self.ew, self.eww, self.enw, self.en, self.ene, self.enee, self.enn].map(i32::abs);
        thirds((3 * (w + n) + 2 * (nw + ne) + ww + nn + nee) as u32 >> 1)
    }
}

/// The prediction of a pixel, with [`FRACTION`] fractional bits.
#[derive(Debug, Clone, Copy)]
pub struct Prediction {
    /// By least squares.
    pub raw: i32,
    /// The same, its bias cancelled.
    pub corrected: i32,
    /// The context that the bias is of.
    pub context: usize,
}

impl Prediction {
    /// In whole grey levels.
    #[inline(always)]
    pub fn rounded(self) -> i32 {
        (self.corrected + 8) >> FRACTION
    }

    /// What the rounding took.
    #[inline(always)]
    fn fraction(self) -> u32 {
        (self.corrected + 8) as u32 & 15
    }
}

/// The keys of the contexts of a difference to a prediction, and its rows of weights. `level` is that of the energy, or
/// [`LEVELS`] if the pixel is unlike the two values around it.
#[inline(always)]
pub fn contexts(
    near: &Neighbours,
    errors: &Errors,
    prediction: Prediction,
    level: usize,
) -> ([u32; CONTEXTS], [usize; 2]) {
    let texture = near.texture(prediction.rounded());
    let row = LEVELS + 1 + (texture >> 4) as usize * 4 + prediction.fraction() as usize / 4;
    (keys(near, errors, prediction, level as u32, texture), [level, row])
}

/// `q` and `e` quantise a difference to the prediction `p` and an error.
#[inline(always)]
fn keys(near: &Neighbours, errors: &Errors, prediction: Prediction, level: u32, texture: u32) -> [u32; CONTEXTS] {
    let &Neighbours { w, ww, nww, nw, n, ne, nee, nn, nne, .. } = near;
    let &Errors { ew, eww, enw, en, ene, enn, .. } = errors;
    let p = prediction.rounded();
    let q = |value: i32| signed(value - p);
    let e = |value: i32| signed(value >> 2);
    let [high, low] = near.range();
    [
        level * 16 + prediction.fraction(),
        level * 17 + q(near.median()),
        joined([q(w), q(n), level / 8]),
        joined([q(ne), q(nw), level / 6]),
        joined([q(ww), q(nn), level / 4]),
        joined([e(ew), e(en), level / 6]),
        joined([e(enw), e(ene), level / 3]),
        (p as u32 >> 1) * 13 + level / 2,
        joined([q(2 * w - ww), q(2 * n - nn), level / 6]),
        joined([q(w + ne - n), q(w + n - nw), level / 6]),
        texture * 13 + level / 2,
        joined([e((ew + en + ene + enw) / 2), level]),
        joined([coarse(ew, eww), coarse(en, ene), coarse(enw, enn)]),
        (p as u32 * 17 + q(w)) * 17 + q(n),
        joined([q(high), q(low), level / 4]),
        joined([q(nee), q(nww), q(nne)]),
    ]
}

/// One key of several numbers below 17.
#[inline(always)]
fn joined<const N: usize>(numbers: [u32; N]) -> u32 {
    numbers.iter().fold(0, |key: u32, &number| key * 17 + number)
}

/// The logarithm of an energy: three levels per octave.
#[inline(always)]
fn thirds(energy: u32) -> usize {
    let energy = energy + 4;
    let log = energy.ilog2();
    let third = (energy << 2 >> log & 3) * 3 / 4;
    ((3 * log + third) as usize - 6).min(LEVELS - 1)
}

/// The logarithm of the sum of two errors' sizes, in levels twice as coarse as an energy's.
#[inline(always)]
fn coarse(one: i32, other: i32) -> u32 {
    thirds((one.abs() + other.abs()) as u32 * 2) as u32 / 2
}

/// A number of `[0, 16]` for a difference: its sign and the logarithm of its size.
#[inline(always)]
fn signed(value: i32) -> u32 {
    const STEPS: [u8; 64] = {
        let first = [0, 1, 2, 3, 5, 8, 13, 21, 36];
        let mut steps = [0; 64];
        let (mut size, mut step) = (0, 0);
        while size < 64 {
            if step < 8 && size >= first[step + 1] {
                step += 1;
            }
            steps[size] = step as u8;
            size += 1;
        }
        steps
    };
    let step = u32::from(STEPS[value.unsigned_abs().min(63) as usize]);
    if value < 0 { 8 - step } else { 8 + step }
}
