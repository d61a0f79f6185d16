//! The range coder against a schoolbook coder, and what a decoder refuses.

mod common;

use common::reference::Reference;
use latentcodec_core::Error;
use latentcodec_core::range_coder::{Position, RangeDecoder, RangeEncoder};
use proptest::prelude::*;

/// An interval `[start, start + size)` of `[0, total)`.
type Interval = (u32, u32, u32);

fn interval() -> impl Strategy<Value = Interval> {
    let total = prop_oneof![Just(1_u32 << 16), Just(2), 1_u32..=(1 << 16)];
    total.prop_flat_map(|total| {
        (0..total, Just(total)).prop_flat_map(|(start, total)| {
            let size = prop_oneof![Just(1), Just(total - start), 1..=total - start];
            (Just(start), size, Just(total))
        })
    })
}

/// A model of the numbers below the total.
fn identity(position: Position) -> (u32, u32, u32) {
    (position.quantile(), position.quantile(), 1)
}

fn encode(intervals: &[Interval]) -> Vec<u8> {
    let mut encoder = RangeEncoder::new();
    for &(start, size, total) in intervals {
        if total.is_power_of_two() {
            encoder.encode_bits(start, size, total.trailing_zeros());
        } else {
            encoder.encode(start, size, total);
        }
    }
    encoder.finish()
}

fn on_paper(intervals: &[Interval]) -> Vec<u8> {
    let mut reference = Reference::new();
    for &(start, size, total) in intervals {
        reference.encode(start, size, total);
    }
    reference.finish()
}

/// Decodes the intervals as symbols of models in which only they matter.
fn decodes(intervals: &[Interval], bytes: &[u8]) -> Result<bool, Error> {
    let mut decoder = RangeDecoder::new(bytes);
    for &(start, size, total) in intervals {
        let inside =
            decoder.decode(total, |position| ((start..start + size).contains(&position.quantile()), start, size))?;
        if !inside {
            return Ok(false);
        }
    }
    decoder.finish().map(|()| true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn writes_the_same_bytes_as_the_coder_on_paper(intervals in prop::collection::vec(interval(), 0..200)) {
        prop_assert_eq!(encode(&intervals), on_paper(&intervals));
    }

    #[test]
    fn decodes_what_it_encoded(intervals in prop::collection::vec(interval(), 0..200)) {
        prop_assert_eq!(decodes(&intervals, &encode(&intervals)), Ok(true));
    }

    #[test]
    fn any_bytes_decode_to_something_or_to_a_format_error(
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        total in 1_u32..=1 << 16,
    ) {
        let mut decoder = RangeDecoder::new(&bytes);
        for _ in 0..100 {
            match decoder.decode(total, identity) {
                Ok(quantile) => prop_assert!(quantile < total),
                Err(error) => {
                    prop_assert!(matches!(error, Error::Format(_)));
                    break;
                }
            }
        }
    }
}

#[test]
fn a_carry_runs_through_any_number_of_bytes() {
    for length in [1, 2, 3, 10, 100, 1000] {
        for last_is_below in [true, false] {
            // Every interval holds one half, 0x80, and something below it, 0x7fff...; the last symbol decides.
            let mut half = RangeDecoder::new(&[0x80]);
            let mut intervals = Vec::new();
            for index in 0..=length {
                let (below, size) = if index < length { (1, 2) } else { (u32::from(last_is_below), 1) };
                let find = |position: Position| {
                    let start = position.quantile() - below;
                    ((start, size, 1 << 16), start, size)
                };
                intervals.push(half.decode_bits(16, find).unwrap());
            }
            let bytes = encode(&intervals);
            assert_eq!(bytes, on_paper(&intervals));
            assert_eq!(decodes(&intervals, &bytes), Ok(true));
            assert_eq!(bytes[0], if last_is_below { 0x7f } else { 0x80 });
        }
    }
}

#[test]
fn an_empty_stream_has_no_bytes() {
    assert_eq!(encode(&[]), []);
    assert_eq!(decodes(&[], &[]), Ok(true));
    // Nor has a stream of symbols whose intervals start at 0.
    assert_eq!(encode(&[(0, 1, 4); 1000]), []);
}

#[test]
fn a_stream_costs_its_intervals_and_at_most_one_byte() {
    let mut numbers = common::Numbers(3);
    for _ in 0..200 {
        let sizes: Vec<u32> = (0..numbers.below(60)).map(|_| 1 + numbers.below(65_536) as u32).collect();
        let intervals: Vec<Interval> = sizes.iter().map(|&size| (65_536 - size, size, 1 << 16)).collect();
        let bits: f64 = sizes.iter().map(|&size| 16.0 - f64::from(size).log2()).sum();
        let bytes = encode(&intervals).len() as f64;
        assert!(bytes <= (bits / 8.0).ceil() + 1.0, "{bytes} bytes for {bits} bits");
    }
}

#[test]
fn a_stream_that_goes_on_is_refused() {
    let intervals = [(1, 2, 5), (7, 1, 9), (30_000, 20, 65_536)];
    let bytes = encode(&intervals);
    for more in [vec![0], vec![0, 0, 0, 0, 0], vec![1, 0], vec![0, 0, 0, 0, 0, 1], vec![1; 9]] {
        let longer = [bytes.clone(), more].concat();
        assert!(matches!(decodes(&intervals, &longer), Err(Error::Format(_))), "{longer:?}");
    }
}

#[test]
fn a_number_outside_every_interval_is_refused() {
    // With a total of 3, a 2^64 - 1 is one above the last whole part.
    let mut decoder = RangeDecoder::new(&[255; 8]);
    let result = decoder.decode(3, identity);
    assert!(matches!(result, Err(Error::Format(_))));
}
