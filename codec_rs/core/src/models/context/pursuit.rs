//! Which earlier channels a channel looks at, by orthogonal matching pursuit (Pati, Rezaiifar, Krishnaprasad 1993).

use super::regression::PARTNERS;
use super::sample::Sample;
use crate::shape::Shape;

/// Magnitudes count as this at most.
const LARGEST: u32 = 63;
/// What is left of a regressor's square must be more than this share of it.
const LEAST: f64 = 1e-6;

/// For each channel the earlier ones whose magnitudes, here and next to it, tell most about its own beside its own
/// neighbours: one after another that which leaves the smallest squares.
pub fn partners(samples: &[&Sample<'_>], centres: &[i16]) -> Vec<[u16; PARTNERS]> {
    let mut products = Products::none(centres.len());
    for sample in samples {
        let maps = centres.iter().enumerate().map(|(channel, &centre)| Maps::new(sample, channel, centre));
        products.add(&maps.collect::<Vec<_>>());
    }
    (0..centres.len()).map(|channel| products.partners(channel)).collect()
}

/// Inner products of the channels' maps over all samples. Of pairs, a channel's row has all up to it.
struct Products {
    channels: usize,
    /// The blurred magnitudes of a pair.
    blurred: Vec<i64>,
    /// A channel's own neighbours and the other's blurred magnitudes.
    neighbours_blurred: Vec<i64>,
    /// A channel's magnitudes and the other's blurred ones.
    magnitudes_blurred: Vec<i64>,
    /// A channel's neighbours with themselves.
    neighbours: Vec<i64>,
    /// A channel's neighbours and magnitudes.
    neighbours_magnitudes: Vec<i64>,
}

impl Products {
    fn none(channels: usize) -> Self {
        let [blurred, neighbours_blurred, magnitudes_blurred] = [(); 3].map(|()| vec![0; channels * channels]);
        let [neighbours, neighbours_magnitudes] = [(); 2].map(|()| vec![0; channels]);
        Self { channels, blurred, neighbours_blurred, magnitudes_blurred, neighbours, neighbours_magnitudes }
    }

    /// Adds the products of one sample's maps, one of each channel.
    fn add(&mut self, maps: &[Maps]) {
        let active = |last: usize| (0..last).filter(|&channel| maps[channel].active());
        for channel in active(self.channels) {
            let Maps { magnitudes, blurred, neighbours } = &maps[channel];
            self.neighbours[channel] += dot(neighbours, neighbours);
            self.neighbours_magnitudes[channel] += dot(neighbours, magnitudes);
            for earlier in active(channel + 1) {
                let (pair, other) = (channel * self.channels + earlier, &maps[earlier].blurred);
                self.blurred[pair] += dot(blurred, other);
                self.neighbours_blurred[pair] += dot(neighbours, other);
                self.magnitudes_blurred[pair] += dot(magnitudes, other);
            }
        }
    }

    /// The partners of a channel: its own neighbours are taken first, then one earlier channel after another.
    fn partners(&self, channel: usize) -> [u16; PARTNERS] {
        let earlier = |products: &[i64]| -> Vec<f64> {
            products[channel * self.channels..][..channel].iter().map(|&product| product as f64).collect()
        };
        let norms = (0..channel).map(|earlier| self.of_blurred(earlier, earlier)).collect();
        let mut pursuit = Pursuit::new(earlier(&self.magnitudes_blurred), norms);
        let (norm, target) = (self.neighbours[channel] as f64, self.neighbours_magnitudes[channel] as f64);
        pursuit.remove(earlier(&self.neighbours_blurred), norm, target);
        let mut chosen = [0; PARTNERS];
        for partner in chosen.iter_mut().take(channel) {
            let best = pursuit.best();
            pursuit.choose(best, (0..channel).map(|earlier| self.of_blurred(earlier, best)).collect());
            *partner = best as u16;
        }
        chosen
    }

    fn of_blurred(&self, one: usize, other: usize) -> f64 {
        self.blurred[one.max(other) * self.channels + one.min(other)] as f64
    }
}

/// A plane's magnitudes, their square roots in 16ths; each with half of those of its four neighbours added; and the
/// sum of its four causal neighbours.
struct Maps {
    magnitudes: Vec<i32>,
    blurred: Vec<i32>,
    neighbours: Vec<i32>,
}

impl Maps {
    fn new(sample: &Sample<'_>, channel: usize, centre: i16) -> Self {
        let plane = sample.shape.plane();
        let symbols = &sample.coded[channel * plane..][..plane];
        let root = |&symbol: &i16| (u32::from(symbol.abs_diff(centre)).min(LARGEST) << 8).isqrt() as i32;
        let magnitudes: Vec<i32> = symbols.iter().map(root).collect();
        let around = sums(&magnitudes, sample.shape, [(-1, 0), (1, 0), (0, -1), (0, 1)]);
        let neighbours = sums(&magnitudes, sample.shape, [(0, -1), (-1, 0), (-1, -1), (-1, 1)]);
        let blurred = magnitudes.iter().zip(around).map(|(magnitude, around)| magnitude + around / 2).collect();
        Self { magnitudes, blurred, neighbours }
    }

    fn active(&self) -> bool {
        self.blurred.iter().any(|&value| value != 0)
    }
}

/// For each position of a plane the sum of four values, which are so many rows down and columns to the right; one beyond
/// the border is none.
fn sums(values: &[i32], shape: Shape, offsets: [(isize, isize); 4]) -> Vec<i32> {
    let (rows, columns) = (shape.rows(), shape.columns());
    let value =
        |row: usize, column: usize| if row < rows && column < columns { values[row * columns + column] } else { 0 };
    let sum = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        let at = |&(down, right)| value(row.wrapping_add_signed(down), column.wrapping_add_signed(right));
        offsets.iter().map(at).sum()
    };
    (0..values.len()).map(sum).collect()
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
