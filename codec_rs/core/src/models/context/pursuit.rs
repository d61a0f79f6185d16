//! Which earlier channels a channel looks at.

use super::regression::PARTNERS;
use super::sample::TrainingStream;

/// Magnitudes count as this at most.
const LARGEST: u32 = 63;
/// What is left of a regressor's square must be more than this share of it.
const LEAST: f64 = 1e-6;

/// For each channel the earlier ones whose magnitudes, here and next to it, tell most about its own beside its own
/// neighbours: one after another that which leaves the smallest squares (orthogonal matching pursuit, Pati et al.
/// 1993).
pub fn partners(samples: &[&TrainingStream<'_>], centres: &[i16]) -> Vec<[u16; PARTNERS]> {
    let channels = centres.len();
    // For each pair of a channel and an earlier one: products with the earlier one's blurred magnitudes.
    let [mut blurred, mut beside, mut here] = [(); 3].map(|()| vec![0_i64; channels * channels]);
    let (mut neighbours, mut targets) = (vec![0; channels], vec![0; channels]);
    for sample in samples {
        let maps: Vec<_> = (0..channels).map(|channel| Maps::new(sample, channel, centres[channel])).collect();
        let active = |last: usize| (0..last).filter(|&channel| maps[channel].active());
        for channel in active(channels) {
            let Maps { magnitudes, blurred: blur, neighbours: near } = &maps[channel];
            neighbours[channel] += dot(near, near);
            targets[channel] += dot(near, magnitudes);
            for earlier in active(channel + 1) {
                let (pair, other) = (channel * channels + earlier, &maps[earlier].blurred);
                blurred[pair] += dot(blur, other);
                beside[pair] += dot(near, other);
                here[pair] += dot(magnitudes, other);
            }
        }
    }
    let product = |one: usize, other: usize| blurred[one.max(other) * channels + one.min(other)] as f64;
    let of_channel = |channel: usize| {
        let row = |products: &[i64]| -> Vec<f64> {
            products[channel * channels..][..channel].iter().map(|&product| product as f64).collect()
        };
        let mut pursuit = Pursuit::new(row(&here), (0..channel).map(|earlier| product(earlier, earlier)).collect());
        pursuit.remove(row(&beside), neighbours[channel] as f64, targets[channel] as f64);
        let mut chosen = [0; PARTNERS];
        for partner in chosen.iter_mut().take(channel) {
            let best = pursuit.best();
            pursuit.choose(best, (0..channel).map(|earlier| product(earlier, best)).collect());
            *partner = best as u16;
        }
        chosen
    };
    (0..channels).map(of_channel).collect()
}

/// A plane's magnitudes, their square roots in 16ths; each with half of those of its four neighbours added; and the
/// sum of its four causal neighbours.
struct Maps {
    magnitudes: Vec<i32>,
    blurred: Vec<i32>,
    neighbours: Vec<i32>,
}

impl Maps {
    fn new(sample: &TrainingStream<'_>, channel: usize, centre: i16) -> Self {
        let (plane, rows, columns) = (sample.shape.plane(), sample.shape.rows(), sample.shape.columns());
        let symbols = &sample.symbols[channel * plane..][..plane];
        let root = |&symbol: &i16| (u32::from(symbol.abs_diff(centre)).min(LARGEST) << 8).isqrt() as i32;
        let magnitudes: Vec<i32> = symbols.iter().map(root).collect();
        let at = |row: usize, column: usize| {
            // One beyond the border is none, and so is one before it.
            if row < rows && column < columns { magnitudes[row * columns + column] } else { 0 }
        };
        let map = |value: &dyn Fn(usize, usize) -> i32| -> Vec<i32> {
            (0..plane).map(|index| value(index / columns, index % columns)).collect()
        };
        let [up, back] = [1, 1].map(|one: usize| move |index: usize| index.wrapping_sub(one));
        let blurred = map(&|row, column| {
            let around = at(up(row), column) + at(row + 1, column) + at(row, back(column)) + at(row, column + 1);
            at(row, column) + around / 2
        });
        let neighbours = map(&|row, column| {
            at(row, back(column)) + at(up(row), column) + at(up(row), back(column)) + at(up(row), column + 1)
        });
        Self { magnitudes, blurred, neighbours }
    }

    fn active(&self) -> bool {
        self.blurred.iter().any(|&value| value != 0)
    }
}

fn dot(one: &[i32], other: &[i32]) -> i64 {
    one.iter().zip(other).map(|(&one, &other)| i64::from(one * other)).sum()
}

/// Candidates for a sum of least squares, by their inner products: with what is left of the target, with themselves,
/// and with those that were chosen. From all of them the part that lies along the chosen ones is removed.
struct Pursuit {
    left: Vec<f64>,
    norms: Vec<f64>,
    least: Vec<f64>,
    chosen: Vec<(Vec<f64>, f64)>,
}

impl Pursuit {
    fn new(left: Vec<f64>, norms: Vec<f64>) -> Self {
        Self { least: norms.iter().map(|norm| norm * LEAST).collect(), left, norms, chosen: Vec::new() }
    }

    /// The candidate that takes most off the squares, if it is given a weight above 0.
    fn best(&self) -> usize {
        let gain = |&candidate: &usize| match (self.left[candidate], self.norms[candidate]) {
            (left, norm) if left > 0.0 && norm > self.least[candidate] => left * left / norm,
            _ => 0.0,
        };
        (0..self.left.len()).max_by(|one, other| gain(one).total_cmp(&gain(other))).unwrap_or(0)
    }

    /// Takes a candidate with these products with all candidates.
    fn choose(&mut self, candidate: usize, mut products: Vec<f64>) {
        for (along, norm) in &self.chosen {
            for (product, other) in products.iter_mut().zip(along) {
                *product -= other * along[candidate] / norm;
            }
        }
        self.remove(products, self.norms[candidate], self.left[candidate]);
        self.norms[candidate] = 0.0;
    }

    /// Removes the part along something with these products with all candidates, with itself and with the target.
    fn remove(&mut self, products: Vec<f64>, norm: f64, target: f64) {
        if norm > 0.0 {
            for (index, product) in products.iter().enumerate() {
                self.left[index] -= product * target / norm;
                self.norms[index] -= product * product / norm;
            }
            self.chosen.push((products, norm));
        }
    }
}
