//! The colours of a picture, numbered as they come.

use std::collections::HashMap;

/// The samples of a pixel.
pub type Pixel = [u16; 4];

/// The colours so far; index 0 is black and stands where nothing is yet.
pub struct Palette {
    colours: Vec<Pixel>,
    indices: HashMap<Pixel, i32>,
}

impl Palette {
    pub fn new() -> Self {
        Self { colours: vec![[0; 4]], indices: HashMap::from([([0; 4], 0)]) }
    }

    /// The colour of an index that the palette has given.
    pub fn colour(&self, index: i32) -> Pixel {
        self.colours[index as usize]
    }

    /// The index of a colour, a new one if it has none.
    pub fn index(&mut self, colour: Pixel) -> i32 {
        *self.indices.entry(colour).or_insert_with(|| {
            self.colours.push(colour);
            (self.colours.len() - 1) as i32
        })
    }
}
