//! Where in a picture its quality is higher or lower: docs/FORMAT.md, the chunk of importance.

use std::io::Read;

use flate2::bufread::ZlibDecoder;
use latentcodec_core::container::ImageFile;

use crate::failure::{Failure, Result};

/// The kind of the chunk, and the pixels along the side of its cells.
const IMPORTANCE: u8 = 13;
const CELL: usize = 64;

/// An offset of the quality for each cell of 64x64 pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Importance {
    offsets: Vec<i8>,
    /// Cells in a row.
    columns: usize,
    /// Pixels per latent, in each direction.
    stride: usize,
}

impl Importance {
    /// That of a file, nothing where the quality is the same everywhere; a `FormatError` if it is damaged or there is
    /// no quality for it to change.
    pub fn read(image: &ImageFile, stride: usize) -> Result<Option<Self>> {
        let Some(chunk) = image.chunks().iter().find(|chunk| chunk.kind == IMPORTANCE) else { return Ok(None) };
        let header = image.header();
        if header.quantiser.quality().is_none() {
            return Err(Failure::format("there is an importance map, but no quality for it to change"));
        }
        let [columns, rows] = [header.width, header.height].map(|pixels| (pixels as usize).div_ceil(CELL));
        let mut decoder = ZlibDecoder::new(&chunk.bytes[..]);
        let mut content = Vec::new();
        let read = decoder.by_ref().take((rows * columns) as u64 + 1).read_to_end(&mut content);
        if read.is_err() || content.len() != rows * columns || !decoder.into_inner().is_empty() {
            return Err(Failure::format(format!("the importance map does not hold {} offsets", rows * columns)));
        }
        Ok(Some(Self { offsets: content.iter().map(|&byte| byte as i8).collect(), columns, stride }))
    }

    /// All offsets, in the cells' order.
    pub fn offsets(&self) -> &[i8] {
        &self.offsets
    }

    /// The offset of a latent.
    pub fn at(&self, row: usize, column: usize) -> i8 {
        let [row, column] = [row, column].map(|place| place * self.stride / CELL);
        self.offsets[row * self.columns + column]
    }
}
