//! What is around a pixel.

use super::table::hash;
use crate::planes::frame::{Frame, MARGIN};

/// Surroundings that pixels are remembered by, and those of a first plane's sample.
pub const ORDERS: usize = 8;
pub const INKS: usize = 3;

/// Numbers of the colours at W, N, NW, NE, WW, NN, NNE, NEE, NWW, NNW, WWW, NNN.
pub struct Near(pub [i32; 12]);

impl Near {
    pub fn new(numbers: &Frame, at: usize) -> Self {
        let near = |up, left| numbers.near(at, up, left);
        let straight = [near(0, 1), near(1, 0), near(1, 1), near(1, -1), near(0, 2), near(2, 0)];
        let [w, n, nw, ne, ww, nn] = straight;
        Self([w, n, nw, ne, ww, nn, near(2, -1), near(1, -2), near(1, 2), near(2, 1), near(0, 3), near(3, 0)])
    }

    /// What tables remember a pixel by: what is nearest, and what is around to the right and to the left.
    pub fn keys(&self, numbers: &Frame, at: usize) -> [u64; ORDERS] {
        let [w, n, nw, ne, ww, nn, nne, nee, nww, nnw, www, nnn] = self.0;
        let near = |up, left| numbers.near(at, up, left);
        [
            hash(&self.0),
            hash(&self.0[..6]),
            hash(&self.0[..4]),
            hash(&[w, ww, www]),
            hash(&[n, ne, nw, nn, nee]),
            hash(&[w, n]),
            hash(&[n, ne, nee, near(1, -3), nn, nne, near(2, -2), near(2, -3), nnn, near(3, -1), near(3, -2)]),
            hash(&[w, ww, www, n, nw, nww, near(1, 3), nnw, near(2, 2), near(2, 3), nn, near(3, 1)]),
        ]
    }

    /// The same where the first sample is known.
    pub fn ink_keys(&self, first: u16) -> [u64; INKS] {
        let (first, [w, n, ..]) = (first.into(), self.0);
        [hash(&[first, w, n]), hash(&[first, w]), hash(&[first])]
    }

    /// Which of these have a colour, the nearest one in the highest of twelve bits.
    pub fn same(&self, number: i32) -> i32 {
        self.0.iter().fold(0, |pattern, &near| pattern << 1 | i32::from(near == number))
    }

    /// Which of those nearest are alike.
    pub fn structure(&self) -> i32 {
        let [w, n, nw, ne, ww, nn, ..] = self.0;
        let pairs = [(w, n), (n, ne), (w, nw), (n, nw), (w, ww), (n, nn)];
        pairs.iter().fold(0, |pattern, (one, other)| pattern << 1 | i32::from(one == other))
    }
}

/// Which of all 24 that are up to three rows above and three columns beside have a colour.
pub fn wide(numbers: &Frame, at: usize, number: i32) -> i32 {
    const FAR: isize = MARGIN as isize;
    let above = (1..=FAR).flat_map(|up| (-FAR..=FAR).map(move |left| (up, left)));
    let places = (1..=FAR).map(|left| (0, left)).chain(above);
    places.fold(0, |pattern, (up, left)| pattern << 1 | i32::from(numbers.near(at, up, left) == number))
}
