//! A bundle at work: files to symbols, symbols to pictures.

use std::cell::RefCell;
use std::fmt::Display;

use latentcodec_core::container::{Chunk, Header, PackFile};
use latentcodec_core::shape::Shape;
use latentcodec_core::tables::Tables;

use crate::colours::Colours;
use crate::facts::Facts;
use crate::failure::{Failure, Result};
use crate::importance::Importance;
use crate::info::File;
use crate::latents::Levels;
use crate::network::Network;
use crate::picture::{Picture, Samples, luma};
use crate::windows::{Span, spans};

/// Which share of the whole work reading the symbols is, about, where a network follows.
const SYMBOLS: f64 = 0.1;

/// A checked bundle.
#[derive(Debug)]
pub struct Codec {
    facts: Facts,
    tables: Tables,
    network: Option<Network>,
}

impl Codec {
    /// Of the bytes of `codec.json`, `tables.bin` and `decoder.onnx`; a `BundleError` if one is not what it must be. A
    /// lossless bundle has no network.
    pub fn open(facts: &[u8], tables: &[u8], decoder: Option<&[u8]>) -> Result<Self> {
        let facts = Facts::parse(facts)?;
        facts.check("tables.bin", tables)?;
        if let Some(decoder) = decoder {
            facts.check("decoder.onnx", decoder)?;
        }
        let network = decoder.map(Network::parse).transpose()?;
        Ok(Self { facts, tables: Tables::parse(tables)?, network })
    }

    /// The symbols of a file, those of a pack picture by picture.
    pub fn symbols(&self, data: &[u8], max_pixels: u64) -> Result<Vec<i16>> {
        match File::parse(data, max_pixels)? {
            File::Image(image) => {
                let shape = self.shape(image.header())?;
                Ok(image.symbols(shape, Some(&self.tables))?)
            }
            File::Pack(pack) => {
                let blocks = (0..pack.count().div_ceil(pack.block())).map(|block| self.block(&pack, block));
                Ok(blocks.collect::<Result<Vec<_>>>()?.concat())
            }
        }
    }

    /// The picture of a `.ltc` file. `progress` is told shares of the work that are done, 0 to 1.
    pub fn decode(&mut self, data: &[u8], max_pixels: u64, progress: &mut dyn FnMut(f64)) -> Result<Picture> {
        let image = match File::parse(data, max_pixels)? {
            File::Image(image) => image,
            File::Pack(pack) => {
                let message = format!("this is a pack of {} pictures, which `decodePack` decodes", pack.count());
                return Err(Failure::format(message));
            }
        };
        let shape = self.shape(image.header())?;
        let of_symbols = if self.facts.lossless { 1.0 } else { SYMBOLS };
        let told = RefCell::new(&mut *progress);
        let report = |share: f64| told.borrow_mut()(of_symbols * share);
        let symbols = image.symbols_reporting(shape, Some(&self.tables), &report)?;
        let importance = Importance::read(&image, self.facts.stride)?;
        let levels = Levels::new(image.header().quantiser, image.side_information(), &self.tables, importance)?;
        let mut rest = |share: f64| progress(of_symbols + (1.0 - of_symbols) * share);
        self.picture(image.header(), &levels, &symbols, image.chunks(), &mut rest)
    }

    /// Pictures of a `.ltcp` file by their numbers, or all; only the blocks that hold them are read. Neither one of these
    /// nor the pictures together may have more than `max_pixels`; how many the whole pack has is no matter.
    pub fn decode_pack(
        &mut self,
        data: &[u8],
        numbers: Option<Vec<f64>>,
        max_pixels: u64,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Vec<Picture>> {
        let File::Pack(pack) = File::parse(data, u64::MAX)? else {
            return Err(Failure::format("this is a single picture, not a pack"));
        };
        check_limit(&pack, pack.block().min(pack.count()), "a block of the pack has", max_pixels)?;
        let asked = numbers.as_ref().map_or(pack.count(), |numbers| numbers.len() as u64);
        check_limit(&pack, asked, "the pictures together have", max_pixels)?;
        let numbers = numbers.map_or_else(|| Ok((0..pack.count()).collect()), |asked| checked(&pack, &asked))?;
        let levels = Levels::new(pack.header().quantiser, pack.side_information(), &self.tables, None)?;
        let per_picture = self.shape(pack.header())?.picture();
        let mut last: Option<(u64, Vec<i16>)> = None;
        let mut pictures = Vec::new();
        for (done, &number) in numbers.iter().enumerate() {
            let block = number / pack.block();
            if last.as_ref().is_none_or(|&(read, _)| read != block) {
                last = Some((block, self.block(&pack, block)?));
            }
            let symbols =
                last.iter().flat_map(|(_, symbols)| symbols.chunks(per_picture)).nth((number % pack.block()) as usize);
            let symbols = symbols.ok_or_else(|| no_picture(&pack, number))?.to_vec();
            let mut rest = |share: f64| progress((done as f64 + share) / numbers.len() as f64);
            pictures.push(self.picture(pack.header(), &levels, &symbols, &[], &mut rest)?);
        }
        Ok(pictures)
    }

    fn block(&self, pack: &PackFile, block: u64) -> Result<Vec<i16>> {
        let shape = self.shape(pack.header())?;
        let (channels, rows, columns) = (shape.channels(), shape.rows(), shape.columns());
        if block * pack.block() >= pack.count() {
            return Err(no_picture(pack, block * pack.block()));
        }
        Ok(pack.symbols(block as usize, channels, rows, columns, Some(&self.tables))?.1)
    }

    /// The shape of the symbols of one picture; an error unless this bundle codes such files.
    fn shape(&self, header: &Header) -> Result<Shape> {
        let Facts { model, name, image_size, channels, lossless, .. } = &self.facts;
        if header.model != *model {
            let [file, own] = [header.model, *model].map(u32::from_be_bytes);
            let message =
                format!("the file was encoded with the model {file:08x}, the bundle at hand, {name}, is {own:08x}");
            return Err(Failure { name: "UnknownModelError", message });
        }
        let (width, height) = (header.width, header.height);
        if image_size.is_some_and(|size| size != (height, width)) {
            let message = format!("the file declares {width}x{height} pixels, which bundle {name} never codes");
            return Err(Failure::format(message));
        }
        let (rows, columns) = self.facts.grid(height, width);
        let channels = if *lossless { header.quantiser.planes().map_or(1, |(planes, _)| planes) } else { *channels };
        Ok(Shape::new(1, channels, rows, columns)?)
    }

    fn picture(
        &mut self,
        header: &Header,
        levels: &Levels,
        symbols: &[i16],
        chunks: &[Chunk],
        progress: &mut dyn FnMut(f64),
    ) -> Result<Picture> {
        let size = (header.width as usize, header.height as usize);
        let samples = match levels {
            Levels::Pixels => exact(header, symbols, chunks)?,
            _ => {
                let pixels = self.synthesise(size, levels, symbols, progress)?;
                Samples::Eight(if header.grey && self.facts.planes == 3 { luma(&pixels) } else { pixels })
            }
        };
        progress(1.0);
        Picture::new(size, samples, chunks)
    }

    /// The pixels (height, width, planes) that symbols (channels, rows, columns) stand for.
    fn synthesise(
        &mut self,
        (width, height): (usize, usize),
        levels: &Levels,
        symbols: &[i16],
        progress: &mut dyn FnMut(f64),
    ) -> Result<Vec<u8>> {
        let Facts { planes, stride, halo, channels, ref image_size, ref name, .. } = self.facts;
        let missing = || Failure::bundle(format!("bundle {name} was opened without its decoder.onnx"));
        let network = self.network.as_mut().ok_or_else(missing)?;
        let (rows, columns) = (height.div_ceil(stride), width.div_ceil(stride));
        let [down, across] = [rows, columns].map(|length| spans(length, stride, halo, image_size.is_some()));
        let count = (down.len() * across.len()) as f64;
        let mut pixels = vec![0; height * width * planes];
        for (index, (rows_of, columns_of)) in
            down.iter().flat_map(|row| across.iter().map(move |column| (row, column))).enumerate()
        {
            let latents = window(levels, symbols, [channels, rows, columns], rows_of, columns_of);
            let sides = [channels, rows_of.outer.len(), columns_of.outer.len()];
            let given = network.run(latents, sides, &mut |share| progress((index as f64 + share) / count))?;
            if given.len() != planes * sides[1] * sides[2] * stride * stride {
                return Err(Failure::bundle(format!(
                    "decoder.onnx of bundle {name} gave pixels of another size than was due"
                )));
            }
            place(&given, (rows_of, columns_of), stride, planes, (width, height), &mut pixels);
        }
        Ok(pixels)
    }
}

/// The levels that symbols (planes, rows, columns) without loss stand for, sample by sample.
fn exact(header: &Header, symbols: &[i16], chunks: &[Chunk]) -> Result<Samples> {
    let (planes, depth) = header.quantiser.planes().unwrap_or((1, 8));
    let plane = symbols.len() / planes;
    let sample = |index: usize| symbols[index % planes * plane + index / planes];
    let all = 0..symbols.len();
    if depth == 16 {
        return Ok(Samples::Sixteen(all.map(|index| sample(index) as u16).collect()));
    }
    let numbers: Vec<u8> = all.map(|index| sample(index) as u8).collect();
    Ok(Samples::Eight(match Colours::read(chunks)? {
        Some(colours) => colours.levels(&numbers)?,
        None => numbers,
    }))
}

/// The latents of a window, channel by channel.
fn window(
    levels: &Levels,
    symbols: &[i16],
    [channels, rows, columns]: [usize; 3],
    down: &Span,
    across: &Span,
) -> Vec<f32> {
    let mut latents = Vec::with_capacity(channels * down.outer.len() * across.outer.len());
    for channel in 0..channels {
        for row in down.outer.clone() {
            let symbols = &symbols[(channel * rows + row) * columns..][..columns];
            let latent = |column: usize| levels.latent(channel, row, column, symbols[column]);
            latents.extend(across.outer.clone().map(latent));
        }
    }
    latents
}

/// Puts the inner part of a window's planes among the pixels of the picture, as whole levels.
fn place(
    planes: &[f32],
    (down, across): (&Span, &Span),
    stride: usize,
    samples: usize,
    (width, height): (usize, usize),
    pixels: &mut [u8],
) {
    let [high, wide] = [down, across].map(|span| span.outer.len() * stride);
    let columns = across.inner.start * stride..(across.inner.end * stride).min(width);
    for row in down.inner.start * stride..(down.inner.end * stride).min(height) {
        for sample in 0..samples {
            let source = &planes[(sample * high + row - down.outer.start * stride) * wide..][..wide];
            for column in columns.clone() {
                let value = source[column - across.outer.start * stride];
                pixels[(row * width + column) * samples + sample] =
                    (value.clamp(0.0, 1.0) * 255.0).round_ties_even() as u8;
            }
        }
    }
}

/// A `LimitError` if so many pictures of a pack have more than `max_pixels` pixels.
fn check_limit(pack: &PackFile, pictures: u64, what: &str, max_pixels: u64) -> Result<()> {
    let Header { width, height, .. } = *pack.header();
    let pixels = u128::from(pictures) * u128::from(width) * u128::from(height);
    if pixels <= u128::from(max_pixels) {
        return Ok(());
    }
    Err(Failure { name: "LimitError", message: format!("{what} {pixels} pixels, more than the limit of {max_pixels}") })
}

/// The numbers of pictures that JavaScript asks for, each of which the pack has.
fn checked(pack: &PackFile, numbers: &[f64]) -> Result<Vec<u64>> {
    let known = |number: f64| number.fract() == 0.0 && (0.0..pack.count() as f64).contains(&number);
    let number = |&number: &f64| known(number).then_some(number as u64).ok_or_else(|| no_picture(pack, number));
    numbers.iter().map(number).collect()
}

fn no_picture(pack: &PackFile, number: impl Display) -> Failure {
    let message = format!("the pack holds pictures 0 to {}, there is no picture {number}", pack.count() - 1);
    Failure { name: "RangeError", message }
}
