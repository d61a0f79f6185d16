//! The files: `.ltc` (one picture), `.ltcp` (a pack of pictures of one size). `docs/FORMAT.md` gives the bytes.

mod blocks;
mod chunks;
mod content;
mod flags;
mod header;
mod image;
mod pack;
mod sample;
mod tiles;

pub use chunks::Chunk;
pub use content::Content;
pub use header::{Header, Sizes};
pub use image::{ImageFile, Progress, write_image, write_image_reporting};
pub use pack::{PackFile, write_pack};
pub use sample::Sample;
