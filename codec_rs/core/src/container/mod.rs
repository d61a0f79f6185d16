//! The files: `.ltc` (one picture), `.ltcp` (a pack of pictures of one size). `docs/FORMAT.md` gives the bytes.

pub mod bytes;
mod header;
mod image;
mod pack;

pub use header::Header;
pub use image::{ImageFile, write_image};
pub use pack::{PackFile, write_pack};
