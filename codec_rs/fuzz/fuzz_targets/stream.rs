//! The range coder under every entropy model: any bytes decode to symbols in range or to an error, and any symbols
//! come back as they were coded.
#![no_main]

use std::sync::LazyLock;

use latentcodec_core::models::context::{Context, Sample, State};
use latentcodec_core::models::{Entropy, EntropyModel, decode_stream, encode_stream, select};
use latentcodec_core::quantiser::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_trust::samples::rgb;
use libfuzzer_sys::fuzz_target;

static STATE: LazyLock<State> = LazyLock::new(|| {
    let shape = Shape::new(1, 6, 8, 8).unwrap();
    let symbols: Vec<i16> = (0..shape.volume()).map(|index| (index * index / 7 % 4) as i16).collect();
    State::train(6, 1, &[Sample { shape, band: 0, symbols: &symbols }]).unwrap()
});

fuzz_target!(|input: (u8, u8, u8, u8, &[u8])| {
    let (entropy, bits, rows, columns, bytes) = input;
    let bits = bits % 3 + 1; // what the tables have
    let quantiser = Quantiser::new(1, bits).unwrap();
    let shape = Shape::new(1, 6, rows as usize % 16 + 1, columns as usize % 16 + 1).unwrap();
    let model: Box<dyn EntropyModel> = match entropy % 3 {
        0 => select(Entropy::Adaptive, quantiser, shape, None).unwrap(),
        1 => select(Entropy::Static, quantiser, shape, Some(&rgb().tables)).unwrap(),
        _ => Box::new(Context::new(&STATE, shape, 0).unwrap()),
    };

    if let Ok(symbols) = decode_stream(&*model, quantiser, shape, bytes) {
        assert!(quantiser.stranger(&symbols).is_none());
    }
    let mut symbols: Vec<i16> = bytes.iter().map(|byte| i16::from(byte % (1 << bits))).collect();
    symbols.resize(shape.volume(), 0);
    let coded = encode_stream(&*model, quantiser, shape, &symbols).unwrap();
    assert_eq!(decode_stream(&*model, quantiser, shape, &coded), Ok(symbols));
});
