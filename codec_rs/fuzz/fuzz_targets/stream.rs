//! The range coder under every entropy model and kind of quantiser: any bytes decode to symbols in range or to an
//! error, and any symbols come back as they were coded.
#![no_main]

use std::sync::LazyLock;

use latentcodec_core::models::context::{Context, ContextState, TrainingStream};
use latentcodec_core::models::Entropy;
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{Model, decode_stream, encode_stream, select};
use latentcodec_trust::samples::{variable_rate, rgb};
use libfuzzer_sys::fuzz_target;

static STATE: LazyLock<ContextState> = LazyLock::new(|| {
    let shape = Shape::new(1, 6, 8, 8).unwrap();
    let symbols: Vec<i16> = (0..shape.volume()).map(|index| (index * index / 7 % 4) as i16).collect();
    ContextState::train(6, 1, &[TrainingStream { shape, band: 0, symbols: &symbols }]).unwrap()
});

fuzz_target!(|input: (u8, u8, u8, u8, &[u8])| {
    let (entropy, number, rows, columns, bytes) = input;
    let levels = entropy % 5 < 3;
    // What the tables have.
    let (rule, number) = if levels { (1, number % 3 + 1) } else { (4, number % 100 + 1) };
    let quantiser = Quantiser::new(rule, number).unwrap();
    let shape = Shape::new(1, 6, rows as usize % 16 + 1, columns as usize % 16 + 1).unwrap();
    let model = match entropy % 5 {
        0 => select(Entropy::Adaptive, quantiser, shape, None).unwrap(),
        1 => select(Entropy::Static, quantiser, shape, Some(&rgb().tables)).unwrap(),
        2 => Model::Context(Box::new(Context::new(&STATE, shape, 0).unwrap())),
        3 => select(Entropy::Static, quantiser, shape, Some(&variable_rate().tables)).unwrap(),
        _ => select(Entropy::Context, quantiser, shape, Some(&variable_rate().tables)).unwrap(),
    };

    if let Ok(symbols) = decode_stream(&model, quantiser, shape, bytes) {
        assert!(quantiser.outlier(&symbols).is_none());
    }
    let mut symbols: Vec<i16> = match levels {
        true => bytes.iter().map(|&byte| i16::from(byte) % quantiser.levels() as i16).collect(),
        false => bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect(),
    };
    symbols.resize(shape.volume(), 0);
    let coded = encode_stream(&model, quantiser, shape, &symbols).unwrap();
    assert_eq!(decode_stream(&model, quantiser, shape, &coded), Ok(symbols));
});
