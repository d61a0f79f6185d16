//! Entropy models of latents: which symbols are how probable.
//!
//! A model codes a whole stream at once, since it knows best which of the symbols already coded it looks at: a new
//! model implements [`EntropyModel`] in a file beside these, gets a number in [`Entropy`] and a line in
//! [`select`](crate::streams::select).

mod adaptive;
pub mod context;
mod entropy;
mod escaped;
mod model;
mod static_;

pub use adaptive::Adaptive;
pub use entropy::Entropy;
pub use escaped::Escaped;
pub use model::{EntropyModel, Symbols};
pub use static_::Static;
