//! latentcodec in the browser and in Node. Rust reads files, symbols and bundles and runs networks; what is here is for
//! `web/latentcodec.js`, which fetches bundles and is what a page imports.

mod codec;
mod colours;
mod facts;
mod failure;
mod importance;
mod info;
mod latents;
mod names;
#[cfg(feature = "networks")]
mod network;
#[cfg(not(feature = "networks"))]
#[path = "no_network.rs"]
mod network;
mod picture;
mod windows;

use js_sys::{Error, Function};
use wasm_bindgen::prelude::*;

use failure::Failure;

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = Error::new(&failure.message);
        error.set_name(failure.name);
        error.into()
    }
}

/// What a `.ltc` or `.ltcp` file says of itself, as JSON; `bundle` and `stride` are those of its bundle, if it is known.
#[wasm_bindgen]
pub fn info(data: &[u8], bundle: Option<String>, stride: Option<u32>) -> Result<String, Failure> {
    Ok(info::info(data, bundle.as_deref(), stride.map(u64::from))?.to_string())
}

/// A bundle that decodes the files which name it.
#[wasm_bindgen]
pub struct Codec(codec::Codec);

#[wasm_bindgen]
impl Codec {
    /// Of the bytes of `codec.json`, `tables.bin` and, if it has a network, `decoder.onnx`.
    #[wasm_bindgen(constructor)]
    pub fn new(facts: &[u8], tables: &[u8], decoder: Option<Vec<u8>>) -> Result<Self, Failure> {
        Ok(Self(codec::Codec::open(facts, tables, decoder.as_deref())?))
    }

    /// The symbols of a file, i16 in the order (N, C, h, w).
    pub fn symbols(&self, data: &[u8], max_pixels: f64) -> Result<Vec<i16>, Failure> {
        self.0.symbols(data, max_pixels as u64)
    }

    /// The picture of a `.ltc` file.
    pub fn decode(&mut self, data: &[u8], max_pixels: f64, progress: Option<Function>) -> Result<Picture, Failure> {
        self.0.decode(data, max_pixels as u64, &mut telling(progress)).map(Picture)
    }

    /// Pictures of a `.ltcp` file, by their numbers, or all.
    #[wasm_bindgen(js_name = decodePack)]
    pub fn decode_pack(
        &mut self,
        data: &[u8],
        numbers: Option<Vec<f64>>,
        max_pixels: f64,
        progress: Option<Function>,
    ) -> Result<Vec<Picture>, Failure> {
        let pictures = self.0.decode_pack(data, numbers, max_pixels as u64, &mut telling(progress))?;
        Ok(pictures.into_iter().map(Picture).collect())
    }
}

/// Calls a function of JavaScript with the share of the work that is done, whenever it has grown by a hundredth.
fn telling(progress: Option<Function>) -> impl FnMut(f64) {
    let mut last = 0.0;
    move |share| {
        if let Some(progress) = progress.as_ref().filter(|_| share >= last + 0.01 || share > last && share == 1.0) {
            last = share;
            // What it throws is its own affair.
            let _ = progress.call1(&JsValue::NULL, &share.into());
        }
    }
}

/// A decoded picture.
#[wasm_bindgen]
pub struct Picture(picture::Picture);

#[wasm_bindgen]
impl Picture {
    /// Pixels in a row.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.width
    }

    /// Rows.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> usize {
        self.0.height
    }

    /// Samples of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
    #[wasm_bindgen(getter)]
    pub fn channels(&self) -> usize {
        self.0.channels
    }

    /// Bits of a sample of the PNG file: 8 or 16.
    #[wasm_bindgen(getter)]
    pub fn depth(&self) -> u32 {
        self.0.samples.depth()
    }

    /// The samples in 8 bits, row by row.
    pub fn pixels(&self) -> Vec<u8> {
        self.0.samples.in_eight_bits().into_owned()
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Result<Vec<u8>, Failure> {
        self.0.png()
    }
}
