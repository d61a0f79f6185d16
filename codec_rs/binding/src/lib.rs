//! What both Python bindings need, the codec's and the study's: arrays in, errors out.

pub mod arrays;
pub mod errors;
