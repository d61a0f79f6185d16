//! `static` beside constriction's categorical model, on the same symbols and the same tables of 16-bit frequencies.
//!
//! `cargo bench -p latentcodec-core`, or, quicker, `cargo bench -p latentcodec-core -- --warm-up-time 0.3 --measurement-time 1`.
//! Throughput is in symbols.

use constriction::stream::model::ContiguousCategoricalEntropyModel;
use constriction::stream::queue::{DefaultRangeDecoder, DefaultRangeEncoder};
use constriction::stream::stack::DefaultAnsCoder;
use constriction::stream::{Decode, Encode};
use latentcodec_core::models::{Static, decode_stream, encode_stream};
use latentcodec_core::quantiser::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::{Fit, TOTAL_BITS, Tables};

/// A model with the frequencies of one row of our tables.
type Categorical = ContiguousCategoricalEntropyModel<u32, Vec<u32>, { TOTAL_BITS as usize }>;

/// Latents of a 768x512 photograph: channels, rows, columns.
const SIDES: [usize; 3] = [16, 64, 96];

/// Symbols of every channel spread about a middle of its own, some channels narrowly and some widely.
fn symbols(levels: usize, shape: Shape) -> Vec<i16> {
    let mut state = 1_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let symbol = |index: usize| {
        let channel = (index / shape.plane() % shape.channels()) as f64 / shape.channels() as f64;
        let noise = (0..4).map(|_| uniform() - 0.5).sum::<f64>() * (0.1 + 0.4 * channel);
        ((0.3 + 0.4 * channel + noise) * levels as f64).clamp(0.0, levels as f64 - 1.0) as i16
    };
    (0..shape.volume()).map(symbol).collect()
}

fn best<T>(mut f: impl FnMut() -> T) -> f64 {
    let mut b = f64::MAX;
    for _ in 0..300 { let t = std::time::Instant::now(); let r = f(); b = b.min(t.elapsed().as_secs_f64()); std::hint::black_box(r); }
    b * 1e9
}
fn main() {
    let shape = Shape::new(1, SIDES[0], SIDES[1], SIDES[2]).unwrap();
    for bits in 1..=8 {
        let quantiser = Quantiser::new(0, bits).unwrap();
        let levels = quantiser.levels();
        let symbols = symbols(levels, shape);
        let mut counts = vec![0; shape.channels() * levels];
        for (index, &symbol) in symbols.iter().enumerate() {
            counts[index / shape.plane() * levels + symbol as usize] += 1;
        }
        let bytes = Tables::build(&[Fit { quantiser, codebook: None, counts }]).unwrap();
        let tables = Tables::parse(&bytes).unwrap();
        let entry = tables.entry(quantiser).unwrap();
        let ours = Static::new(entry);
        let theirs: Vec<Categorical> = entry.frequencies().chunks(levels)
            .map(|row| Categorical::from_nonzero_fixed_point_probabilities(row, false).unwrap()).collect();
        let planes = || symbols.chunks(shape.plane()).zip(&theirs);
        let range_encode = || {
            let mut encoder = DefaultRangeEncoder::new();
            for (plane, model) in planes() { encoder.encode_iid_symbols(plane.iter().map(|&s| s as usize), model).unwrap(); }
            encoder.into_compressed().unwrap()
        };
        let ans_encode = || {
            let mut coder = DefaultAnsCoder::new();
            for (plane, model) in planes().rev() { coder.encode_iid_symbols_reverse(plane.iter().map(|&s| s as usize), model).unwrap(); }
            coder
        };
        let payload = encode_stream(&ours, shape, &symbols).unwrap();
        let (rp, ac) = (range_encode(), ans_encode());
        let n = shape.volume() as f64;
        let eo = best(|| encode_stream(&ours, shape, &symbols)) / n;
        let er = best(range_encode) / n;
        let ea = best(ans_encode) / n;
        let d_o = best(|| decode_stream(&ours, shape, &payload)) / n;
        let dr = best(|| { let mut decoder = DefaultRangeDecoder::from_compressed(rp.clone()).unwrap(); let mut out: Vec<i16> = Vec::with_capacity(shape.volume()); for model in &theirs { out.extend(decoder.decode_iid_symbols(shape.plane(), model).map(|s| s.unwrap() as i16)); } out }) / n;
        let da = best(|| { let mut decoder = ac.clone(); let mut out: Vec<i16> = Vec::with_capacity(shape.volume()); for model in &theirs { out.extend(decoder.decode_iid_symbols(shape.plane(), model).map(|s| s.unwrap() as i16)); } out }) / n;
        println!("{levels:4} levels {:.3} bits  encode ours {eo:.2} range {er:.2} ans {ea:.2} | decode ours {d_o:.2} range {dr:.2} ans {da:.2}  ratio enc {:.2} dec {:.2} (vs range {:.2})", payload.len() as f64*8./n, eo/er.min(ea), d_o/dr.min(da), d_o/dr);
    }
}
