//! The logistic function and its inverse, in integers: tables that the compiler computes, the same for every platform.

use wide::{i16x8, u16x8};

/// Steps of the logistic domain per natural unit.
const UNIT: u128 = 256;
/// Largest absolute value of the logistic domain, 12 natural units: beyond the smallest probability of 16 bits.
pub const MAX: i32 = 3071;
const SQUASHED: usize = 2 * MAX as usize + 1;
/// Probabilities per entry of the table of [`stretch`], as a shift: it shall fit a cache of the first level.
const COARSE: u32 = 2;
const STRETCHED: usize = 1 << (16 - COARSE);

static SQUASH: [u16; SQUASHED] = squash_table();
static STRETCH: [i16; STRETCHED] = stretch_table();

/// `2^16 / (1 + e^(-x / 256))`, in `[1, 2^16 - 1]`. `x` in `[-MAX, MAX]`.
#[inline(always)]
pub fn squash(x: i32) -> u32 {
    SQUASH[(x + MAX) as usize].into()
}

/// The inverse of [`squash`]: `256 ln(p / (1 - p))` of a probability of 16 bits, to the nearest four.
#[inline(always)]
pub fn stretch(probability: u32) -> i32 {
    STRETCH[((probability & 0xffff) >> COARSE) as usize].into()
}

/// [`stretch`] of eight probabilities of 15 bits.
#[inline(always)]
pub fn stretch_eight(probabilities: u16x8) -> i16x8 {
    let entries = (probabilities >> (COARSE - 1)) & u16x8::splat(STRETCHED as u16 - 1);
    i16x8::new(entries.to_array().map(|entry| STRETCH[usize::from(entry)]))
}

/// `e^(1/256)` by its series, with 60 fractional bits.
const fn step() -> u128 {
    const ONE: u128 = 1 << 60;
    let (mut sum, mut term, mut index) = (ONE, ONE, 1);
    while term > 0 {
        term /= UNIT * index;
        sum += term;
        index += 1;
    }
    sum
}

const fn squash_table() -> [u16; SQUASHED] {
    // `e^12` with 60 fractional bits has 78 bits, its product with the step 138: so the powers keep 40.
    let (one, step) = (1_u128 << 40, step());
    let mut power = one;
    let mut table = [0; SQUASHED];
    let mut x = 0;
    while x <= MAX as usize {
        let rounded = ((power << 17) / (power + one)).div_ceil(2);
        let above = if rounded > 65_535 { 65_535 } else { rounded as u32 };
        table[MAX as usize + x] = above as u16;
        table[MAX as usize - x] = (65_536 - above) as u16;
        power = (power * step) >> 60;
        x += 1;
    }
    table
}

const fn stretch_table() -> [i16; STRETCHED] {
    let squashed = squash_table();
    let mut table = [0; STRETCHED];
    let (mut index, mut x) = (0, 0);
    while index < STRETCHED {
        // The first x whose probability is not below the middle of the entry's.
        while x + 1 < SQUASHED && (squashed[x] as usize) < (index << COARSE) + (1 << COARSE) / 2 {
            x += 1;
        }
        table[index] = (x as i32 - MAX) as i16;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squash_is_the_logistic_function_to_the_last_bit_but_one() {
        for x in -MAX..=MAX {
            let exact = 65_536.0 / (1.0 + (-f64::from(x) / 256.0).exp());
            assert!((f64::from(squash(x)) - exact.clamp(1.0, 65_535.0)).abs() <= 1.0, "{x}");
            assert_eq!(squash(x) + squash(-x), 65_536);
        }
    }

    #[test]
    fn stretch_undoes_squash() {
        for probability in 2..65_534_u32 {
            let back = squash(stretch(probability));
            assert!(back.abs_diff(probability) <= 2 + ((probability * (65_536 - probability)) >> 16) / 256);
        }
    }
}
