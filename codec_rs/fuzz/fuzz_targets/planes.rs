//! Lossless pictures of planes: any bytes are refused or are samples, any samples come back bit for bit.
#![no_main]

use latentcodec_core::planes::Planes;
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, u8, u8, &[u8])| {
    let (kind, pictures, rows, columns, bytes) = input;
    let quantiser = Quantiser::new(6, kind % 12).unwrap();
    let (planes, bits) = quantiser.planes().unwrap();
    let sides = [pictures % 3, rows % 32, columns % 32].map(|side| usize::from(side) + 1);
    let shape = Shape::new(sides[0], planes, sides[1], sides[2]).unwrap();
    let model = Planes::new(quantiser, shape).unwrap();
    if let Ok(samples) = decode_stream(&model, quantiser, shape, bytes) {
        assert!(quantiser.outlier(&samples).is_none());
    }
    let pairs = bytes.windows(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]) % (u32::MAX >> (32 - bits)) as u16);
    let mut samples: Vec<i16> = pairs.map(|sample| sample as i16).take(shape.volume()).collect();
    samples.resize(shape.volume(), 0);
    let coded = encode_stream(&model, quantiser, shape, &samples).unwrap();
    assert_eq!(decode_stream(&model, quantiser, shape, &coded), Ok(samples));
});
