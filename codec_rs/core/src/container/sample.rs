//! Samples of pixels, which are the symbols where nothing is lost.

/// A sample of a pixel; its symbol is the same number, or the `i16` of the same bytes.
pub trait Sample: Copy + Default + Send + Sync {
    /// The sample of a symbol.
    fn from_symbol(symbol: i16) -> Self;
    /// The symbol of a sample.
    fn symbol(self) -> i16;
}

impl Sample for u8 {
    fn from_symbol(symbol: i16) -> Self {
        symbol as Self
    }

    fn symbol(self) -> i16 {
        self.into()
    }
}

impl Sample for u16 {
    fn from_symbol(symbol: i16) -> Self {
        symbol as Self
    }

    fn symbol(self) -> i16 {
        self as i16
    }
}
