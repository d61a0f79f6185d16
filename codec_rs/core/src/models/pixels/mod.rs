//! The models of pixels.

mod frame;
mod ink;

pub use frame::Frame;
pub use ink::Ink;
