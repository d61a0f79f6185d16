//! A residual as binary decisions: is it zero, is it negative, is it larger than 1, than 2, ... than 14, and what is
//! left as an Exp-Golomb code.

use super::layout::{Channel, INPUTS};
use crate::Result;
use crate::mixing::{Binary, Counter, Engine, NODES, Place};

/// The node that decides whether a residual is zero, and the sign's; node `m` decides if its size exceeds `m - 1`.
const SOME: usize = 0;
const SIGN: usize = 1;
/// Sizes from here on are escaped.
const ESCAPE: u32 = NODES as u32 - 1;
/// Doublings of an escaped size: a difference of two `i16` has 17 bits.
pub const DOUBLINGS: usize = 17;

/// Codes a residual. `some`: that it is not zero is known already.
#[inline(always)]
pub fn code<B: Binary>(
    engine: &mut Engine<INPUTS>,
    escapes: &mut [Counter; DOUBLINGS],
    coder: &mut B,
    (contexts, place): (&Channel, &Place<INPUTS>),
    residual: i32,
    some: bool,
) -> Result<i32> {
    match some || engine.code(coder, place, SOME, residual != 0)? {
        true => code_nonzero(engine, escapes, coder, (contexts, place), residual),
        false => Ok(0),
    }
}

/// About how many bits [`code`] would write for a residual, of which a large one's last are left out; `skip`: the flag
/// that says whether it is zero, where that is not the engine's to say.
pub fn bits(
    engine: &Engine<INPUTS>,
    (contexts, place): (&Channel, &Place<INPUTS>),
    residual: i32,
    skip: Option<Counter>,
) -> f64 {
    let some = skip.map_or_else(|| engine.bits(place, SOME, residual != 0), |flag| flag.bits(residual != 0));
    let sign = || engine.bits(place, SIGN, residual < 0);
    let sized = if residual < 0 { contexts.of_negative(place) } else { *place };
    let bits = |node: usize, bit: bool| engine.bits(&sized, node, bit);
    let size = residual.unsigned_abs().min(ESCAPE) as usize;
    match size {
        0 => some,
        _ => {
            let larger: f64 = (1..size).map(|less| bits(less + 1, true)).sum();
            let last = if size < ESCAPE as usize { bits(size + 1, false) } else { 0.0 };
            some + sign() + larger + last
        }
    }
}

/// Codes a residual that is not zero.
#[inline(never)]
fn code_nonzero<B: Binary>(
    engine: &mut Engine<INPUTS>,
    escapes: &mut [Counter; DOUBLINGS],
    coder: &mut B,
    (contexts, place): (&Channel, &Place<INPUTS>),
    residual: i32,
) -> Result<i32> {
    let negative = engine.code(coder, place, SIGN, residual < 0)?;
    let place = if negative { &contexts.of_negative(place) } else { place };
    let target = residual.unsigned_abs();
    let mut size = 1;
    while size < ESCAPE && engine.code(coder, place, size as usize + 1, target > size)? {
        size += 1;
    }
    if size == ESCAPE {
        size += code_rest(escapes, coder, target.saturating_sub(ESCAPE))?;
    }
    Ok(if negative { -(size as i32) } else { size as i32 })
}

/// `rest + 1` as the number of its bits, unary, and the bits below the highest.
#[cold]
fn code_rest<B: Binary>(escapes: &mut [Counter; DOUBLINGS], coder: &mut B, rest: u32) -> Result<u32> {
    let mut bits = 0;
    while bits < DOUBLINGS && escapes[bits].code(coder, (rest + 1) >> (bits + 1) != 0)? {
        bits += 1;
    }
    let mut value = 1;
    for bit in (0..bits).rev() {
        value = value << 1 | u32::from(coder.code((rest + 1) >> bit & 1 == 1, 1 << 15)?);
    }
    Ok(value - 1)
}
