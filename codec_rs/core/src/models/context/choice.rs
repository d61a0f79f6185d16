//! Rate-distortion optimised quantisation (Sullivan, Wiegand, "Rate-distortion optimization for video compression",
//! IEEE Signal Processing Magazine 1998, section on quantisation): the encoder takes the symbol next to one, nearer to
//! zero, where this saves more bits than its larger error is worth. What each would cost, the model itself knows.

use super::coding::{Plane, Position};
use super::forecast::Forecast;
use super::learner::Learner;
use super::residual;

/// Bits that a squared error of one step is worth; docs/study/notebook/photo-v3.md has what others give.
const WORTH: f64 = 32.0;
/// Symbols for which another would have to save as many bits or more stay: hardly one of them changes.
const DEAR: f64 = 16.0;

/// How many bits a symbol nearer to zero must save, by the remainder of the one that it stands for: `n` instead of
/// `n + r` has the squared error `r^2`, `n - 1` has `(r + 1)^2`.
fn price(remainder: i8) -> f64 {
    WORTH * (2.0 * f64::from(remainder) / 128.0 + 1.0)
}

impl Learner<'_> {
    /// The residual to code for one whose symbol has this remainder.
    #[inline(always)]
    pub(super) fn choice(
        &self,
        plane: &Plane,
        forecast: &Forecast,
        position: Position,
        residual: i32,
        remainder: i8,
    ) -> i32 {
        let towards_zero = -(position.centre + residual).signum();
        match towards_zero == 0 || price(remainder) >= DEAR {
            true => residual,
            false => self.cheaper(plane, forecast, position, [residual, residual + towards_zero], price(remainder)),
        }
    }

    /// The second of two residuals if it saves so many bits, else the first.
    #[inline(never)]
    fn cheaper(&self, plane: &Plane, forecast: &Forecast, position: Position, pair: [i32; 2], price: f64) -> i32 {
        let expected = forecast.expected(&plane.regression, position.at);
        let place = plane.place(forecast, position, expected);
        let skip = expected.skip_level().map(|level| self.skips[plane.contexts.skip(level)]);
        let [bits, others] =
            pair.map(|residual| residual::bits(&self.engine, (&plane.contexts, &place), residual, skip));
        if bits - others > price { pair[1] } else { pair[0] }
    }
}
