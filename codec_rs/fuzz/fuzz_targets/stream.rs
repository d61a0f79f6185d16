//! The range coder under both entropy models: any bytes decode to symbols in range or to an error, and any symbols
//! come back as they were coded.
#![no_main]

use latentcodec_core::models::{Entropy, decode_stream, encode_stream, select};
use latentcodec_core::quantiser::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_trust::samples::rgb;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, u8, u8, u8, &[u8])| {
    let (adaptive, bits, rows, columns, bytes) = input;
    let bits = bits % 3 + 1; // what the tables have
    let entropy = if adaptive { Entropy::Adaptive } else { Entropy::Static };
    let quantiser = Quantiser::new(1, bits).unwrap();
    let shape = Shape::new(1, 6, rows as usize % 16 + 1, columns as usize % 16 + 1).unwrap();
    let model = select(entropy, quantiser, shape, Some(&rgb().tables)).unwrap();

    if let Ok(symbols) = decode_stream(&*model, quantiser, shape, bytes) {
        assert!(quantiser.stranger(&symbols).is_none());
    }
    let mut symbols: Vec<i16> = bytes.iter().map(|byte| i16::from(byte % (1 << bits))).collect();
    symbols.resize(shape.volume(), 0);
    let coded = encode_stream(&*model, quantiser, shape, &symbols).unwrap();
    assert_eq!(decode_stream(&*model, quantiser, shape, &coded), Ok(symbols));
});
