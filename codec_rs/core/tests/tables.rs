//! Frequencies from counts, and `tables.bin`.

mod common;

use common::{RULES, quantiser};
use latentcodec_core::Error;
use latentcodec_core::normalise::normalise;
use latentcodec_core::quantiser::Rule;
use latentcodec_core::range_coder::Position;
use latentcodec_core::rows::{Rows, TOTAL};
use latentcodec_core::tables::{Fit, Tables};
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
        let tables = Tables::parse(&Tables::build(&fits, None)?)?;
        for fit in &fits {
            let entry = tables.entry(fit.quantiser)?;
            let rows = fit.counts.chunks(fit.quantiser.levels()).flat_map(|row| normalise(row, TOTAL));
            prop_assert_eq!(entry.rows().frequencies(), rows.collect::<Vec<_>>());
            prop_assert_eq!(entry.codebook().ok(), fit.codebook.as_deref());
        }
    }
}

#[test]
fn counts_too_large_for_a_product_of_64_bits_are_normalised() {
    assert_eq!(normalise(&[u64::MAX, u64::MAX, 0], TOTAL), [32_768, 32_767, 1]);
}

#[test]
fn the_order_of_entries_does_not_matter() {
    let fit =
        |bits| Fit { quantiser: quantiser(Rule::Max, bits), codebook: None, counts: vec![1; 1 << bits], state: None };
    assert_eq!(Tables::build(&[fit(1), fit(2)], None), Tables::build(&[fit(2), fit(1)], None));
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
        assert!(matches!(Tables::build(std::slice::from_ref(&fit), None), Err(Error::Argument(_))), "{fit:?}");
    }
    let fit = Fit { quantiser: quantiser(Rule::VectorShared, 1), codebook, counts: vec![1, 2], state: None };
    assert!(Tables::build(std::slice::from_ref(&fit), None).is_ok());
    assert!(matches!(Tables::build(&[fit.clone(), fit], None), Err(Error::Argument(_))));
}
