//! The part of a header that a picture and a pack share.

use super::flags::Flags;
use crate::bytes::{Reader, check_magic, push_leb128};
use crate::models::Entropy;
use crate::quantise::Quantiser;
use crate::quantise::side_information;
use crate::shape::Shape;
use crate::{Error, Result};

/// Where the bytes of a file go; their sum is its length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Everything before the side information.
    pub header: usize,
    /// Side information of the quantiser.
    pub side_information: usize,
    /// Chunks, with their kinds and lengths.
    pub chunks: usize,
    /// Lengths of a pack's blocks or a tiled picture's tiles.
    pub index: usize,
    /// Entropy-coded symbols.
    pub payload: usize,
    /// Checksums.
    pub checksum: usize,
}

impl Sizes {
    /// The length of the file.
    pub fn total(&self) -> usize {
        self.header + self.side_information + self.chunks + self.index + self.payload + self.checksum
    }
}

/// What a file says of itself before its side information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The first 4 bytes of the SHA-256 of the bundle's canonical `codec.json`.
    pub model: [u8; 4],
    /// Width of a picture in pixels, 1 to `2^32`.
    pub width: u64,
    /// Height of a picture in pixels, 1 to `2^32`.
    pub height: u64,
    /// How latents became symbols.
    pub quantiser: Quantiser,
    /// How symbols became bytes.
    pub entropy: Entropy,
    /// Whether the picture was grey: a decoder turns its RGB into luma.
    pub grey: bool,
    /// Height and width of a tile in latents, 1 to `2^32`; `None` where one stream holds the picture. Packs have no
    /// tiles.
    pub tile: Option<u64>,
}

impl Header {
    pub(super) fn write(&self, magic: [u8; 4], chunks: bool) -> Result<Vec<u8>> {
        if self.width == 0 || self.height == 0 || self.tile == Some(0) {
            return Err(Error::Argument("a picture has at least one pixel, a tile at least one latent".into()));
        }
        let hundredths = self.quantiser.hundredths();
        let Self { entropy, grey, tile, .. } = *self;
        let flags = Flags { entropy, tiled: tile.is_some(), chunks, grey, hundredths: hundredths > 0 };
        let mut bytes = magic.to_vec();
        bytes.extend(self.model);
        push_leb128(&mut bytes, self.width - 1)?;
        push_leb128(&mut bytes, self.height - 1)?;
        bytes.extend([self.quantiser.byte(), flags.byte()]);
        bytes.extend((hundredths > 0).then_some(hundredths));
        if let Some(tile) = self.tile {
            push_leb128(&mut bytes, tile - 1)?;
        }
        Ok(bytes)
    }

    /// The header, and whether chunks follow the side information.
    pub(super) fn read(reader: &mut Reader<'_>, magic: [u8; 4], what: &str) -> Result<(Self, bool)> {
        check_magic(reader.rest(), magic, what)?;
        reader.take(magic.len())?;
        let mut model = [0; 4];
        model.copy_from_slice(reader.take(4)?);
        let width = reader.leb128()? + 1;
        let height = reader.leb128()? + 1;
        let byte = reader.byte()?;
        let quantiser = Quantiser::from_byte(byte)
            .ok_or_else(|| Error::Format(format!("quantiser byte {byte:#04x} is unknown to this release")))?;
        let Flags { entropy, tiled, chunks, grey, hundredths } = Flags::from_byte(reader.byte()?)?;
        let quantiser = if hundredths { more_by(quantiser, reader.byte()?)? } else { quantiser };
        if !entropy.codes(quantiser) {
            return Err(Error::Format(format!("the {entropy} entropy model does not code {quantiser}")));
        }
        let tile = if tiled { Some(reader.leb128()? + 1) } else { None };
        Ok((Self { model, width, height, quantiser, entropy, grey, tile }, chunks))
    }

    /// [`Error::Limit`] if `count` pictures have more than `max_pixels` pixels in all.
    pub(super) fn check_limit(&self, count: u64, max_pixels: u64) -> Result<()> {
        let pixels = u128::from(count) * u128::from(self.width) * u128::from(self.height);
        if pixels > u128::from(max_pixels) {
            let (width, height) = (self.width, self.height);
            return Err(Error::Limit(format!(
                "{count} x {width} x {height} pixels are more than the limit of {max_pixels}"
            )));
        }
        Ok(())
    }

    /// The bytes of the side information; [`Error::Argument`] if they do not fit the quantiser.
    pub(super) fn side_information_bytes(&self, values: &[f32]) -> Result<Vec<u8>> {
        let expected = self.quantiser.side_information_values();
        if values.len() != expected {
            return Err(Error::Argument(format!("{} values of side information, {expected} expected", values.len())));
        }
        match side_information::violation(self.quantiser, values) {
            Some(violation) => Err(Error::Argument(violation)),
            None => side_information::to_bytes(values),
        }
    }

    pub(super) fn read_side_information(&self, reader: &mut Reader<'_>) -> Result<Vec<f32>> {
        let values = side_information::from_bytes(reader.take(2 * self.quantiser.side_information_values())?);
        match side_information::violation(self.quantiser, &values) {
            Some(violation) => Err(Error::Format(violation)),
            None => Ok(values),
        }
    }

    /// [`Error::Argument`] unless symbols of this shape can be written: pixels must be all of the picture's.
    pub(super) fn check_written(&self, shape: Shape) -> Result<()> {
        let (rows, columns) = (shape.rows(), shape.columns());
        if self.quantiser.rule().exact() && (rows as u64, columns as u64) != (self.height, self.width) {
            let (width, height) = (self.width, self.height);
            return Err(Error::Argument(format!("{columns} x {rows} pixels for a picture of {width} x {height}")));
        }
        self.check_shape(shape)
    }

    /// [`Error::Argument`] unless latents of this shape can belong to a picture of this size.
    pub(super) fn check_shape(&self, shape: Shape) -> Result<()> {
        let (rows, columns) = (shape.rows(), shape.columns());
        if rows as u64 > self.height || columns as u64 > self.width {
            let (width, height) = (self.width, self.height);
            return Err(Error::Argument(format!(
                "latents of {columns} x {rows} are larger than the picture of {width} x {height}"
            )));
        }
        Ok(())
    }
}

/// The quantiser at a quality so many hundredths better; [`Error::Format`] if there are none, or it has no such quality.
fn more_by(quantiser: Quantiser, hundredths: u8) -> Result<Quantiser> {
    match quantiser.with_hundredths(hundredths) {
        Ok(finer) if hundredths > 0 => Ok(finer),
        _ => Err(Error::Format(format!("{hundredths} hundredths of a quality are not to be with {quantiser}"))),
    }
}
