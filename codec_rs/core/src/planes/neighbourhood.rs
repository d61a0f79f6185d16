//! What is around a sample: the samples and prediction errors that are coded already.
//!
//! Neighbours bear the names of the compass: `w` is the sample to the left, `n` the one above, `nw`, `ne`, `ww`, `nn`,
//! `nne`, `nnw`, `nee`, `nww` those farther away. As in CALIC (Wu and Memon 1997), the error energy, a weighted sum of
//! the errors nearby, tells how far off the prediction may be, and the texture which neighbours exceed it. The planes
//! before are known on all sides of the sample, and their errors take part in the energy, as in inter-band CALIC (Wu
//! and Memon 2000).

use super::coded::CodedPlanes;
use super::frame::{Frame, MARGIN, Window};

/// Levels of the error energy; where it is larger, errors are measured in steps of 2^shift.
pub const LEVELS: usize = 24;

/// What is around a sample, whatever is predicted.
#[derive(Debug)]
pub struct Neighbourhood {
    /// W, N, NW, NE, WW, NN, NNE, NNW, NEE, NWW.
    pub samples: [i32; 10],
    /// The errors of W, N, NW, NE, WW, NN, in quarters.
    pub errors: [i32; 6],
    /// The errors of the one and of two planes before at the sample's own place, 0 where there are none.
    pub colocated: [i32; 2],
    /// The level of the energy of all planes, in steps.
    pub level: usize,
    /// The level of the energy of this plane alone, in steps.
    pub own_level: usize,
    pub shift: u32,
}

impl Neighbourhood {
    /// Of a position in the plane that has `index` planes before it.
    #[inline(always)]
    pub fn new(coded: &CodedPlanes, index: usize, at: usize) -> Self {
        let (samples, errors) = (Rows::new(&coded.samples[index], at), Rows::new(&coded.errors[index], at));
        let before = &coded.errors[..index];
        let colocated = [1, 2].map(|back| if back > index { 0 } else { before[index - back].near(at, 0, 0) });
        let own = errors.energy();
        let energy = match before {
            [] => own,
            [.., last] => (own + energy_around(last, at) + 4 * sum_of_sizes(colocated)) / 2,
        };
        let level = energy_level(energy >> 1);
        let shift = if level < LEVELS { 0 } else { (level - LEVELS) / 3 + 1 };
        Self {
            samples: samples.ten(),
            errors: errors.six(),
            colocated,
            level: level - 3 * shift,
            own_level: energy_level(own >> 1).saturating_sub(3 * shift).min(LEVELS - 1),
            shift: shift as u32,
        }
    }

    /// The context of a prediction's bias: CALIC's texture, which of the six nearest exceed it, and half the level.
    #[inline(always)]
    pub fn bias_context(&self, predicted: i32) -> usize {
        let texture = self.samples[..6].iter().fold(0, |bits, &sample| bits << 1 | usize::from(sample > predicted));
        texture * (LEVELS / 2) + self.level / 2
    }
}

/// The row of a position and the two above it.
#[derive(Clone, Copy)]
struct Rows<'f>([&'f Window; 3]);

impl<'f> Rows<'f> {
    #[inline(always)]
    fn new(frame: &'f Frame, at: usize) -> Self {
        Self([frame.window(at, 0), frame.window(at, 1), frame.window(at, 2)])
    }

    #[inline(always)]
    fn near(self, up: usize, left: isize) -> i32 {
        self.0[up][MARGIN.wrapping_add_signed(-left)]
    }

    /// W, N, NW, NE, WW, NN.
    #[inline(always)]
    fn six(self) -> [i32; 6] {
        [self.near(0, 1), self.near(1, 0), self.near(1, 1), self.near(1, -1), self.near(0, 2), self.near(2, 0)]
    }

    /// The same, and NNE, NNW, NEE, NWW.
    #[inline(always)]
    fn ten(self) -> [i32; 10] {
        let [w, n, nw, ne, ww, nn] = self.six();
        [w, n, nw, ne, ww, nn, self.near(2, -1), self.near(2, 1), self.near(1, -2), self.near(1, 2)]
    }

    /// The energy of errors, the nearest of which count most.
    #[inline(always)]
    fn energy(self) -> u32 {
        let [w, n, nw, ne, ww, nn] = self.six();
        3 * sum_of_sizes([w, n]) + 2 * sum_of_sizes([nw, ne]) + sum_of_sizes([ww, nn, self.near(1, -2)])
    }
}

/// The energy of a plane's errors on all eight sides of a position.
#[inline(always)]
fn energy_around(errors: &Frame, at: usize) -> u32 {
    let sizes = |places: [(isize, isize); 4]| sum_of_sizes(places.map(|(up, left)| errors.near(at, up, left)));
    2 * sizes([(0, 1), (1, 0), (0, -1), (-1, 0)]) + sizes([(1, 1), (1, -1), (-1, 1), (-1, -1)])
}

#[inline(always)]
fn sum_of_sizes<const N: usize>(errors: [i32; N]) -> u32 {
    errors.iter().map(|error| error.unsigned_abs()).sum()
}

/// The logarithm of an energy: three levels per octave.
#[inline(always)]
pub fn energy_level(energy: u32) -> usize {
    let energy = u64::from(energy) + 4;
    let log = energy.ilog2();
    let third = (energy << 2 >> log & 3) * 3 / 4;
    3 * log as usize + third as usize - 6
}
