//! `tables.bin`: the codebooks, gains and frequency tables of a bundle.

mod parts;
#[expect(clippy::module_inception, reason = "the room and its subject have one name")]
mod tables;
mod variable_rate;

pub use tables::{Entry, Fit, Tables};
pub use variable_rate::{Stream, VariableRate};
