//! Quantisers: their identity in a file, their side information, and the arithmetic of those that have centroids.

mod kmeans;
mod nearest;
mod quantiser;
pub mod side_information;

pub use kmeans::kmeans;
pub use nearest::nearest;
pub use quantiser::{Quantiser, Rule, band};
