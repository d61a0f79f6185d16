//! Which colours followed a context last, as in the run model of paq8 (Mahoney, "Data Compression Programs", 2005): the
//! last colour, how often it came in a row, and the one before.

/// Degrees of how much an entry vouches for a colour: not at all; it was the last but one; it was the last, once, twice
/// or thrice, more often.
pub const CONFIDENCES: usize = 5;

/// Entries by the hash of their context; newer contexts replace older ones.
struct RunTable(Vec<Entry>);

/// Indices of colours.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry {
    /// Bits of its context's hash.
    check: u16,
    /// How often the last one came in a row, 0 if there is none.
    run: u16,
    pub last: i32,
    pub before: i32,
}

/// Where the entry of a context is, and its check.
pub type Place = (usize, u16);

impl RunTable {
    /// The place of a context's hash.
    fn place(&self, key: u64) -> Place {
        ((key >> 32) as usize & (self.0.len() - 1), (key >> 16) as u16)
    }

    /// The entry of a context; an empty one if another context has its place.
    fn entry(&self, (index, check): Place) -> Entry {
        let entry = self.0[index];
        if entry.check == check { entry } else { Entry::default() }
    }

    /// Learns the colour that followed a context.
    fn update(&mut self, place: Place, colour: i32) {
        let mut entry = self.entry(place);
        if entry.run > 0 && entry.last == colour {
            entry.run = (entry.run + 1).min(255);
        } else {
            entry = Entry { check: place.1, run: 1, last: colour, before: entry.last };
        }
        self.0[place.0] = entry;
    }
}

/// Tables of several contexts of a pixel, all of one size.
pub struct RunTables<const N: usize>([RunTable; N]);

impl<const N: usize> RunTables<N> {
    /// Of so many entries each, a power of two.
    pub fn new(entries: usize) -> Self {
        Self(std::array::from_fn(|_| RunTable(vec![Entry::default(); entries])))
    }

    /// The places of the contexts' hashes.
    pub fn places(&self, keys: [u64; N]) -> [Place; N] {
        keys.map(|key| self.0[0].place(key))
    }

    /// The entries of the contexts.
    pub fn entries(&self, places: [Place; N]) -> [Entry; N] {
        std::array::from_fn(|table| self.0[table].entry(places[table]))
    }

    /// Learns the colour that followed the contexts.
    pub fn update(&mut self, places: [Place; N], colour: i32) {
        self.0.iter_mut().zip(places).for_each(|(table, place)| table.update(place, colour));
    }
}

impl Entry {
    /// How much it vouches for a colour, less than [`CONFIDENCES`].
    pub fn confidence(&self, colour: i32) -> usize {
        match (self.run, self.last == colour, self.before == colour) {
            (1, true, _) => 2,
            (2..=3, true, _) => 3,
            (4.., true, _) => 4,
            (1.., _, true) => 1,
            _ => 0,
        }
    }
}

/// A hash of some numbers.
pub fn hash(values: &[i32]) -> u64 {
    values
        .iter()
        .fold(values.len() as u64, |hash, &value| {
            (hash ^ value as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
        })
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
