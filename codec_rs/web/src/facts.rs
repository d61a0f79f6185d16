//! The facts of a bundle, its `codec.json`: as much of them as decoding needs.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Result};

/// What `codec.json` says. `latentcodec.bundle.facts` is where each key is explained and checked in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The first 4 bytes of the SHA-256 of the facts in canonical form.
    pub model: [u8; 4],
    /// The bundle's name.
    pub name: String,
    /// Planes that the network gives: 3 of RGB, 1 of grey, or of a lossless bundle, which has none.
    pub planes: usize,
    /// (height, width) of a network that takes only one size.
    pub image_size: Option<(u64, u64)>,
    /// Pixels per latent, along either side.
    pub stride: usize,
    /// Latents around its own pixels' that a pixel depends on, along either side.
    pub halo: usize,
    /// Latent channels.
    pub channels: usize,
    /// Whether pixels themselves are coded, without a network.
    pub lossless: bool,
    /// The bundle's other files and their SHA-256, hexadecimal.
    files: Value,
}

impl Facts {
    /// Reads `codec.json`; a `BundleError` if it is none that this release reads.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let values: Value =
            serde_json::from_slice(text).map_err(|error| Failure::bundle(format!("codec.json is no JSON: {error}")))?;
        if values["schema"] != 1 {
            return Err(Failure::bundle(format!("the bundle follows schema {}, 1 expected", values["schema"])));
        }
        Self::read(&values).ok_or_else(|| Failure::bundle("codec.json is not what schema 1 allows"))
    }

    fn read(values: &Value) -> Option<Self> {
        let number = |key: &str, least: u64, most: u64| {
            let number = values[key].as_u64().filter(|number| (least..=most).contains(number))?;
            usize::try_from(number).ok()
        };
        let stride = number("stride", 1, 1024)?;
        Some(Self {
            model: model_id(values)?,
            name: values["name"].as_str()?.to_owned(),
            planes: match values["colour"].as_str()? {
                "RGB" => 3,
                "L" | "any" => 1,
                _ => return None,
            },
            image_size: match &values["image_size"] {
                Value::Null => None,
                size => Some((size[0].as_u64()?, size[1].as_u64()?)),
            },
            stride,
            halo: number("receptive_field", 0, 1 << 16)?.div_ceil(stride),
            channels: number("latent_channels", 1, 1 << 16)?,
            lossless: ["lossless", "planes"].iter().any(|name| values["quantisers"].get(name).is_some()),
            files: values["files"].clone(),
        })
    }

    /// A `BundleError` unless these bytes are the file of that name that the facts name by its SHA-256.
    pub fn check(&self, name: &str, content: &[u8]) -> Result<()> {
        let digest: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        if self.files[name] == digest {
            return Ok(());
        }
        let message =
            format!("bundle {}: {name} is not the file that codec.json names (its SHA-256 differs)", self.name);
        Err(Failure::bundle(message))
    }

    /// (rows, columns) of the latents of a picture of so many pixels.
    pub fn grid(&self, height: u64, width: u64) -> (usize, usize) {
        let stride = self.stride as u64;
        (height.div_ceil(stride) as usize, width.div_ceil(stride) as usize)
    }
}

/// The model id: of the JSON with its keys in order and without spaces, which is how Python hashes it too.
fn model_id(values: &Value) -> Option<[u8; 4]> {
    let canonical = serde_json::to_string(values).ok()?;
    Sha256::digest(canonical)[..4].try_into().ok()
}
