//! Damage to the bytes of a file, the same for the same seed on every machine.

/// A linear congruential generator (Knuth's constants).
#[derive(Debug, Clone)]
pub struct Numbers(pub u64);

impl Numbers {
    /// A number of `[0, end)`, `1 <= end <= 2^31`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 33) * end as u64) >> 31) as usize
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// The kinds of damage.
pub const HARMS: [&str; 5] = ["one bit", "several bytes", "cut", "insertion", "splice"];

/// Damages `bytes` in the way of `HARMS[harm]`; `other` is the file that a splice takes a piece from.
pub fn harm(numbers: &mut Numbers, harm: usize, bytes: &mut Vec<u8>, other: &[u8]) {
    match harm {
        0 => {
            let place = numbers.below(bytes.len());
            bytes[place] ^= 1 << numbers.below(8);
        }
        1 => {
            for _ in 0..2 + numbers.below(7) {
                let place = numbers.below(bytes.len());
                // Small numbers and the ends of the range break more parsers than others do.
                let value = [numbers.byte(), numbers.byte() & 7, 0, 0x7f, 0x80, 0xff];
                bytes[place] = value[numbers.below(value.len())];
            }
        }
        2 => bytes.truncate(numbers.below(bytes.len())),
        3 => {
            let place = numbers.below(bytes.len() + 1);
            let more: Vec<u8> = (0..1 + numbers.below(9)).map(|_| numbers.byte()).collect();
            bytes.splice(place..place, more);
        }
        _ => {
            let start = numbers.below(other.len());
            let piece = &other[start..][..1 + numbers.below((other.len() - start).min(64))];
            let place = numbers.below(bytes.len());
            let end = (place + numbers.below(piece.len() + 1)).min(bytes.len());
            bytes.splice(place..end, piece.iter().copied());
        }
    }
}
