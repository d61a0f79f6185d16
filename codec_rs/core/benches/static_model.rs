//! `static` beside constriction's categorical model, on the same symbols and the same tables of 16-bit frequencies.
//!
//! `cargo bench -p latentcodec-core`. Throughput is in symbols.

use std::time::Duration;

use constriction::stream::model::ContiguousCategoricalEntropyModel;
use constriction::stream::queue::{DefaultRangeDecoder, DefaultRangeEncoder};
use constriction::stream::stack::DefaultAnsCoder;
use constriction::stream::{Decode, Encode};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use latentcodec_core::frequencies::TOTAL_BITS;
use latentcodec_core::models::Static;
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};
use latentcodec_core::tables::{Fit, Tables};

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

fn compare(criterion: &mut Criterion) {
    let shape = Shape::new(1, SIDES[0], SIDES[1], SIDES[2]).unwrap();
    for bits in 1..=5 {
        let quantiser = Quantiser::new(0, bits).unwrap();
        let levels = quantiser.levels();
        let symbols = symbols(levels, shape);
        let mut counts = vec![0; shape.channels() * levels];
        for (index, &symbol) in symbols.iter().enumerate() {
            counts[index / shape.plane() * levels + symbol as usize] += 1;
        }
        let bytes = Tables::build(&[Fit { quantiser, codebook: None, counts, state: None }], None, None, None).unwrap();
        let tables = Tables::parse(&bytes).unwrap();
        let rows = tables.entry(quantiser).unwrap().rows();
        let ours = Static::new(rows);
        let theirs: Vec<Categorical> = rows
            .frequencies()
            .chunks(levels)
            .map(|row| Categorical::from_nonzero_fixed_point_probabilities(row, false).unwrap())
            .collect();
        let planes = || symbols.chunks(shape.plane()).zip(&theirs);

        let mut group = criterion.benchmark_group(format!("{levels} levels"));
        group.throughput(Throughput::Elements(shape.volume() as u64));

        let range_encode = || {
            let mut encoder = DefaultRangeEncoder::new();
            for (plane, model) in planes() {
                encoder.encode_iid_symbols(plane.iter().map(|&symbol| symbol as usize), model).unwrap();
            }
            encoder.into_compressed().unwrap()
        };
        let ans_encode = || {
            let mut coder = DefaultAnsCoder::new();
            for (plane, model) in planes().rev() {
                coder.encode_iid_symbols_reverse(plane.iter().map(|&symbol| symbol as usize), model).unwrap();
            }
            coder
        };
        let payload = encode_stream(&ours, quantiser, shape, &symbols).unwrap();
        let (range_payload, ans_coder) = (range_encode(), ans_encode());
        assert_eq!(decode_stream(&ours, quantiser, shape, &payload).unwrap(), symbols);

        group.bench_function("encode/latentcodec", |bencher| {
            bencher.iter(|| encode_stream(&ours, quantiser, shape, &symbols))
        });
        group.bench_function("encode/constriction range", |bencher| bencher.iter(range_encode));
        group.bench_function("encode/constriction ans", |bencher| bencher.iter(ans_encode));
        group.bench_function("decode/latentcodec", |bencher| {
            bencher.iter(|| decode_stream(&ours, quantiser, shape, &payload))
        });
        group.bench_function("decode/constriction range", |bencher| {
            bencher.iter_batched(
                || DefaultRangeDecoder::from_compressed(range_payload.clone()).unwrap(),
                |mut decoder| {
                    let mut symbols: Vec<i16> = Vec::with_capacity(shape.volume());
                    for model in &theirs {
                        let plane = decoder.decode_iid_symbols(shape.plane(), model);
                        symbols.extend(plane.map(|symbol| symbol.unwrap() as i16));
                    }
                    symbols
                },
                BatchSize::SmallInput,
            )
        });
        group.bench_function("decode/constriction ans", |bencher| {
            bencher.iter_batched(
                || ans_coder.clone(),
                |mut coder| {
                    let mut symbols: Vec<i16> = Vec::with_capacity(shape.volume());
                    for model in &theirs {
                        let plane = coder.decode_iid_symbols(shape.plane(), model);
                        symbols.extend(plane.map(|symbol| symbol.unwrap() as i16));
                    }
                    symbols
                },
                BatchSize::SmallInput,
            )
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = compare
}
criterion_main!(benches);
