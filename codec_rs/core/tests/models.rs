//! Both entropy models: round trips, the bytes of the schoolbook coder, and their length against the entropy.

mod common;

use common::reference::Reference;
use common::{Numbers, quantiser};
use latentcodec_core::models::{Adaptive, EntropyModel, Static, decode_stream, encode_stream};
use latentcodec_core::normalise::normalise;
use latentcodec_core::quantiser::Rule;
use latentcodec_core::range_coder::Position;
use latentcodec_core::rows::{Rows, TOTAL};
use latentcodec_core::shape::Shape;
use latentcodec_core::{Error, Result};
use proptest::prelude::*;

fn rows(bits: u8, frequencies: &[u32]) -> Rows {
    let mut rows = Rows::new();
    for row in frequencies.chunks(1 << bits) {
        rows.push(row.iter().copied()).unwrap();
    }
    rows
}

/// Bits, and rows of frequencies for each of some channels, from even to very skewed.
fn frequencies() -> impl Strategy<Value = (u8, Vec<u32>)> {
    (1_u8..=8, 1_usize..6).prop_flat_map(|(bits, channels)| {
        let count = prop_oneof![Just(0_u64), 0..100_u64, 0..1_000_000_000_u64];
        let row = prop::collection::vec(count, 1 << bits).prop_map(|counts| normalise(&counts, TOTAL));
        (Just(bits), prop::collection::vec(row, channels).prop_map(|rows| rows.concat()))
    })
}

/// Symbols drawn from the rows.
fn draw(rows: &Rows, shape: Shape, seed: u64) -> Vec<i16> {
    let mut numbers = Numbers(seed);
    let channel = |index: usize| index / shape.plane() % shape.channels();
    (0..shape.volume())
        .map(|index| rows.row(channel(index)).find(Position::new(numbers.below(TOTAL.into()) as u32)).0)
        .collect()
}

/// The cost in bits of the symbols under the rows.
fn ideal(rows: &Rows, shape: Shape, symbols: &[i16]) -> f64 {
    let cost = |(index, &symbol): (usize, &i16)| {
        let (_, size) = rows.row(index / shape.plane() % shape.channels()).interval(symbol as usize);
        16.0 - f64::from(size).log2()
    };
    symbols.iter().enumerate().map(cost).sum()
}

fn round_trip(model: &dyn EntropyModel, bits: u8, shape: Shape, symbols: &[i16]) -> Result<Vec<i16>> {
    let quantiser = quantiser(Rule::Max, bits);
    decode_stream(model, quantiser, shape, &encode_stream(model, quantiser, shape, symbols)?)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn static_decodes_what_it_encoded(
        (bits, frequencies) in frequencies(),
        (pictures, high, wide) in (1_usize..4, 1_usize..9, 1_usize..9),
        seed: u64,
    ) {
        let rows = rows(bits, &frequencies);
        let shape = Shape::new(pictures, rows.len(), high, wide)?;
        // Half of the cases hold symbols that the tables deem unlikely.
        let symbols = if seed % 2 == 0 { draw(&rows, shape, seed) } else { Numbers(seed).symbols(shape, 1 << bits) };
        prop_assert_eq!(round_trip(&Static::new(&rows), bits, shape, &symbols)?, symbols);
    }

    #[test]
    fn adaptive_decodes_what_it_encoded(bits in 1_u8..=8, sides in prop::array::uniform4(1_usize..8), seed: u64) {
        let shape = Shape::new(sides[0], sides[1], sides[2], sides[3])?;
        let symbols = Numbers(seed).symbols(shape, 1 << bits);
        prop_assert_eq!(round_trip(&Adaptive, bits, shape, &symbols)?, symbols);
    }

    #[test]
    fn static_is_within_a_thousandth_and_three_bytes_of_the_entropy_of_its_tables(
        (bits, frequencies) in frequencies(),
        side in 1_usize..100,
        seed: u64,
    ) {
        let rows = rows(bits, &frequencies);
        let shape = Shape::new(1, rows.len(), side, side)?;
        let symbols = draw(&rows, shape, seed);
        let bytes = encode_stream(&Static::new(&rows), quantiser(Rule::Max, bits), shape, &symbols)?.len() as f64;
        prop_assert!(bytes <= ideal(&rows, shape, &symbols) / 8.0 * 1.001 + 3.0);
    }

    #[test]
    fn any_bytes_decode_to_symbols_in_range_or_to_a_format_error(
        (bits, frequencies) in frequencies(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let rows = rows(bits, &frequencies);
        let shape = Shape::new(1, rows.len(), 8, 8)?;
        for model in [&Static::new(&rows) as &dyn EntropyModel, &Adaptive] {
            match decode_stream(model, quantiser(Rule::Max, bits), shape, &bytes) {
                Ok(symbols) => prop_assert!(symbols.iter().all(|&symbol| 0 <= symbol && symbol < 1 << bits)),
                Err(error) => prop_assert!(matches!(error, Error::Format(_))),
            }
        }
    }
}

#[test]
fn static_meets_the_entropy_of_the_most_skewed_tables() {
    for (bits, common) in [(1, 0), (1, 1), (5, 0), (5, 17), (5, 31), (8, 255)] {
        let mut frequencies = vec![1; 1 << bits];
        frequencies[common] = TOTAL + 1 - (1 << bits);
        let rows = rows(bits, &frequencies);
        let shape = Shape::new(1, 1, 1000, 500).unwrap();
        let symbols = draw(&rows, shape, 11);
        let stream = encode_stream(&Static::new(&rows), quantiser(Rule::Max, bits), shape, &symbols).unwrap();
        let ideal = ideal(&rows, shape, &symbols) / 8.0;
        assert!((stream.len() as f64) <= ideal * 1.001 + 3.0, "{} bytes, {ideal} ideal", stream.len());
    }
}

#[test]
fn static_writes_the_bytes_of_the_coder_on_paper() {
    let frequencies = [normalise(&[900, 20, 3, 0], TOTAL), normalise(&[1, 1, 1, 5000], TOTAL)].concat();
    let shape = Shape::new(2, 2, 10, 10).unwrap();
    let symbols = Numbers(1).symbols(shape, 4);
    let mut reference = Reference::new();
    for (index, &symbol) in symbols.iter().enumerate() {
        let row = &frequencies[index / 100 % 2 * 4..][..4];
        reference.encode(row[..symbol as usize].iter().sum(), row[symbol as usize], TOTAL);
    }
    let rows = rows(2, &frequencies);
    let stream = encode_stream(&Static::new(&rows), quantiser(Rule::Max, 2), shape, &symbols).unwrap();
    assert_eq!(stream, reference.finish());
}

#[test]
fn adaptive_writes_the_bytes_of_plain_counts_halved_at_the_limit() {
    // Long enough for the counts to be halved twice.
    let shape = Shape::new(1, 3, 100, 100).unwrap();
    let symbols = Numbers(2).symbols(shape, 32);
    let mut counts = [1_u32; 256];
    let mut reference = Reference::new();
    for &symbol in &symbols {
        let symbol = symbol as usize;
        reference.encode(counts[..symbol].iter().sum(), counts[symbol], counts.iter().sum());
        if counts.iter().sum::<u32>() >= 16_383 {
            counts = counts.map(|count| count.div_ceil(2));
        }
        counts[symbol] += 1;
    }
    let stream = encode_stream(&Adaptive, quantiser(Rule::Max, 5), shape, &symbols).unwrap();
    assert_eq!(stream, reference.finish());
}

#[test]
fn a_symbol_outside_the_quantiser_is_refused_by_the_encoder() {
    let shape = Shape::new(1, 1, 1, 3).unwrap();
    for wrong in [-1, 4, 255, 256, i16::MAX, i16::MIN] {
        let result = encode_stream(&Adaptive, quantiser(Rule::Max, 2), shape, &[0, wrong, 3]);
        assert!(matches!(result, Err(Error::Argument(_))), "{wrong}");
    }
}

#[test]
fn a_symbol_outside_the_quantiser_is_refused_by_the_decoder() {
    let shape = Shape::new(1, 1, 1, 3).unwrap();
    let stream = encode_stream(&Adaptive, quantiser(Rule::Max, 3), shape, &[0, 4, 3]).unwrap();
    let result = decode_stream(&Adaptive, quantiser(Rule::Max, 2), shape, &stream);
    assert!(matches!(result, Err(Error::Format(_))));
}

#[test]
fn a_number_of_symbols_that_is_not_the_shapes_is_refused() {
    let shape = Shape::new(1, 1, 2, 2).unwrap();
    let result = encode_stream(&Adaptive, quantiser(Rule::Max, 2), shape, &[0; 3]);
    assert!(matches!(result, Err(Error::Argument(_))));
}

#[test]
fn a_shape_needs_every_side_and_a_bounded_volume() {
    assert!(matches!(Shape::new(1, 0, 2, 2), Err(Error::Argument(_))));
    assert!(matches!(Shape::new(1, 2, 1 << 20, 1 << 20), Err(Error::Limit(_))));
    assert!(matches!(Shape::new(usize::MAX, 2, usize::MAX, 3), Err(Error::Limit(_))));
}
