//! What the symbols next to one tell of it, in channels where neighbours are alike: in those of the mean, as a rule.

/// A prediction from the neighbours above and to the left.
#[derive(Debug, Clone, Copy)]
pub struct Prediction {
    /// By the median edge detector of LOCO-I (Weinberger, Seroussi, Sapiro 2000): the smaller or the larger neighbour
    /// where there is an edge, else a plane through three of them.
    pub median: i32,
    /// How far above it a plane through four of them lies.
    pub rise: i32,
    /// Whether they differ by more than one, or one is missing.
    pub unsure: bool,
    /// How far the neighbours to the left and above lie above the one between them.
    pub gradients: [i32; 2],
}

impl Prediction {
    /// Of the symbol of this index, in rows of so many columns; only those before it are looked at.
    #[inline(always)]
    pub fn new(symbols: &[i16], columns: usize, index: usize) -> Self {
        let back = |distance: usize| i32::from(symbols[index - distance]);
        match (index >= columns, !index.is_multiple_of(columns)) {
            (false, false) => Self::from_one(0),
            (false, true) => Self::from_one(back(1)),
            (true, false) => Self::from_one(back(columns)),
            (true, true) => {
                let last = (index + 1).is_multiple_of(columns);
                Self::from_four(back(1), back(columns), back(columns + 1), back(columns - usize::from(!last)))
            }
        }
    }

    fn from_one(neighbour: i32) -> Self {
        Self { median: neighbour, rise: 0, unsure: true, gradients: [0; 2] }
    }

    #[inline(always)]
    fn from_four(w: i32, n: i32, nw: i32, ne: i32) -> Self {
        let (small, large) = (w.min(n), w.max(n));
        let median = (w + n - nw).clamp(small, large);
        let plane = (2 * (w + n) - nw + ne + 2) >> 2;
        let spread = large.max(nw).max(ne) - small.min(nw).min(ne);
        Self { median, rise: plane - median, unsure: spread > 1, gradients: [w - nw, n - nw] }
    }
}

/// The errors of predicting every symbol of a plane, in rows of so many columns.
pub fn errors(symbols: &[i16], columns: usize) -> impl Iterator<Item = i32> {
    let error = move |(index, &symbol)| i32::from(symbol) - Prediction::new(symbols, columns, index).median;
    symbols.iter().enumerate().map(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_and_an_edge_are_predicted_exactly_but_for_where_neighbours_are_missing() {
        let (columns, rows) = (7, 5);
        // It rises downwards and falls to the right, so each symbol lies between the ones beside and above it.
        let plane = |index: usize| 3 * (index / columns) as i16 - 2 * (index % columns) as i16;
        let flat: Vec<i16> = (0..rows * columns).map(plane).collect();
        let edge: Vec<i16> = (0..rows * columns).map(|index| if index % columns < 3 { -40 } else { 900 }).collect();
        for symbols in [flat, edge] {
            let errors: Vec<i32> = errors(&symbols, columns).collect();
            let inner = (columns..rows * columns).filter(|index| index % columns > 0);
            assert!(inner.into_iter().all(|index| errors[index] == 0), "{errors:?}");
        }
    }

    #[test]
    fn no_symbols_are_too_large() {
        let symbols: Vec<i16> = (0..30).map(|index| if index * index % 7 < 3 { i16::MIN } else { i16::MAX }).collect();
        assert!(errors(&symbols, 5).all(|error| error.unsigned_abs() < 1 << 16));
    }
}
