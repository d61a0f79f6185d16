//! The pixels around one: indices of their colours, named by the compass.

use wide::i32x8;

use super::run_table::hash;
use crate::planes::frame::{Frame, MARGIN, Window};

/// Contexts that whole pixels are looked up by, and those in which a pixel's first sample is known.
pub const ORDERS: usize = 8;
pub const COMPLETIONS: usize = 3;

/// What is around a pixel.
pub struct Neighbours {
    /// W, N, NW, NE, WW, NN, NNE, NEE, NWW, NNW, WWW, NNN.
    pub twelve: [i32; 12],
    /// This row and the three above, from three to the left on.
    rows: [Window; 4],
    /// Which candidate was right at W, N, NE, NW and WW.
    pub ranks: [i32; 5],
    /// Which of the nearest have the colour of the one beside them.
    pub structure: i32,
}

impl Neighbours {
    /// Of a position in frames of colours and of ranks.
    pub fn new(colours: &Frame, ranks: &Frame, at: usize) -> Self {
        let rows = [0, 1, 2, 3].map(|up| *colours.window(at, up));
        let places =
            [(0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0), (2, -1), (1, -2), (1, 2), (2, 1), (0, 3), (3, 0)];
        let ranks = [(0, 1), (1, 0), (1, -1), (1, 1), (0, 2)].map(|(up, left)| ranks.near(at, up, left));
        let twelve = places.map(|(up, left)| near(&rows, up, left));
        let [w, n, nw, ne, ww, nn, ..] = twelve;
        let pairs = [(w, n), (n, ne), (w, nw), (n, nw), (w, ww), (n, nn)];
        let structure = pairs.iter().fold(0, |bits, (one, other)| bits << 1 | i32::from(one == other));
        Self { twelve, rows, ranks, structure }
    }

    /// Hashes of the contexts of a pixel: the nearest pixels, and more to the right and to the left.
    pub fn keys(&self) -> [u64; ORDERS] {
        let [w, n, nw, ne, ww, nn, nne, nee, nww, nnw, www, nnn] = self.twelve;
        let far = |up, left| near(&self.rows, up, left);
        [
            hash(&self.twelve),
            hash(&self.twelve[..6]),
            hash(&self.twelve[..4]),
            hash(&[w, ww, www]),
            hash(&[n, ne, nw, nn, nee]),
            hash(&[w, n]),
            hash(&[n, ne, nee, far(1, -3), nn, nne, far(2, -2), far(2, -3), nnn, far(3, -1), far(3, -2)]),
            hash(&[w, ww, www, n, nw, nww, far(1, 3), nnw, far(2, 2), far(2, 3), nn, far(3, 1)]),
        ]
    }

    /// The same where the first sample is known.
    pub fn completion_keys(&self, first: u16) -> [u64; COMPLETIONS] {
        let (first, [w, n, ..]) = (first.into(), self.twelve);
        [hash(&[first, w, n]), hash(&[first, w]), hash(&[first])]
    }

    /// Which of the twelve have a colour, the nearest one in the highest of twelve bits.
    #[inline(always)]
    pub fn pattern(&self, colour: i32) -> i32 {
        let [w, n, nw, ne, ww, nn, nne, nee, nww, nnw, www, nnn] = self.twelve;
        which([nnn, www, nnw, nww, nee, nne, nn, ww], colour) | which([ne, nw, n, w, -1, -1, -1, -1], colour) << 8
    }

    /// Which of all 24 up to three rows above and three columns beside have a colour: the nearest row in the highest
    /// bits, and in a row the rightmost.
    #[inline(always)]
    pub fn wide_pattern(&self, colour: i32) -> i32 {
        let [left, rows @ ..] = self.rows.map(|row| which(row, colour));
        let above = rows.iter().fold(0, |bits, row| bits << 7 | row & 0x7f);
        (left & 7) << 21 | above
    }
}

/// Which of eight have a colour, the first one in the lowest bit.
#[inline(always)]
fn which(colours: [i32; 8], colour: i32) -> i32 {
    i32x8::new(colours).simd_eq(i32x8::splat(colour)).to_bitmask() as i32
}

fn near(rows: &[Window; 4], up: usize, left: isize) -> i32 {
    rows[up][MARGIN.wrapping_add_signed(-left)]
}
