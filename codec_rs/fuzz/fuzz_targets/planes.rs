//! Lossless pictures of planes: any bytes are refused or are samples, any samples come back bit for bit; any bytes are
//! refused as a state or code samples that come back.
#![no_main]

use std::sync::LazyLock;

use latentcodec_core::planes::{Planes, PlanesState, TrainingPlanes};
use latentcodec_core::quantise::Quantiser;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream};
use libfuzzer_sys::fuzz_target;

static STATE: LazyLock<PlanesState> = LazyLock::new(|| {
    let (quantiser, shape) = (Quantiser::new(6, 7).unwrap(), Shape::new(1, 4, 16, 16).unwrap());
    let samples: Vec<i16> = (0..shape.volume() as i16).map(|index| (index % 181) * (index % 181) % 251).collect();
    PlanesState::train(&[TrainingPlanes { quantiser, shape, samples: &samples }]).unwrap()
});

/// The state with some of its bytes replaced, if it still is one.
fn altered(bytes: &[u8]) -> Option<PlanesState> {
    let mut state = STATE.to_bytes();
    for change in bytes.chunks_exact(4) {
        let at = u32::from_le_bytes([change[0], change[1], change[2], 0]) as usize % state.len();
        state[at] = change[3];
    }
    PlanesState::from_bytes(&state).ok()
}

fuzz_target!(|input: (u8, u8, u8, u8, &[u8])| {
    let (kind, pictures, rows, columns, bytes) = input;
    let quantiser = Quantiser::new(6, kind % 16).unwrap();
    let (planes, bits) = quantiser.planes().unwrap();
    let sides = [pictures % 3, rows % 32, columns % 32].map(|side| usize::from(side) + 1);
    let shape = Shape::new(sides[0], planes, sides[1], sides[2]).unwrap();
    let found = if kind & 0x80 == 0 { None } else { altered(bytes) };
    let state = found.as_ref().unwrap_or(&STATE);
    let model = Planes::new(state, quantiser, shape).unwrap();
    if let Ok(samples) = decode_stream(&model, quantiser, shape, bytes) {
        assert!(quantiser.outlier(&samples).is_none());
    }
    let pairs = bytes.windows(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]) % (u32::MAX >> (32 - bits)) as u16);
    let mut samples: Vec<i16> = pairs.map(|sample| sample as i16).take(shape.volume()).collect();
    samples.resize(shape.volume(), 0);
    let coded = encode_stream(&model, quantiser, shape, &samples).unwrap();
    assert_eq!(decode_stream(&model, quantiser, shape, &coded), Ok(samples));
});
