//! A decoded picture: its pixels, its transparency and its metadata, and all of it as a PNG file.

use std::borrow::Cow;
use std::io::Cursor;

use latentcodec_core::container::Chunk;
use png::chunk::{self, ChunkType};
use png::{BitDepth, ColorType, Compression, Encoder, Info, PixelDimensions, Unit};

use crate::failure::{Failure, Result};

/// Kinds of chunks: docs/FORMAT.md.
const ALPHA: u8 = 1;
const ICC: u8 = 2;
const EXIF: u8 = 3;
const DENSITY: u8 = 8;
const CICP: u8 = 9;
const GAMMA: u8 = 10;
const CHROMATICITIES: u8 = 11;

const INCH: f32 = 0.0254;

/// Samples of a picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Of 8 bits.
    Eight(Vec<u8>),
    /// Of 16 bits.
    Sixteen(Vec<u16>),
}

impl Samples {
    /// Bits of a sample.
    pub fn depth(&self) -> u32 {
        match self {
            Self::Eight(_) => 8,
            Self::Sixteen(_) => 16,
        }
    }

    /// The upper 8 bits of each.
    pub fn in_eight_bits(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Eight(samples) => samples.into(),
            Self::Sixteen(samples) => samples.iter().map(|&sample| (sample >> 8) as u8).collect(),
        }
    }

    /// As a PNG has them.
    fn to_png(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Eight(samples) => samples.into(),
            Self::Sixteen(samples) => samples.iter().flat_map(|sample| sample.to_be_bytes()).collect(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Eight(samples) => samples.len(),
            Self::Sixteen(samples) => samples.len(),
        }
    }
}

/// Its samples, and what the file holds besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
    pub channels: usize,
    /// `height * width * channels` of them.
    pub samples: Samples,
    chunks: Vec<Chunk>,
}

impl Picture {
    /// Of samples, and a file's chunks; a `FormatError` if the alpha channel among these is damaged.
    pub fn new((width, height): (usize, usize), samples: Samples, chunks: &[Chunk]) -> Result<Self> {
        let channels = samples.len() / (width * height);
        let chunks = chunks.to_vec();
        let picture = Self { width, height, channels, samples, chunks };
        match picture.chunk(ALPHA).map(|png| read_alpha(png, width, height)).transpose()? {
            Some(alpha) => Ok(picture.with_alpha(&alpha)),
            None => Ok(picture),
        }
    }

    fn with_alpha(self, alpha: &[u8]) -> Self {
        let pixels = self.samples.in_eight_bits();
        let pixels = pixels.chunks_exact(self.channels).zip(alpha);
        let pixels = pixels.flat_map(|(pixel, alpha)| pixel.iter().chain([alpha])).copied().collect();
        Self { channels: self.channels + 1, samples: Samples::Eight(pixels), ..self }
    }

    fn chunk(&self, kind: u8) -> Option<&[u8]> {
        self.chunks.iter().find(|chunk| chunk.kind == kind).map(|chunk| &chunk.bytes[..])
    }

    /// The picture as a PNG file, quickly compressed, with its colour space, its density and its EXIF.
    pub fn png(&self) -> Result<Vec<u8>> {
        self.write_png()
            .map_err(|error| Failure { name: "ValueError", message: format!("no PNG can hold this: {error}") })
    }

    fn write_png(&self) -> std::result::Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::with_info(&mut bytes, self.png_info())?;
        encoder.set_compression(Compression::Fast);
        let mut writer = encoder.write_header()?;
        for (kind, to) in [(CICP, chunk::cICP), (GAMMA, chunk::gAMA), (CHROMATICITIES, chunk::cHRM)] {
            if let Some(bytes) = self.chunk(kind) {
                writer.write_chunk(to, &in_png(to, bytes))?;
            }
        }
        writer.write_image_data(&self.samples.to_png())?;
        writer.finish()?;
        Ok(bytes)
    }

    fn png_info(&self) -> Info<'_> {
        let mut info = Info::with_size(self.width as u32, self.height as u32);
        info.bit_depth = if self.samples.depth() == 16 { BitDepth::Sixteen } else { BitDepth::Eight };
        info.color_type = match self.channels {
            1 => ColorType::Grayscale,
            2 => ColorType::GrayscaleAlpha,
            3 => ColorType::Rgb,
            _ => ColorType::Rgba,
        };
        info.icc_profile = self.chunk(ICC).map(Cow::Borrowed);
        info.exif_metadata = self.chunk(EXIF).map(|exif| Cow::Borrowed(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)));
        info.pixel_dims = self.chunk(DENSITY).and_then(dimensions);
        info
    }
}

/// What a chunk of ours is in a PNG: its whole numbers have the most significant byte first there.
fn in_png(kind: ChunkType, bytes: &[u8]) -> Vec<u8> {
    if kind == chunk::cICP {
        return bytes.to_vec();
    }
    bytes.as_chunks().0.iter().flat_map(|&number| u32::from_le_bytes(number).to_be_bytes()).collect()
}

/// Pixels per inch as pixels per metre; nothing if the chunk is not two numbers.
fn dimensions(density: &[u8]) -> Option<PixelDimensions> {
    let &[across, down] = density.as_chunks().0 else { return None };
    let per_metre = |inch: [u8; 4]| (f32::from_le_bytes(inch) / INCH).round() as u32;
    Some(PixelDimensions { xppu: per_metre(across), yppu: per_metre(down), unit: Unit::Meter })
}

/// The alpha channel of so many pixels. Nothing is decoded before the PNG's header says that very size.
fn read_alpha(png: &[u8], width: usize, height: usize) -> Result<Vec<u8>> {
    if png.is_empty() {
        return Ok(vec![255; width * height]);
    }
    let sides = [(width as u32).to_be_bytes(), (height as u32).to_be_bytes()].concat();
    let header = [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &sides[..], &[8, 0]].concat();
    if !png.starts_with(&header) {
        let message = format!("the alpha channel is no grey PNG of {width}x{height} pixels with 8 bits each");
        return Err(Failure::format(message));
    }
    if !has_pixels_alone(png) {
        return Err(Failure::format("the alpha channel is damaged, or holds more than pixels"));
    }
    let broken = |error| Failure::format(format!("the alpha channel cannot be decoded: {error}"));
    let mut alpha = vec![0; width * height];
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().map_err(broken)?;
    reader.next_frame(&mut alpha).map_err(broken)?;
    Ok(alpha)
}

/// Whether the PNG is made of IHDR, IDAT and IEND: a text or a profile could be inflated to a thousand times its bytes.
fn has_pixels_alone(png: &[u8]) -> bool {
    let (mut rest, mut kinds) = (&png[8..], Vec::new());
    while let Some((&[a, b, c, d, e, f, g, h], _)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        kinds.push([e, f, g, h]);
        let Some(after) = length.checked_add(12).and_then(|length| rest.get(length..)) else { return false };
        rest = after;
    }
    let inner = kinds.len().saturating_sub(1);
    rest.is_empty()
        && kinds.first() == Some(b"IHDR")
        && kinds.last() == Some(b"IEND")
        && kinds.get(1..inner).is_some_and(|kinds| kinds.iter().all(|kind| kind == b"IDAT"))
}

/// RGB to grey by the weights of ITU-R BT.601, as Pillow computes them.
pub fn luma(pixels: &[u8]) -> Vec<u8> {
    let grey = |&[red, green, blue]: &[u8; 3]| {
        let sum = 19595 * u32::from(red) + 38470 * u32::from(green) + 7471 * u32::from(blue);
        ((sum + 0x8000) >> 16) as u8
    };
    pixels.as_chunks().0.iter().map(grey).collect()
}
