//! The support of a prediction: the neighbours that it weighs, in the plane of the sample and in those before it, as
//! differences to the mean of the nearest four in their plane.
//!
//! In a plane before, which is known on all sides, the sample's own place and what is to its right and below take part.

use super::frame::{Frame, MARGIN, Window};

/// Neighbours that a prediction weighs.
pub const ORDER: usize = 20;

/// The mean around a position in the last of some planes, and the differences of the support.
#[inline(always)]
pub fn differences(planes: &[Frame], at: usize) -> (i32, [i32; ORDER]) {
    match planes {
        [plane] => alone(Centred::new(plane, at, 0)),
        [first, plane] => after_one(Centred::new(plane, at, 0), Centred::new(first, at, -1)),
        [first, second, plane, ..] => {
            after_two(Centred::new(plane, at, 0), Centred::new(second, at, -1), Centred::new(first, at, -1))
        }
        [] => (0, [0; ORDER]),
    }
}

#[inline(always)]
#[rustfmt::skip]
fn alone(a: Centred<'_>) -> (i32, [i32; ORDER]) {
    (a.mean, [
        a.near(0, 1), a.near(1, 0), a.near(1, 1), a.near(1, -1), a.near(0, 2), a.near(2, 0), a.near(1, -2),
        a.near(2, -1), a.near(1, 2), a.near(2, 1), a.near(2, -2), a.near(2, 2), a.near(0, 3), a.near(3, 0),
        a.near(1, -3), a.near(1, 3), a.near(3, 1), a.near(3, -1), a.near(2, 3), a.near(2, -3),
    ])
}

#[inline(always)]
#[rustfmt::skip]
fn after_one(a: Centred<'_>, b: Centred<'_>) -> (i32, [i32; ORDER]) {
    (a.mean, [
        a.near(0, 1), a.near(1, 0), a.near(1, 1), a.near(1, -1), a.near(0, 2), a.near(2, 0), a.near(1, -2),
        a.near(2, -1), a.near(1, 2), a.near(2, 1),
        b.near(0, 0), b.near(0, 1), b.near(1, 0), b.near(1, 1), b.near(1, -1), b.near(0, -1), b.near(-1, 0),
        b.near(-1, -1), b.near(-1, 1), b.near(0, 2),
    ])
}

#[inline(always)]
#[rustfmt::skip]
fn after_two(a: Centred<'_>, b: Centred<'_>, c: Centred<'_>) -> (i32, [i32; ORDER]) {
    (a.mean, [
        a.near(0, 1), a.near(1, 0), a.near(1, 1), a.near(1, -1), a.near(0, 2), a.near(2, 0), a.near(1, -2),
        b.near(0, 0), b.near(0, 1), b.near(1, 0), b.near(1, 1), b.near(1, -1), b.near(0, -1), b.near(-1, 0),
        c.near(0, 0), c.near(0, 1), c.near(1, 0), c.near(1, -1), c.near(0, -1), c.near(-1, 0),
    ])
}

/// Four rows of a plane around a position, and the mean of its W, N, NW and NE.
#[derive(Clone, Copy)]
struct Centred<'a> {
    /// How far the lowest row is above the position: 0, or -1, one below.
    lowest: isize,
    rows: [&'a Window; 4],
    mean: i32,
}

impl<'a> Centred<'a> {
    #[inline(always)]
    fn new(plane: &'a Frame, at: usize, lowest: isize) -> Self {
        let row = |up: isize| plane.window(at, lowest + up);
        let centred = Self { lowest, rows: [row(0), row(1), row(2), row(3)], mean: 0 };
        let [w, n, nw, ne] = [centred.near(0, 1), centred.near(1, 0), centred.near(1, 1), centred.near(1, -1)];
        Self { mean: (w + n + nw + ne) >> 2, ..centred }
    }

    /// The difference of a neighbour to the mean.
    #[inline(always)]
    fn near(&self, up: isize, left: isize) -> i32 {
        self.rows[(up - self.lowest) as usize][MARGIN.wrapping_add_signed(-left)] - self.mean
    }
}
