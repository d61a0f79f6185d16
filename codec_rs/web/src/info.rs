//! What a file says of itself, under the names that `latentcodec.info` gives it.

use latentcodec_core::bytes::VERSION;
use latentcodec_core::container::{Chunk, Header, ImageFile, PackFile, Sizes};
use latentcodec_core::quantise::Rule;
use serde_json::{Map, Value, json};

use crate::colours::Colours;
use crate::failure::Result;
use crate::names::names;

/// What a file carries besides its symbols, by the kinds of chunks.
const CARRIED: [(&str, u8); 11] = [
    ("alpha", 1),
    ("icc", 2),
    ("exif", 3),
    ("xmp", 5),
    ("iptc", 6),
    ("text", 7),
    ("dpi", 8),
    ("cicp", 9),
    ("gamma", 10),
    ("chromaticity", 11),
    ("importance", 13),
];

/// A parsed file of either kind.
pub enum File {
    /// `.ltc`
    Image(ImageFile),
    /// `.ltcp`
    Pack(PackFile),
}

impl File {
    /// Reads a file, whichever it is; errors as for [`ImageFile::parse`].
    pub fn parse(data: &[u8], max_pixels: u64) -> Result<Self> {
        if data.starts_with(b"LTP") {
            return Ok(Self::Pack(PackFile::parse(data, max_pixels)?));
        }
        Ok(Self::Image(ImageFile::parse(data, max_pixels)?))
    }
}

/// The facts of a file as JSON. `bundle` and `stride` are those of the bundle that the file names, if it was found.
pub fn info(data: &[u8], bundle: Option<&str>, stride: Option<u64>) -> Result<Value> {
    let file = File::parse(data, u64::MAX)?;
    let channels = channels(&file)?;
    let (format, header, sizes, own, count) = match &file {
        File::Image(image) => {
            let own = image_facts(image.header(), image.chunks(), stride, channels);
            ("ltc", image.header(), image.sizes(), own, 1)
        }
        File::Pack(pack) => {
            let own = json!({ "count": pack.count(), "block": pack.block(), "names": names(pack)? });
            ("ltcp", pack.header(), pack.sizes(), own, pack.count())
        }
    };
    let pixels = header.width as f64 * header.height as f64 * count as f64;
    let model: String = header.model.iter().map(|byte| format!("{byte:02x}")).collect();
    let common = json!({
        "format": format,
        "version": VERSION,
        "model": model,
        "bundle": bundle,
        "width": header.width,
        "height": header.height,
        "grey": header.grey || channels.is_some_and(|channels| channels < 3),
        "quantiser": header.quantiser.rule().to_string(),
        "entropy": header.entropy.to_string(),
        "bytes": bytes(sizes),
        "bpp": 8.0 * sizes.total() as f64 / pixels,
    });
    Ok([common, own, parameter(header)].into_iter().filter_map(into_object).flatten().collect::<Map<_, _>>().into())
}

fn into_object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn image_facts(header: &Header, chunks: &[Chunk], stride: Option<u64>, channels: Option<usize>) -> Value {
    let tile = match (header.tile, stride) {
        (None, _) => json!(0),
        (Some(tile), Some(stride)) => json!(tile * stride),
        (Some(_), None) => Value::Null,
    };
    let carried = |kind| chunks.iter().any(|chunk| chunk.kind == kind);
    let mut facts: Map<_, _> = CARRIED.iter().map(|&(name, kind)| (name.to_owned(), carried(kind).into())).collect();
    facts.insert("tile".into(), tile);
    if let Some(2 | 4) = channels {
        facts.insert("alpha".into(), true.into());
    }
    facts.into()
}

/// What the quantiser is used with: bits, a quality, or planes of so many bits a sample.
fn parameter(header: &Header) -> Value {
    let quantiser = header.quantiser;
    match (quantiser.rule(), quantiser.quality()) {
        (Rule::Lossless | Rule::Planes, _) => {
            let (planes, depth) = planes(header);
            json!({ "planes": planes, "depth": depth })
        }
        (_, Some(quality)) if quantiser.hundredths() > 0 => json!({ "quality": quality }),
        (_, Some(_)) => json!({ "quality": quantiser.parameter() }),
        _ => json!({ "bits": quantiser.parameter() }),
    }
}

/// Planes and bits of a sample of a file without loss.
fn planes(header: &Header) -> (usize, u32) {
    header.quantiser.planes().unwrap_or((1, 8))
}

/// Of the pictures that a file without loss holds, those of the colours where it has numbers of these; a `FormatError` if
/// they are damaged.
fn channels(file: &File) -> Result<Option<usize>> {
    let (header, chunks) = match file {
        File::Image(image) => (image.header(), image.chunks()),
        File::Pack(pack) => (pack.header(), pack.chunks()),
    };
    if !header.quantiser.rule().exact() {
        return Ok(None);
    }
    let channels = Colours::read(chunks)?.map_or(1, |colours| colours.channels());
    Ok(Some(channels.max(planes(header).0)))
}

/// Bytes by part, and in total; index and chunks only where there are any.
fn bytes(sizes: Sizes) -> Value {
    let mut bytes = json!({
        "header": sizes.header,
        "side_information": sizes.side_information,
        "payload": sizes.payload,
        "checksum": sizes.checksum,
        "total": sizes.total(),
    });
    for (name, size) in [("index", sizes.index), ("chunks", sizes.chunks)] {
        if size > 0 {
            bytes[name] = size.into();
        }
    }
    bytes
}
