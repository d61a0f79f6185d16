//! The engine on pixels: bits per pixel of MNIST's test digits after one pass over its training digits.
//!
//! `cargo run --release -p latentcodec-core --example digits -- TRAIN TEST [BITS]`, with the unpacked IDX files of the
//! pictures; 2^BITS slots for each context, 12 unless told. Test digits are coded in blocks of 64, each from the trained
//! state.

use latentcodec_core::Result;
use latentcodec_core::mixing::{Binary, Engine, Listener, Place};
use latentcodec_core::range_coder::RangeEncoder;

const CONTEXTS: usize = 16;
const SIDE: usize = 28;
/// Zeros above and on both sides, so that no neighbour needs a test.
const MARGIN: usize = 3;
const WIDTH: usize = SIDE + 2 * MARGIN;
/// Values from here on are saturated: one decision apart from the others.
const SATURATED: u32 = 253;
/// Bytes that a block adds to a pack: index and checksum.
const OVERHEAD: usize = 6;
/// Rows of weights for each of three stages: by the levels of four neighbours, by the place in a grid of 7 x 7.
const ROWS: [usize; 2] = [81, 49];

fn three_levels(value: u32) -> u32 {
    u32::from(value > 0) + u32::from(value >= SATURATED)
}

fn five_levels(value: u32) -> u32 {
    three_levels(value) + u32::from(value >= 64) + u32::from(value >= 192)
}

/// The contexts of the pixel at `at`, and the number of its neighbourhood among 81.
fn contexts(frame: &[u32], at: usize, row: u32, column: u32) -> ([u32; CONTEXTS], usize) {
    let pixel = |up: usize, left: isize| frame[(at - up * WIDTH).wrapping_add_signed(-left)];
    let [w, ww, www] = [1, 2, 3].map(|left| pixel(0, left));
    let [nww, nw, n, ne, nee] = [2, 1, 0, -1, -2].map(|left| pixel(1, left));
    let [nnww, nnw, nn, nne, nnee] = [2, 1, 0, -1, -2].map(|left| pixel(2, left));
    let gradient = (w + n).saturating_sub(nw).min(255);
    let ink = [w, n, nw, ne, ww, nn, nne, nnw, nee, www, nww, nnee, nnww, pixel(3, 0)];
    let ink = ink.iter().fold(0, |pattern, &value| pattern << 1 | u32::from(value > 127));
    let shades = [w, n, nw, ne, ww, nn, nne, nnw, nee, nww];
    let shades = shades.iter().fold(0, |pattern, &value| pattern * 3 + three_levels(value));
    let above = (-3..=3).map(|left| u32::from(pixel(1, left) > 0) + u32::from(pixel(2, left) > 0)).sum::<u32>();
    let written = (0..column as usize).map(|left| u32::from(frame[at - 1 - left] > 0)).sum::<u32>();
    let levels = |values: &[u32]| values.iter().fold(0, |number, &value| number * 5 + five_levels(value));
    let eighths = |values: &[u32]| values.iter().fold(0, |number, &value| number << 3 | value >> 5);
    let keys = [
        row * 28 + column,
        levels(&[nee, w, n, nw, ne]),
        levels(&[ne, w, ww, n, nn]),
        ink,
        shades,
        w << 4 | n >> 4,
        n << 4 | w >> 4,
        (gradient >> 2) << 3 | ne >> 5,
        ((w + ne) >> 4) << 5 | n.abs_diff(nw) >> 3,
        row * 125 + levels(&[w, n, ne]),
        column * 125 + levels(&[w, n, nw]),
        ne << 4 | n >> 4,
        eighths(&[w, nw, n, ne]),
        eighths(&[nn, ww, w, n]),
        (written.min(15) * 5 + five_levels(w)) * 15 + above,
        (above << 4 | w >> 4) << 4 | n >> 4,
    ];
    let neighbourhood = [w, n, nw, ne].iter().fold(0, |number, &value| number * 3 + three_levels(value));
    (keys, neighbourhood as usize)
}

/// A slot for a key, of `2^bits`.
fn hash(key: u32, bits: u32) -> usize {
    let mixed = (key + 1).wrapping_mul(0x9e37_79b1) ^ (key >> 7).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d);
    (mixed >> (32 - bits)) as usize
}

/// Four bits, the highest first.
fn nibble<B: Binary>(engine: &mut Engine<CONTEXTS>, coder: &mut B, place: &Place<CONTEXTS>, value: u32) -> Result<u32> {
    let mut node = 1;
    for bit in (0..4).rev() {
        node = node << 1 | usize::from(engine.code(coder, place, node, value >> bit & 1 == 1)?);
    }
    Ok(node as u32 & 15)
}

/// Codes one digit: is a pixel 0, is it 253 or more and which, else its two nibbles.
fn code<B: Binary>(engine: &mut Engine<CONTEXTS>, bits: u32, coder: &mut B, digit: &mut [u8]) -> Result<()> {
    let mut frame = [0; WIDTH * (SIDE + MARGIN)];
    for (index, pixel) in digit.iter_mut().enumerate() {
        let (row, column) = (index / SIDE, index % SIDE);
        let at = (row + MARGIN) * WIDTH + column + MARGIN;
        let (keys, neighbourhood) = contexts(&frame, at, row as u32, column as u32);
        let cell = row / 4 * 7 + column / 4;
        // Stage 0: which kind of pixel; 1: the upper nibble; 2 and above: the lower one, after each upper one.
        let place = |stage: u32| {
            let slot =
                |context: usize| (context << bits) + hash(keys[context].wrapping_mul(19).wrapping_add(stage), bits);
            let rows = stage.min(2) as usize;
            Place {
                slots: std::array::from_fn(slot),
                rows: [rows * ROWS[0] + neighbourhood, 3 * ROWS[0] + rows * ROWS[1] + cell],
            }
        };
        let (kind, wanted) = (place(0), u32::from(*pixel));
        let mut value = 0;
        if engine.code(coder, &kind, 0, wanted > 0)? {
            if engine.code(coder, &kind, 1, wanted >= SATURATED)? {
                value = SATURATED;
                while value < 255 && engine.code(coder, &kind, 2 + (value - SATURATED) as usize, wanted > value)? {
                    value += 1;
                }
            } else {
                let upper = nibble(engine, coder, &place(1), wanted >> 4)?;
                value = upper << 4 | nibble(engine, coder, &place(2 + upper), wanted)?;
            }
        }
        *pixel = value as u8;
        frame[at] = value;
    }
    Ok(())
}

/// The digits of an IDX file.
fn load(path: &str) -> Vec<u8> {
    std::fs::read(path).expect("an IDX file of 28 x 28 pictures").split_off(16)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [training, test] = [0, 1].map(|index| load(&arguments[index]));
    let bits = arguments.get(2).map_or(12, |bits| bits.parse().expect("BITS is a number"));
    let mut engine = Engine::new(CONTEXTS << bits, 3 * (ROWS[0] + ROWS[1]));
    for digit in training.chunks_exact(SIDE * SIDE) {
        code(&mut engine, bits, &mut Listener, &mut digit.to_vec())?;
    }
    let mut snapshot = Vec::new();
    engine.write(&mut snapshot);
    let mut bytes = 0;
    for block in test.chunks(64 * SIDE * SIDE) {
        let (mut engine, mut encoder) = (engine.clone(), RangeEncoder::new());
        for digit in block.chunks_exact(SIDE * SIDE) {
            code(&mut engine, bits, &mut encoder, &mut digit.to_vec())?;
        }
        bytes += encoder.finish().len() + OVERHEAD;
    }
    let rate = 8.0 * bytes as f64 / test.len() as f64;
    println!("{rate:.4} bits per pixel, a state of {:.1} MB", snapshot.len() as f64 / 1e6);
    Ok(())
}
