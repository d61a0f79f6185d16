//! Handwriting: any bytes are refused or are pixels, any pixels come back bit for bit, and any bytes are a state
//! to code with or an error.
#![no_main]

use std::sync::LazyLock;

use latentcodec_core::pixels::{PixelState, Pixels, TrainingPictures};
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};
use libfuzzer_sys::fuzz_target;

static STATE: LazyLock<PixelState> = LazyLock::new(|| {
    let pixels: Vec<u8> = (0..32 * 32_usize).map(|index| (index * index / 7 % 256) as u8).collect();
    PixelState::train(&[TrainingPictures { sides: [32, 32], pixels: &pixels }]).unwrap()
});

fuzz_target!(|input: (u8, u8, u8, &[u8])| {
    let (which, rows, columns, bytes) = input;
    let lossless = Quantiser::new(5, 0).unwrap();
    let shape = Shape::new(1, 1, rows as usize % 32 + 1, columns as usize % 32 + 1).unwrap();
    let read;
    let state = match which % 2 {
        1 => {
            let Ok(found) = PixelState::from_bytes(bytes) else { return };
            read = found;
            &read
        }
        _ => &*STATE,
    };
    let model = Pixels::new(state, shape).unwrap();
    if let Ok(pixels) = decode_stream(&model, lossless, shape, bytes) {
        assert!(lossless.outlier(&pixels).is_none());
    }
    let mut pixels: Vec<i16> = bytes.iter().map(|&byte| byte.into()).collect();
    pixels.resize(shape.volume(), 0);
    let coded = encode_stream(&model, lossless, shape, &pixels).unwrap();
    assert_eq!(decode_stream(&model, lossless, shape, &coded), Ok(pixels));
});
