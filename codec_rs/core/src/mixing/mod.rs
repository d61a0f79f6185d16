//! Context mixing in integers: one engine for latents and for whatever else is coded as binary decisions.
//!
//! ```text
//! contexts --> slots of counters --stretch--> inputs --weights--> sum --squash--> probability --> Binary
//!                    ^                                  ^                              |
//!                    +----------- learn the bit --------+------------------------------+
//! ```
//!
//! Mahoney, "Adaptive weighing of context models for lossless data compression" (2005), as in his lpaq: each context
//! has a probability of its own for the next bit, and an online logistic regression weighs them. In an [`Engine`] a
//! context is the number of a slot, which the caller computes, so that memory and time are known beforehand; [`Hashed`]
//! finds slots for keys of any size, and keeps those of the commonest.

mod binary;
mod counter;
mod engine;
mod hashed;
pub(crate) mod logistic;

pub use binary::{Binary, Listener, Meter};
pub use counter::Counter;
pub use engine::{Engine, NODES, Place};
pub use hashed::{Extent, Hashed};
