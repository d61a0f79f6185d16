//! `static`, with and without escapes, and `adaptive`: round trips, the bytes of the schoolbook coder, and their length
//! against the entropy.

mod common;

use common::reference::Reference;
use common::{Numbers, quantiser, variable_rate};
use latentcodec_core::frequencies::normalise;
use latentcodec_core::frequencies::{Rows, TOTAL};
use latentcodec_core::models::{Adaptive, Entropy, EntropyModel, Escaped, Static};
use latentcodec_core::quantise::Rule;
use latentcodec_core::range_coder::Position;
use latentcodec_core::shape::Shape;
use latentcodec_core::streams::{decode_stream, encode_stream, select};
use latentcodec_core::tables::{Stream, Tables, VariableRate};
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

/// One row of `2 reach + 2` frequencies for each of some channels, skewed to 0.
fn escaped() -> impl Strategy<Value = Rows> {
    let row = (0_usize..=127).prop_flat_map(|reach| {
        let count = prop_oneof![Just(0_u64), 0..100_u64, 0..1_000_000_000_u64];
        prop::collection::vec(count, 2 * reach + 2)
    });
    prop::collection::vec(row, 1..4).prop_map(|rows| {
        let mut all = Rows::new();
        rows.iter().for_each(|row| all.push(normalise(row, TOTAL).into_iter()).unwrap());
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn escaped_decodes_what_it_encoded(
        rows in escaped(),
        symbols in prop::collection::vec(prop_oneof![Just(0_i16), -3..4_i16, -130..131_i16, any::<i16>()], 6 * 20),
        quality in 1_u8..=100,
    ) {
        let shape = Shape::new(2, rows.len(), 2, 10 / rows.len())?;
        let (model, quantiser, symbols) = (Escaped::new(&rows, 0), variable_rate::at(quality), &symbols[..shape.volume()]);
        let bytes = encode_stream(&model, quantiser, shape, symbols)?;
        prop_assert_eq!(decode_stream(&model, quantiser, shape, &bytes)?, symbols);
    }

    #[test]
    fn any_bytes_decode_to_symbols_or_to_a_format_error(
        rows in escaped(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let shape = Shape::new(1, rows.len(), 8, 8)?;
        if let Err(error) = decode_stream(&Escaped::new(&rows, 0), variable_rate::at(1), shape, &bytes) {
            prop_assert!(matches!(error, Error::Format(_)));
        }
    }
}

#[test]
fn escaped_writes_the_bytes_of_the_coder_on_paper() {
    // Channel 0 reaches to 2, channel 1 nowhere.
    let tables = [normalise(&[1, 20, 900, 20, 1, 3], TOTAL), normalise(&[500, 2], TOTAL)];
    let shape = Shape::new(1, 2, 2, 3).unwrap();
    let symbols = [0, -2, 1, 3, -10, i16::MIN, 0, 1, -1, 4, 0, i16::MAX];
    let mut reference = Reference::new();
    for (index, &symbol) in symbols.iter().enumerate() {
        let (table, reach) = (&tables[index / 6], [2, 0][index / 6]);
        let size = i32::from(symbol).abs();
        let place = if size > reach { table.len() - 1 } else { (i32::from(symbol) + reach) as usize };
        reference.encode(table[..place].iter().sum(), table[place], TOTAL);
        if size > reach {
            // The sign; as many ones as the number has bits beyond its first, and a zero unless they are 15; those
            // bits.
            let mut bit = |one: bool| reference.encode(if one { 0 } else { TOTAL / 2 }, TOTAL / 2, TOTAL);
            let digits = format!("{:b}", size - reach);
            bit(symbol < 0);
            (1..digits.len()).for_each(|_| bit(true));
            if digits.len() < 16 {
                bit(false);
            }
            digits[1..].chars().for_each(|digit| bit(digit == '1'));
        }
    }
    let mut rows = Rows::new();
    tables.iter().for_each(|table| rows.push(table.iter().copied()).unwrap());
    let model = Escaped::new(&rows, 0);
    let stream = encode_stream(&model, variable_rate::at(9), shape, &symbols).unwrap();
    assert_eq!(stream, reference.finish());
    assert_eq!(decode_stream(&model, variable_rate::at(9), shape, &stream).unwrap(), symbols);
}

/// The stream of some symbols under the model for a quality.
fn stream(entropy: Entropy, quality: u8, shape: Shape, symbols: &[i16], tables: &Tables) -> Vec<u8> {
    let model = select(entropy, variable_rate::at(quality), shape, Some(tables)).unwrap();
    encode_stream(&model, variable_rate::at(quality), shape, symbols).unwrap()
}

#[test]
fn a_quality_is_coded_best_by_its_own_band() {
    let shape = Shape::new(8, 3, 12, 12).unwrap();
    for (entropy, bands) in [(Entropy::Static, (4, 0)), (Entropy::Context, (0, 4))] {
        let tables = Tables::parse(&variable_rate::tables_bytes(bands.0, bands.1)).unwrap();
        let streams =
            |symbols: &[i16]| [1, 25, 26, 75, 76, 100].map(|quality| stream(entropy, quality, shape, symbols, &tables));
        let [low, high] = [5, 95].map(|quality| streams(&variable_rate::sparse(shape, quality, 100)));
        // Of many short streams: a long one soon has its own statistics.
        let short = Shape::new(1, 3, 3, 3).unwrap();
        let total = |quality: u8, coded_as: u8| -> usize {
            let symbols = (0..300).map(|seed| variable_rate::sparse(short, quality, seed));
            symbols.map(|symbols| stream(entropy, coded_as, short, &symbols, &tables).len()).sum()
        };
        let totals = [total(5, 1), total(5, 100), total(95, 100), total(95, 1)];
        assert!(totals[0] < totals[1] && totals[2] < totals[3], "{entropy:?} {totals:?}");
        // 25 is in the first of four bands, 26 in the second.
        for streams in [low, high] {
            assert!(streams[0] == streams[1] && streams[1] != streams[2], "{entropy:?}");
            assert!(streams[3] != streams[4] && streams[4] == streams[5], "{entropy:?}");
        }
    }
}

#[test]
fn channels_of_zeros_cost_next_to_nothing() {
    let (channels, rounding) = (320, vec![128; 640]);
    let training = Shape::new(1, channels, 8, 8).unwrap();
    let zeros = vec![0; training.volume()];
    let streams = [Stream { quality: 50, shape: training, symbols: &zeros }; 30];
    let fitted = VariableRate::fit(channels, &vec![0.0; 640], &rounding, &streams, 1, 8).unwrap();
    let tables = Tables::parse(&Tables::build(&[], Some(&fitted), None, None).unwrap()).unwrap();
    let shape = Shape::new(1, channels, 32, 48).unwrap();
    let zeros = vec![0; shape.volume()];
    // 491,520 symbols; of tables that have seen 1,920 zeros in each channel, and of a coder that has seen 30 silent
    // ones.
    for entropy in [Entropy::Static, Entropy::Context] {
        let bytes = stream(entropy, 50, shape, &zeros, &tables).len();
        assert!(bytes < 25, "{entropy:?}: {bytes} bytes");
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
