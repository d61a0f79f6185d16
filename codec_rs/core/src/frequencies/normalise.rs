//! Counts of training symbols to integer frequencies of a fixed total.

/// Frequencies with the sum `total` in proportion to `counts`, each at least 1, in integers alone.
///
/// Half a count is added to every symbol first (Krichevsky and Trofimov, "The performance of universal encoding",
/// 1981), so that a symbol not seen in a short training set stays affordable. The rest of the rounding goes to the
/// largest remainders, ties to the lower symbol; what the floor of 1 costs is taken from the most frequent symbols.
///
/// There must be at least one count and no more counts than `total`.
///
/// ```
/// use latentcodec_core::frequencies::normalise;
/// assert_eq!(normalise(&[0, 0, 0, 0], 1 << 16), [16384; 4]);
/// assert_eq!(normalise(&[1_000_000, 0], 1 << 16), [65535, 1]);
/// ```
pub fn normalise(counts: &[u64], total: u32) -> Vec<u32> {
    let weights: Vec<u128> = counts.iter().map(|&count| 2 * u128::from(count) + 1).collect();
    let sum: u128 = weights.iter().sum();
    let scaled = |weight: u128| (weight * u128::from(total) / sum, weight * u128::from(total) % sum);
    let mut frequencies: Vec<u32> = weights.iter().map(|&weight| (scaled(weight).0 as u32).max(1)).collect();

    let assigned: u32 = frequencies.iter().sum();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&symbol| std::cmp::Reverse(scaled(weights[symbol]).1));
    for &symbol in order.iter().take(total.saturating_sub(assigned) as usize) {
        frequencies[symbol] += 1;
    }
    for _ in total..assigned {
        if let Some(largest) = frequencies.iter_mut().rev().max() {
            *largest -= 1;
        }
    }
    frequencies
}
