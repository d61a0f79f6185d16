//! Frequencies from counts, and `tables.bin`.

mod common;

use common::{RULES, quantiser, variable_rate};
use latentcodec_core::Error;
use latentcodec_core::frequencies::normalise;
use latentcodec_core::frequencies::{Rows, TOTAL};
use latentcodec_core::quantise::Rule;
use latentcodec_core::range_coder::Position;
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::{Fit, Stream, Tables, VariableRate};
use proptest::prelude::*;

fn counts() -> impl Strategy<Value = Vec<u64>> {
    let count = prop_oneof![Just(0_u64), 0..10_u64, 0..1_000_000_u64, any::<u64>()];
    prop::collection::vec(count, 1..=256)
}

proptest! {
    #[test]
    fn frequencies_sum_to_the_total_and_keep_every_symbol(counts in counts()) {
        let frequencies = normalise(&counts, TOTAL);
        prop_assert_eq!(frequencies.iter().sum::<u32>(), TOTAL);
        prop_assert!(frequencies.iter().all(|&frequency| frequency >= 1));
    }

    #[test]
    fn a_more_frequent_symbol_never_gets_less(counts in counts()) {
        let frequencies = normalise(&counts, TOTAL);
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&symbol| (counts[symbol], frequencies[symbol]));
        // One apart at most: the last units of the remainder have to go somewhere.
        prop_assert!(order.windows(2).all(|pair| frequencies[pair[0]] <= frequencies[pair[1]] + 1));
    }

    #[test]
    fn frequencies_are_counts_and_a_half_in_proportion(counts in prop::collection::vec(1000..10_000_u64, 1..=32)) {
        let sum: f64 = counts.iter().map(|&count| count as f64 + 0.5).sum();
        for (&count, frequency) in counts.iter().zip(normalise(&counts, TOTAL)) {
            let exact = (count as f64 + 0.5) / sum * f64::from(TOTAL);
            prop_assert!((f64::from(frequency) - exact).abs() < 1.0);
        }
    }

    #[test]
    fn a_quantile_finds_the_symbol_whose_interval_holds_it(
        (bits, counts) in (1_u8..=8).prop_flat_map(|bits| (Just(bits), prop::collection::vec(0..5000_u64, 1 << bits))),
        quantile in 0..TOTAL,
    ) {
        let mut rows = Rows::new();
        rows.push(normalise(&vec![1; 1 << bits], TOTAL).into_iter())?;
        rows.push(normalise(&counts, TOTAL).into_iter())?;
        let (symbol, start, size) = rows.row(1).find(Position::new(quantile));
        prop_assert_eq!((start, size), rows.row(1).interval(symbol as usize));
        prop_assert!(start <= quantile && quantile < start + size);
    }

    #[test]
    fn tables_come_back_as_they_were_built(bits in 1_u8..=8, channels in 1_usize..5, seed: u64) {
        let mut numbers = common::Numbers(seed);
        let fits = RULES.map(|rule| {
            let quantiser = quantiser(rule, bits);
            let levels = quantiser.levels();
            let codebook = (rule == Rule::VectorShared).then(|| (0..levels).map(|index| index as f32 / 8.0).collect());
            Fit { quantiser, codebook, counts: (0..channels * levels).map(|_| numbers.below(9999)).collect(), state: None }
        });
        let tables = Tables::parse(&Tables::build(&fits, None, None, None)?)?;
        for fit in &fits {
            let entry = tables.entry(fit.quantiser)?;
            let rows = fit.counts.chunks(fit.quantiser.levels()).flat_map(|row| normalise(row, TOTAL));
            prop_assert_eq!(entry.rows().frequencies(), rows.collect::<Vec<_>>());
            prop_assert_eq!(entry.codebook().ok(), fit.codebook.as_deref());
        }
    }
}

#[test]
fn gains_come_back_as_they_were_fitted_beside_other_entries() {
    let fits = [Fit {
        quantiser: quantiser(Rule::VectorShared, 1),
        codebook: Some(vec![0.0, 1.0]),
        counts: vec![1; 6],
        state: None,
    }];
    for (static_bands, context_bands) in [(0, 0), (0, 1), (1, 0), (20, 8)] {
        let fitted = variable_rate::fit(static_bands, context_bands);
        let bytes = Tables::build(&fits, Some(&fitted), None, None).unwrap();
        let tables = Tables::parse(&bytes).unwrap();
        let found = tables.variable_rate().unwrap();
        assert_eq!(
            (found.channels(), found.log_gains(), found.rounding()),
            (3, &variable_rate::gains().0[..], &variable_rate::gains().1[..])
        );
        assert_eq!(Tables::build(&fits, Some(found), None, None), Ok(bytes));
        assert_eq!(
            found.state().map(|state| (state.channels(), state.bands())),
            (context_bands > 0).then_some((3, context_bands))
        );
        assert_eq!(found.escaped(1, 3).is_ok(), static_bands > 0);
        assert!(tables.entry(quantiser(Rule::VectorShared, 1)).is_ok());
        assert_eq!(tables.state(variable_rate::at(50)).is_ok(), context_bands > 0);
    }
    assert!(matches!(common::tables().variable_rate(), Err(Error::Bundle(_))));
}

#[test]
fn gains_and_streams_that_do_not_fit_are_refused() {
    let shape = Shape::new(2, 2, 1, 1).unwrap();
    let stream = |quality, symbols| Stream { quality, shape, symbols };
    let fit = |log_gains: &[f32], rounding: &[u8], streams: &[Stream<'_>], static_bands, context_bands| {
        VariableRate::fit(2, log_gains, rounding, streams, static_bands, context_bands)
    };
    let (gains, rounding, good) =
        ([0.0, 1.0, 0.0, 2.0], [64, 128, 100, 100], [stream(1, &[0; 4]), stream(100, &[0; 4])]);
    assert!(fit(&gains, &rounding, &good, 2, 8).is_ok());
    assert!(fit(&gains, &rounding, &[], 0, 0).is_ok());
    for (log_gains, rounding) in [
        (&[0.0, 1.0, 0.0, 0.9][..], &rounding[..]),
        (&[0.0, 1.0, 0.0, 31.0], &rounding),
        (&[f32::NAN, 1.0, 0.0, 2.0], &rounding),
        (&[0.0, f32::NEG_INFINITY, 0.0, 2.0], &rounding),
        (&[0.0, 1.0], &rounding[..2]),
        (&[0.0, 1.0, 2.0], &rounding[..3]),
        (&[0.0; 130], &[100; 130]),
        (&gains, &rounding[..2]),
        (&gains, &[63, 128, 100, 100]),
        (&gains, &[64, 129, 100, 100]),
    ] {
        assert!(matches!(fit(log_gains, rounding, &good, 1, 1), Err(Error::Argument(_))), "{log_gains:?} {rounding:?}");
    }
    for (streams, static_bands, context_bands) in [
        (&good[..], 21, 0),
        (&good, 0, 9),
        (&good, 3, 0),
        (&[], 1, 0),
        (&[], 0, 1),
        (&[stream(0, &[0; 4])], 1, 0),
        (&[stream(101, &[0; 4])], 1, 0),
        (&[stream(1, &[0; 3])], 1, 0),
    ] {
        let result = fit(&gains, &rounding, streams, static_bands, context_bands);
        assert!(matches!(result, Err(Error::Argument(_))), "{streams:?} {static_bands} {context_bands}");
    }
    assert!(matches!(VariableRate::fit(0, &[], &[], &[], 0, 0), Err(Error::Argument(_))));
}

#[test]
fn counts_too_large_for_a_product_of_64_bits_are_normalised() {
    assert_eq!(normalise(&[u64::MAX, u64::MAX, 0], TOTAL), [32_768, 32_767, 1]);
}

#[test]
fn the_order_of_entries_does_not_matter() {
    let fit =
        |bits| Fit { quantiser: quantiser(Rule::Max, bits), codebook: None, counts: vec![1; 1 << bits], state: None };
    assert_eq!(Tables::build(&[fit(1), fit(2)], None, None, None), Tables::build(&[fit(2), fit(1)], None, None, None));
}

#[test]
fn a_quantiser_without_tables_is_a_bundle_error_that_names_it() {
    let tables = common::tables();
    match tables.entry(quantiser(Rule::MinMax, 8)) {
        Err(Error::Bundle(message)) => assert!(message.contains("min_max with 8 bits"), "{message}"),
        other => panic!("{other:?}"),
    }
    let without = tables.entry(quantiser(Rule::Max, 1)).unwrap().codebook();
    assert!(matches!(without, Err(Error::Bundle(_))));
}

#[test]
fn fits_of_a_wrong_size_are_refused() {
    let codebook = Some(vec![0.0, 1.0]);
    for (rule, codebook, counts) in [
        (Rule::Max, None, vec![]),
        (Rule::Max, None, vec![1, 2, 3]),
        (Rule::Max, codebook.clone(), vec![1, 2]),
        (Rule::VectorShared, None, vec![1, 2]),
        (Rule::VectorShared, Some(vec![0.0]), vec![1, 2]),
        (Rule::VectorShared, Some(vec![1.0, 0.0]), vec![1, 2]),
        (Rule::VectorShared, Some(vec![0.0, f32::NAN]), vec![1, 2]),
        (Rule::VectorShared, Some(vec![0.0, 0.1]), vec![1, 2]),
    ] {
        let fit = Fit { quantiser: quantiser(rule, 1), codebook, counts, state: None };
        assert!(
            matches!(Tables::build(std::slice::from_ref(&fit), None, None, None), Err(Error::Argument(_))),
            "{fit:?}"
        );
    }
    let fit = Fit { quantiser: quantiser(Rule::VectorShared, 1), codebook, counts: vec![1, 2], state: None };
    assert!(Tables::build(std::slice::from_ref(&fit), None, None, None).is_ok());
    assert!(matches!(Tables::build(&[fit.clone(), fit], None, None, None), Err(Error::Argument(_))));
}
