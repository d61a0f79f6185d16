//! x
use latentcodec_core::Result;
use latentcodec_core::mixing::{Binary, Hashed, cpu, Listener, Place};
use latentcodec_core::range_coder::RangeEncoder;

const CONTEXTS: usize = 16;
const SIDE: usize = 28;
const MARGIN: usize = 3;
const WIDTH: usize = SIDE + 2 * MARGIN;
const SATURATED: u32 = 253;
const OVERHEAD: usize = 6;
const ROWS: [usize; 2] = [81, 49];

fn three_levels(value: u32) -> u32 {
    u32::from(value > 0) + u32::from(value >= SATURATED)
}

fn five_levels(value: u32) -> u32 {
    three_levels(value) + u32::from(value >= 64) + u32::from(value >= 192)
}

struct Extent { top: u32, left: u32, right: u32 }

fn contexts(frame: &[u32], at: usize, row: u32, column: u32, extent: &Extent) -> ([u32; CONTEXTS], usize) {
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
    let drop = if extent.top == 99 { 21 } else { (row - extent.top).min(20) };
    let from = (column + 28).saturating_sub(if extent.top == 99 { 0 } else {extent.left});
    let _ = (above, written, extent.right);
    let keys = [
        (row * 28 + column) * 3 + three_levels(w),
        levels(&[nee, w, n, nw, ne]),
        levels(&[ne, w, ww, n, nn]),
        ink,
        shades,
        w << 8 | n,
        n << 4 | w >> 4,
        (gradient >> 2) << 3 | ne >> 5,
        ((w + ne) >> 4) << 5 | n.abs_diff(nw) >> 3,
        drop * 125 + levels(&[w, n, ne]),
        from * 125 + levels(&[w, n, nw]),
        ne << 4 | n >> 4,
        eighths(&[w, nw, n, ne]),
        eighths(&[nn, ww, w, n]),
        (written.min(15) * 5 + five_levels(w)) * 15 + above,
        (above << 4 | w >> 4) << 4 | n >> 4,
    ];
    let neighbourhood = [w, n, nw, ne].iter().fold(0, |number, &value| number * 3 + three_levels(value));
    (keys, neighbourhood as usize)
}

fn nibble<B: Binary>(engine: &mut Hashed<CONTEXTS>, coder: &mut B, place: &Place<CONTEXTS>, value: u32) -> Result<u32> {
    let mut node = 1;
    for bit in (0..4).rev() {
        node = node << 1 | usize::from(engine.code(coder, place, node & 15, value >> bit & 1 == 1)?);
    }
    Ok(node as u32 & 15)
}

fn code<B: Binary>(engine: &mut Hashed<CONTEXTS>, coder: &mut B, digit: &mut [u8]) -> Result<()> {
    let mut frame = [0; WIDTH * (SIDE + MARGIN)];
    let mut extent = Extent { top: 99, left: 28, right: 0 };
    for (index, pixel) in digit.iter_mut().enumerate() {
        let (row, column) = (index / SIDE, index % SIDE);
        let at = (row + MARGIN) * WIDTH + column + MARGIN;
        let (keys, neighbourhood) = contexts(&frame, at, row as u32, column as u32, &extent);
        let cell = row / 4 * 7 + column / 4;
        let mut place = |engine: &mut Hashed<CONTEXTS>, stage: u32| {
            let rows = stage.min(2) as usize;
            let rows = [rows * ROWS[0] + neighbourhood, 3 * ROWS[0] + rows * ROWS[1] + cell];
            engine.rows(rows);
            Place {
                slots: std::array::from_fn(|context| engine.slot(context, keys[context].wrapping_mul(19).wrapping_add(stage))),
                rows,
            }
        };
        let (kind, wanted) = (place(engine, 0), u32::from(*pixel));
        let mut value = 0;
        if engine.code(coder, &kind, 0, wanted > 0)? {
            if engine.code(coder, &kind, 1, wanted >= SATURATED)? {
                value = SATURATED;
                while value < 255 && engine.code(coder, &kind, 2 + (value - SATURATED) as usize, wanted > value)? {
                    value += 1;
                }
            } else {
                let upper = { let p = place(engine, 1); nibble(engine, coder, &p, wanted >> 4)? };
                value = upper << 4 | { let p = place(engine, 2 + upper); nibble(engine, coder, &p, wanted)? };
            }
        }
        *pixel = value as u8;
        frame[at] = value;
        if value > 0 {
            extent.top = extent.top.min(row as u32);
            extent.left = extent.left.min(column as u32);
            extent.right = extent.right.max(column as u32);
        }
    }
    Ok(())
}

fn load(path: &str, count: usize) -> Vec<u8> {
    let mut all = std::fs::read(path).expect("an IDX file of 28 x 28 pictures").split_off(16);
    all.truncate(count * 784);
    all
}

fn main() -> Result<()> {
    let a: Vec<usize> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let training = load("/tmp/px/train-images", a[0]);
    let test = load("/tmp/px/t10k-images", a[1]);
    let mut engine = Hashed::new(a[2] as u32, 3 * (ROWS[0] + ROWS[1]));
    let t = cpu();
    for digit in training.chunks_exact(SIDE * SIDE) {
        code(&mut engine, &mut Listener, &mut digit.to_vec())?;
    }
    let ttrain = (cpu() - t) * 1e6 / a[0] as f64;
    engine.restore(&engine.clone());
    for pair in a[3..].chunks(2) {
    let mut engine = engine.clone();
    let (kept, counters) = engine.prune(pair[0] as u32, pair[1] as u32);
    let mut bytes = 0;
    let mut work = engine.clone();
    let t = cpu();
    for block in test.chunks(64 * SIDE * SIDE) {
        work.restore(&engine);
        let mut encoder = RangeEncoder::new();
        for digit in block.chunks_exact(SIDE * SIDE) {
            code(&mut work, &mut encoder, &mut digit.to_vec())?;
        }
        bytes += encoder.finish().len() + OVERHEAD;
    }
    let tenc = (cpu() - t) * 1e6 / a[1] as f64;
    let rate = 8.0 * bytes as f64 / test.len() as f64;
    println!("{pair:?} {rate:.4} bpp, {kept} slots {counters} counters = {:.2} MB, train {ttrain:.0} us, enc {tenc:.0} us", (kept * 4 + counters * 2) as f64 / 1e6);
    }
    Ok(())
}
