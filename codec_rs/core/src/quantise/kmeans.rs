//! Scalar k-means of one picture's latents: the codebook of the quantiser `vector`.
//!
//! One dimension makes k-means nearly exact and fast: clusters are intervals of the sorted values, so the best ones are
//! found by dynamic programming (Wang and Song, "Ckmeans.1d.dp", 2011; Grønlund et al., "Fast exact k-means, k-medians
//! and Bregman divergence clustering in 1D", 2017) over at most 2048 cells of neighbouring values, and refined by
//! Lloyd's iteration (Lloyd, "Least squares quantization in PCM", 1982) on all values. Nothing is random. Floats are
//! allowed here: what is found is written to the file.

use half::f16;

use crate::{Error, Result};

/// Cells of the dynamic programme, at most: half of them hold equally many values, half are equally wide.
const CELLS: usize = 2048;
/// Rounds of Lloyd's iteration, at most; some ten are usual.
const ROUNDS: usize = 1000;

/// The centroids of `clusters` clusters (1 to 256) of the values: sorted, each exactly a float16. If there are fewer
/// distinct values than clusters, the last is repeated. [`Error::Argument`] if there are no values or one is beyond
/// float16 (65504).
///
/// ```
/// use latentcodec_core::quantise::kmeans;
/// assert_eq!(kmeans(&[5.0, 0.0, 1.0, 6.0, 0.5], 2)?, [0.5, 5.5]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn kmeans(values: &[f32], clusters: usize) -> Result<Vec<f32>> {
    if !(1..=256).contains(&clusters) {
        return Err(Error::Argument(format!("{clusters} clusters, 1 to 256 expected")));
    }
    if values.is_empty() {
        return Err(Error::Argument("k-means of no values".into()));
    }
    if let Some(value) = values.iter().find(|value| !value.is_finite() || value.abs() > f16::MAX.to_f32()) {
        return Err(Error::Argument(format!("{value} is not within float16 (65504)")));
    }
    let histogram = Histogram::new(values);
    let mut means = if histogram.points.len() <= clusters {
        histogram.points.clone()
    } else {
        histogram.lloyd(histogram.cluster(clusters))
    };
    means.resize(clusters, means.last().copied().unwrap_or_default());
    Ok(means.iter().map(|&mean| f16::from_f64(mean + histogram.origin).to_f32()).collect())
}

/// The distinct values in ascending order, less `origin`, and sums over those before each.
struct Histogram {
    /// The mean, taken off so that sums of squares keep their digits.
    origin: f64,
    points: Vec<f64>,
    /// `sums[i]`: number, sum and sum of squares of the values at `points[..i]`.
    sums: Vec<[f64; 3]>,
}

impl Histogram {
    fn new(values: &[f32]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        let origin = sorted.iter().map(|&value| f64::from(value)).sum::<f64>() / sorted.len() as f64;
        let mut points = Vec::new();
        let mut sums = vec![[0.0; 3]];
        let mut total = [0.0; 3];
        for run in sorted.chunk_by(|left, right| left == right) {
            let (point, count) = (f64::from(run[0]) - origin, run.len() as f64);
            total = [total[0] + count, total[1] + count * point, total[2] + count * point * point];
            points.push(point);
            sums.push(total);
        }
        Self { origin, points, sums }
    }

    /// Number and sum of the values at `points[start..end]`.
    fn part(&self, start: usize, end: usize) -> (f64, f64) {
        (self.sums[end][0] - self.sums[start][0], self.sums[end][1] - self.sums[start][1])
    }

    /// Squared error of one cluster of the values at `points[start..end]`, which are not none.
    fn cost(&self, start: usize, end: usize) -> f64 {
        let (count, sum) = self.part(start, end);
        self.sums[end][2] - self.sums[start][2] - sum * sum / count
    }

    /// The indices of points at which cells start, and the end.
    fn cells(&self) -> Vec<usize> {
        let last = self.points.len() - 1;
        let (width, count) = (self.points[last] - self.points[0], self.sums[last + 1][0]);
        let half = (CELLS / 2) as f64;
        let cell = |index: usize| {
            let rank = (self.sums[index][0] / count * half) as u32;
            let place = ((self.points[index] - self.points[0]) / width * half) as u32;
            (rank, place)
        };
        let starts = (0..=last).filter(|&index| last < CELLS || index == 0 || cell(index) != cell(index - 1));
        starts.chain([last + 1]).collect()
    }

    /// The means of the best clusters whose bounds are bounds of cells.
    fn cluster(&self, clusters: usize) -> Vec<f64> {
        let cells = self.cells();
        let ends = cells.len() - 1;
        // costs[end]: of the best clusters of the first `end` cells, with as many clusters as rounds so far.
        let mut costs: Vec<f64> = cells.iter().map(|&end| if end == 0 { 0.0 } else { self.cost(0, end) }).collect();
        let mut choices: Vec<Vec<usize>> = Vec::new();
        for used in 2..=clusters.min(ends) {
            let (after, starts) = (vec![f64::MAX; ends + 1], vec![0; ends + 1]);
            let mut stage = Stage { histogram: self, cells: &cells, before: &costs, costs: after, starts };
            stage.fill(used, ends + 1, used - 1, ends);
            let Stage { costs: after, starts, .. } = stage;
            costs = after;
            choices.push(starts);
        }
        self.backtrack(&cells, &choices)
    }

    /// The means of the clusters that were chosen: for each but the first, by the cell that it ends before, the cell
    /// that it starts with.
    fn backtrack(&self, cells: &[usize], choices: &[Vec<usize>]) -> Vec<f64> {
        let mut means = Vec::new();
        let mut end = cells.len() - 1;
        for starts in choices.iter().rev() {
            let start = starts[end];
            means.push(self.mean(cells[start], cells[end]));
            end = start;
        }
        means.push(self.mean(0, cells[end]));
        means.reverse();
        means
    }

    fn mean(&self, start: usize, end: usize) -> f64 {
        let (count, sum) = self.part(start, end);
        sum / count
    }

    /// Lloyd's iteration: give every value to its nearest mean, then move the means, until nothing changes.
    fn lloyd(&self, mut means: Vec<f64>) -> Vec<f64> {
        let mut rounds = 0..ROUNDS;
        while rounds.next().is_some() && self.moved(&mut means) {}
        means
    }

    /// One round of it; whether it moved a mean.
    fn moved(&self, means: &mut [f64]) -> bool {
        let mut start = 0;
        let mut moved = false;
        for index in 0..means.len() {
            let end = match means.get(index + 1) {
                Some(next) => self.points.partition_point(|&point| point <= (means[index] + next) / 2.0),
                None => self.points.len(),
            };
            // The mean of an emptied cluster stays where it is. `means[index]` is not read again in this round.
            if end > start {
                let mean = self.mean(start, end);
                moved |= mean != means[index];
                means[index] = mean;
            }
            start = start.max(end);
        }
        moved
    }
}

/// One more cluster: for every end the best start of the last cluster.
struct Stage<'a> {
    histogram: &'a Histogram,
    cells: &'a [usize],
    before: &'a [f64],
    costs: Vec<f64>,
    starts: Vec<usize>,
}

impl Stage<'_> {
    /// Fills the ends `low..high`. The best start grows with the end, so the middle end halves the range of starts
    /// `first..=last` for both sides.
    fn fill(&mut self, low: usize, high: usize, first: usize, last: usize) {
        if low >= high {
            return;
        }
        let end = low.midpoint(high);
        for start in first..=last.min(end - 1) {
            let cost = self.before[start] + self.histogram.cost(self.cells[start], self.cells[end]);
            if cost < self.costs[end] {
                (self.costs[end], self.starts[end]) = (cost, start);
            }
        }
        let best = self.starts[end];
        self.fill(low, end, first, best);
        self.fill(end + 1, high, best, last);
    }
}
