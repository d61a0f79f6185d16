//! `context` beside `static` on the same symbols: latents that are nearly all zero, as `photo`'s are, and latents of
//! few channels with hardly a zero, as `ae2`'s.
//!
//! `cargo bench -p latentcodec-core --bench context_model`. Throughput is in symbols.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use latentcodec_core::models::context::{Context, ContextState, TrainingStream};
use latentcodec_core::models::{EntropyModel, Static};
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};
use latentcodec_core::tables::{Fit, Tables};

/// Symbols about 4: where a slowly moving energy and the channel allow, they differ from it.
fn symbols(shape: Shape, activity: f64, seed: u64) -> Vec<i16> {
    let mut state = seed;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut energy: Vec<f64> = (0..shape.plane()).map(|_| uniform()).collect();
    for index in 1..energy.len() {
        energy[index] = 0.95 * energy[index - 1] + 0.05 * energy[index];
    }
    let symbol = |index: usize| {
        let channel = (index / shape.plane()) as f64 / shape.channels() as f64;
        let spread = activity * 8.0 * energy[index % shape.plane()] * (-4.0 * channel).exp();
        (4.0 + (uniform() + uniform() + uniform() - 1.5) * spread).round().clamp(0.0, 7.0) as i16
    };
    (0..shape.volume()).map(symbol).collect()
}

fn compare(criterion: &mut Criterion) {
    let quantiser = Quantiser::new(0, 3).unwrap();
    // A photograph of 768x512 each.
    for (name, sides, activity) in [("320 channels, sparse", [320, 32, 48], 0.3), ("16 channels", [16, 64, 96], 1.0)] {
        let shape = Shape::new(1, sides[0], sides[1], sides[2]).unwrap();
        let [training, symbols] = [1, 2].map(|seed| symbols(shape, activity, seed));
        let state = ContextState::train(sides[0], 1, &[TrainingStream { shape, band: 0, symbols: &training }]).unwrap();
        let mut counts = vec![0; shape.channels() * quantiser.levels()];
        for (index, &symbol) in training.iter().enumerate() {
            counts[index / shape.plane() * quantiser.levels() + symbol as usize] += 1;
        }
        let tables = Tables::parse(
            &Tables::build(&[Fit { quantiser, codebook: None, counts, state: None }], None, None, None).unwrap(),
        )
        .unwrap();
        let models: [(&str, &dyn EntropyModel); 2] = [
            ("static", &Static::new(tables.entry(quantiser).unwrap().rows())),
            ("context", &Context::new(&state, shape, 0).unwrap()),
        ];
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(shape.volume() as u64));
        for (model_name, model) in models {
            let bytes = encode_stream(model, quantiser, shape, &symbols).unwrap();
            group.bench_function(format!("encode/{model_name}"), |bencher| {
                bencher.iter(|| encode_stream(model, quantiser, shape, &symbols))
            });
            group.bench_function(format!("decode/{model_name}"), |bencher| {
                bencher.iter(|| decode_stream(model, quantiser, shape, &bytes))
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = compare
}
criterion_main!(benches);
