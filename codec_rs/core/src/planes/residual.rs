//! A residual as binary decisions, in an order in which each is worth asking.
//!
//! A residual is a number of steps of 2^shift and `shift` bits below these. The number of steps is coded as an Elias
//! gamma code is made: its exponent, the number of bits of its size, in unary; its sign; and the mantissa, the bits
//! below the first one. The unary code starts at the exponent that is as likely to be too large as too small at this
//! level of the error energy, and goes up or down from there. Decisions that contexts can tell something of are mixed
//! (`super::mixer`); the lower bits of the mantissa, the largest exponents and the bits below a step have a counter
//! each, the tails.

use super::adaptive::AdaptiveState;
use super::neighbourhood::{LEVELS, Neighbourhood};
use super::tails::BITS;
use crate::Result;
use crate::mixing::Binary;

/// Exponents that mixed decisions tell apart, and those whose mantissa's first bit is mixed.
const MIXED_EXPONENTS: usize = 7;
const MIXED_MANTISSAS: usize = 3;

/// The mixed decisions: is the exponent above the one asked for first; is it above that number; is it not below it; the
/// sign; the first bit of a mantissa.
const FIRST: usize = 0;
const BELOW: usize = MIXED_EXPONENTS - 1;
const SIGN: usize = BELOW + 5;
const MANTISSA: usize = SIGN;

/// What an encoder tells of a number of steps: its size, of which a decoder knows nothing yet.
#[derive(Clone, Copy)]
struct Size(u32);

impl Size {
    /// Whether it has more bits than that.
    #[inline(always)]
    fn exceeds(self, exponent: usize) -> bool {
        self.0 >> exponent != 0
    }

    #[inline(always)]
    fn bit(self, bit: usize) -> bool {
        self.0 >> bit & 1 == 1
    }
}

impl AdaptiveState {
    /// Codes the residual of the sample that the mixer's contexts were selected for.
    #[inline(always)]
    pub fn code_residual<B: Binary>(
        &mut self,
        coder: &mut B,
        &Neighbourhood { level, shift, .. }: &Neighbourhood,
        target: i32,
    ) -> Result<i32> {
        let (shift, steps) = (shift as usize, target >> shift);
        let size = Size(steps.unsigned_abs());
        let exponent = self.code_exponent(coder, level, BITS - shift, size)?;
        let mut residual = 0;
        if exponent > 0 {
            let negative = self.mixer.code(coder, SIGN, steps < 0)?;
            residual = self.code_mantissa(coder, exponent, size)?;
            residual = if negative { -residual } else { residual };
        }
        self.mixer.store();
        for bit in (0..shift).rev() {
            let one = self.tails.fractions[bit].code(coder, target >> bit & 1 == 1)?;
            residual = residual << 1 | i32::from(one);
        }
        Ok(residual)
    }

    /// Codes the exponent of a number of at most `bits` bits.
    #[inline(always)]
    fn code_exponent<B: Binary>(&mut self, coder: &mut B, level: usize, bits: usize, size: Size) -> Result<usize> {
        let first = usize::from(FIRST_EXPONENTS[level]);
        match self.mixer.code(coder, FIRST, size.exceeds(first))? {
            true => self.code_larger(coder, first + 1, bits, size),
            false => self.code_smaller(coder, first, size),
        }
    }

    /// Codes an exponent of at least so much.
    #[inline(always)]
    fn code_larger<B: Binary>(&mut self, coder: &mut B, least: usize, bits: usize, size: Size) -> Result<usize> {
        let mut exponent = least;
        while exponent < MIXED_EXPONENTS && self.mixer.code(coder, exponent, size.exceeds(exponent))? {
            exponent += 1;
        }
        let tails = &mut self.tails.exponents;
        while (MIXED_EXPONENTS..bits).contains(&exponent) && tails[exponent].code(coder, size.exceeds(exponent))? {
            exponent += 1;
        }
        Ok(exponent)
    }

    /// Codes an exponent of at most so much.
    #[inline(always)]
    fn code_smaller<B: Binary>(&mut self, coder: &mut B, most: usize, size: Size) -> Result<usize> {
        let mut exponent = most;
        while exponent > 0 && !self.mixer.code(coder, BELOW + exponent, size.exceeds(exponent - 1))? {
            exponent -= 1;
        }
        Ok(exponent)
    }

    /// Codes the bits of a number below its first one, and gives the number.
    #[inline(always)]
    fn code_mantissa<B: Binary>(&mut self, coder: &mut B, exponent: usize, size: Size) -> Result<i32> {
        let mut number = 1;
        for bit in (0..exponent - 1).rev() {
            let is_mixed = bit + 2 == exponent && exponent <= MIXED_MANTISSAS + 1;
            let one = match is_mixed {
                true => self.mixer.code(coder, MANTISSA + exponent - 1, size.bit(bit))?,
                false => self.tails.mantissas[exponent - 1][bit].code(coder, size.bit(bit))?,
            };
            number = number << 1 | i32::from(one);
        }
        Ok(number)
    }
}

/// By level of the error energy: the exponent that is asked for first.
static FIRST_EXPONENTS: [u8; LEVELS] = {
    let mut exponents = [0; LEVELS];
    let starts = [10, 14, 17, 20];
    let mut level = 0;
    while level < LEVELS {
        let mut exponent = 0;
        while exponent < starts.len() && level >= starts[exponent] {
            exponent += 1;
        }
        exponents[level] = exponent as u8;
        level += 1;
    }
    exponents
};
