//! `.ltc`: one picture.

use super::VERSION;
use super::bytes::{CHECKSUM, Reader, seal, unseal_crc};
use super::header::{Header, Sizes};
use crate::shape::Shape;
use crate::tables::Tables;
use crate::{Error, Result, models};

const MAGIC: [u8; 4] = [b'L', b'T', b'C', VERSION];

/// The bytes of a `.ltc` file. `side` holds the quantiser's side values, each exactly a float16; `symbols` has the
/// shape `(1, C, h, w)`. [`Error::Argument`] if a value does not fit, [`Error::Bundle`] if the tables do not.
///
/// ```
/// use latentcodec_core::container::{Header, ImageFile, write_image};
/// use latentcodec_core::{models::Entropy, quantiser::Quantiser, shape::Shape};
/// let quantiser = Quantiser::new(0, 2)?; // max, 2 bits
/// let header = Header { model: [1, 2, 3, 4], width: 16, height: 8, quantiser, entropy: Entropy::Adaptive };
/// let shape = Shape::new(1, 1, 1, 2)?;
/// let bytes = write_image(&header, &[1.5], shape, &[3, 0], None)?;
/// let file = ImageFile::parse(&bytes, 1 << 28)?;
/// assert_eq!((file.header(), file.side()), (&header, &[1.5][..]));
/// assert_eq!(file.symbols(shape, None)?, [3, 0]);
/// # Ok::<(), latentcodec_core::Error>(())
/// ```
pub fn write_image(
    header: &Header,
    side: &[f32],
    shape: Shape,
    symbols: &[i16],
    tables: Option<&Tables>,
) -> Result<Vec<u8>> {
    if shape.pictures() != 1 {
        return Err(Error::Argument("an image file holds one picture".into()));
    }
    header.check_shape(shape)?;
    let mut bytes = header.write(MAGIC)?;
    bytes.extend(header.side_bytes(side)?);
    let model = models::select(header.entropy, header.quantiser, shape, tables)?;
    bytes.extend(models::encode_stream(&*model, header.quantiser, shape, symbols)?);
    seal(&mut bytes);
    Ok(bytes)
}

/// A parsed `.ltc` file; its symbols are decoded when asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFile {
    header: Header,
    header_bytes: usize,
    side: Vec<f32>,
    payload: Vec<u8>,
}

impl ImageFile {
    /// Reads and checks everything but the symbols: [`Error::Format`], [`Error::Truncated`], [`Error::Checksum`],
    /// or [`Error::Limit`] if the picture has more than `max_pixels` pixels.
    pub fn parse(bytes: &[u8], max_pixels: u64) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let header = Header::read(&mut reader, MAGIC, "a .ltc file")?;
        header.check_limit(1, max_pixels)?;
        let header_bytes = reader.position();
        reader.clone().take(2 * header.quantiser.side_values() + CHECKSUM)?;
        let mut reader = Reader::new(unseal_crc(bytes, "the .ltc file")?);
        reader.take(header_bytes)?;
        let side = header.read_side(&mut reader)?;
        Ok(Self { header, header_bytes, side, payload: reader.rest().to_vec() })
    }

    /// What the file says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The quantiser's side values.
    pub fn side(&self) -> &[f32] {
        &self.side
    }

    /// Where the bytes go.
    pub fn sizes(&self) -> Sizes {
        let side = 2 * self.side.len();
        Sizes { header: self.header_bytes, side, index: 0, payload: self.payload.len(), checksum: CHECKSUM }
    }

    /// The symbols, of shape `(1, C, h, w)`. [`Error::Argument`] if the shape cannot be, [`Error::Bundle`] if the
    /// tables do not fit, [`Error::Format`] if the payload was not coded with this shape and these tables.
    pub fn symbols(&self, shape: Shape, tables: Option<&Tables>) -> Result<Vec<i16>> {
        if shape.pictures() != 1 {
            return Err(Error::Argument("an image file holds one picture".into()));
        }
        self.header.check_shape(shape)?;
        let model = models::select(self.header.entropy, self.header.quantiser, shape, tables)?;
        models::decode_stream(&*model, self.header.quantiser, shape, &self.payload)
    }
}
