//! Pictures of planes come back exactly, whatever they are; streams that no encoder wrote are refused.

use latentcodec_core::Error;
use latentcodec_core::planes::{Dimensions, decode, encode};
use proptest::prelude::*;

/// Numbers that look random, the same in every run.
fn noise(seed: u32) -> impl FnMut() -> u32 {
    let mut state = seed.wrapping_mul(2_654_435_769) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
}

fn dimensions(rows: usize, columns: usize, planes: usize, bits: u32) -> Dimensions {
    Dimensions { rows, columns, planes, bits }
}

/// Samples by row, column and plane, cut to the bits that there are.
fn picture(dimensions: Dimensions, mut sample: impl FnMut(usize, usize, usize) -> u32) -> Vec<Vec<u16>> {
    let Dimensions { rows, columns, planes, .. } = dimensions;
    let mut plane = |plane| {
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        places.map(|(row, column)| sample(row, column, plane) as u16 & dimensions.most()).collect()
    };
    (0..planes).map(&mut plane).collect()
}

/// A slope with some noise on it, other ones for other planes, over all values.
fn photograph(dimensions: Dimensions) -> Vec<Vec<u16>> {
    let mut random = noise(3);
    let [rows, columns] = [dimensions.rows, dimensions.columns];
    picture(dimensions, |row, column, plane| {
        let slope = (row * (30 + plane) / rows + column * 30 / columns) as u32;
        (slope << dimensions.bits >> 6) + random() % (1 + (u32::from(dimensions.most()) >> 6))
    })
}

/// Noise, a slope, few values, one value, extremes: by the number of a kind.
fn any_kind(dimensions: Dimensions, kind: u32) -> Vec<Vec<u16>> {
    let mut random = noise(kind);
    match kind % 6 {
        0 => picture(dimensions, |_, _, _| random()),
        1 => photograph(dimensions),
        2 => picture(dimensions, |_, _, _| random() % 3 * 5),
        3 => picture(dimensions, |_, _, plane| plane as u32 * 1000),
        4 => picture(dimensions, |row, column, plane| ((row / 3 + column / 5 + plane) % 2) as u32 * 0xffff),
        _ => picture(dimensions, |row, column, _| (row * column) as u32 * 16),
    }
}

fn assert_comes_back(planes: &[Vec<u16>], dimensions: Dimensions) -> usize {
    let bytes = encode(planes, dimensions).unwrap();
    assert!(decode(&bytes, dimensions).unwrap() == planes, "{dimensions:?}");
    bytes.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_picture_comes_back(rows in 1..60_usize, columns in 1..60_usize, planes in 1..=4_usize, bits in 1..=16_u32, kind: u32) {
        let dimensions = dimensions(rows, columns, planes, bits);
        assert_comes_back(&any_kind(dimensions, kind), dimensions);
    }

    #[test]
    fn harmed_streams_give_no_other_picture(kind: u32, bits in 1..=16_u32, at: prop::sample::Index, change in 1..=255_u8) {
        let dimensions = dimensions(9, 17, 3, bits);
        let planes = any_kind(dimensions, kind);
        let mut bytes = encode(&planes, dimensions).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        // The last bits of a stream may mean nothing.
        prop_assert!(decode(&bytes, dimensions).map_or(true, |decoded| decoded == planes));
    }

    #[test]
    fn foreign_bytes_are_refused(mut bytes: Vec<u8>, kind in 0..4_u8, planes in 1..=4_usize, bits in 1..=16_u32) {
        bytes.insert(0, kind);
        prop_assert!(decode(&bytes, dimensions(20, 20, planes, bits)).is_err());
    }
}

#[test]
fn pictures_of_all_shapes_come_back() {
    for [rows, columns] in [[1, 1], [1, 300], [300, 1], [2, 3], [90, 300]] {
        for (planes, bits) in [(1, 8), (2, 16), (3, 8), (4, 16)] {
            let dimensions = dimensions(rows, columns, planes, bits);
            assert_comes_back(&photograph(dimensions), dimensions);
        }
    }
}

#[test]
fn every_shorter_stream_is_refused() {
    let dimensions = dimensions(8, 8, 3, 8);
    let bytes = encode(&photograph(dimensions), dimensions).unwrap();
    for length in 0..bytes.len() {
        let error = decode(&bytes[..length], dimensions).unwrap_err();
        assert!(matches!(error, Error::Truncated(_) | Error::Format(_) | Error::Checksum(_)), "{length}: {error}");
    }
    assert!(decode(&[&bytes[..], &[1; 8]].concat(), dimensions).is_err());
}

#[test]
fn noise_is_never_larger_than_it_came() {
    for bits in [1, 8, 16] {
        let dimensions = dimensions(100, 120, 3, bits);
        let length = assert_comes_back(&any_kind(dimensions, 0), dimensions);
        assert!(length <= 100 * 120 * 3 * bits as usize / 8 + 64, "{bits} bits: {length}");
    }
}

#[test]
fn one_colour_takes_a_few_bytes() {
    let dimensions = dimensions(500, 500, 4, 8);
    let planes = picture(dimensions, |_, _, plane| [17, 200, 255, 255][plane]);
    assert!(assert_comes_back(&planes, dimensions) <= 24);
    assert!(assert_comes_back(&[vec![9]], Dimensions { rows: 1, columns: 1, planes: 1, bits: 8 }) <= 12);
}

#[test]
fn twelve_bits_in_sixteen_cost_twelve() {
    let [twelve, sixteen] = [12, 16].map(|bits| dimensions(200, 200, 1, bits));
    let planes = photograph(twelve);
    let scaled = |most: u32| vec![planes[0].iter().map(|&sample| (u32::from(sample) * most / 4095) as u16).collect()];
    let length = assert_comes_back(&planes, twelve);
    for most in [4095 * 16, 65_535] {
        let wide = assert_comes_back(&scaled(most), sixteen);
        assert!(wide < length + 400, "{most}: {wide} bytes, {length} as 12 bits");
    }
}

#[test]
fn colour_knows_its_planes() {
    let dimensions = dimensions(100, 100, 3, 8);
    let grey = photograph(Dimensions { planes: 1, ..dimensions });
    let length = assert_comes_back(&grey, Dimensions { planes: 1, ..dimensions });
    let three = vec![grey[0].clone(), grey[0].clone(), grey[0].clone()];
    assert!(assert_comes_back(&three, dimensions) <= length + 8, "three equal planes cost as much as one");
}

#[test]
fn what_is_no_picture_is_refused() {
    let right = dimensions(2, 2, 1, 4);
    for wrong in [dimensions(0, 2, 1, 4), dimensions(2, 2, 5, 4), dimensions(2, 2, 1, 17), dimensions(2, 3, 1, 4)] {
        assert!(matches!(encode(&[vec![1; 4]], wrong), Err(Error::Argument(_))));
    }
    assert!(matches!(encode(&[vec![16; 4]], right), Err(Error::Argument(_))));
    assert!(matches!(decode(&[1; 30], dimensions(usize::MAX, 2, 1, 8)), Err(Error::Argument(_))));
}

/// The stream of one picture, for ever: builds and machines make the same bytes.
#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let sums = [(3, 8), (4, 16), (1, 12)].map(|(planes, bits)| {
        let dimensions = dimensions(40, 50, planes, bits);
        crc32fast::hash(&encode(&photograph(dimensions), dimensions).unwrap())
    });
    assert_eq!(sums, [2_707_007_518, 1_890_484_006, 1_379_764_300]);
}
