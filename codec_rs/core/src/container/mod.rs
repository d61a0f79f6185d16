//! The files: `.ltc` (one picture), `.ltcp` (a pack of pictures of one size). `docs/FORMAT.md` gives the bytes.

/// The format version that this release writes, in the fourth byte of every file.
pub const VERSION: u8 = 1;

mod blocks;
mod chunks;
mod flags;
mod header;
mod image;
mod pack;
mod tiles;

pub use chunks::Chunk;
pub use header::{Header, Sizes};
pub use image::{ImageFile, write_image};
pub use pack::{PackFile, write_pack};
