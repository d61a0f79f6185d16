//! The range coder of the format as one would write it on paper: `low` is a number of any length.

/// A schoolbook range encoder.
pub struct Reference {
    /// The digits of `low` in base `2^32`, the most significant first.
    low: Vec<u32>,
    range: u64,
}

impl Reference {
    pub fn new() -> Self {
        Self { low: vec![0, 0], range: u64::MAX }
    }

    /// Codes `[start, start + size)` of `[0, total)`.
    pub fn encode(&mut self, start: u32, size: u32, total: u32) {
        let unit = self.range / u64::from(total);
        let mut sum = unit * u64::from(start);
        for digit in self.low.iter_mut().rev() {
            let (low, high) = (sum & 0xffff_ffff, sum >> 32);
            let (value, carry) = digit.overflowing_add(low as u32);
            *digit = value;
            sum = high + u64::from(carry);
        }
        assert_eq!(sum, 0, "low stays below 1");
        self.range = unit * u64::from(size);
        while self.range < 1 << 32 {
            self.low.push(0);
            self.range <<= 32;
        }
    }

    /// The shortest string of bytes that, followed by zeros, is a number of `[low, low + range)`.
    pub fn finish(self) -> Vec<u8> {
        let low: Vec<u8> = self.low.iter().flat_map(|digit| digit.to_be_bytes()).collect();
        for length in 0..=low.len() {
            let (head, tail) = low.split_at(length);
            let mut bytes = head.to_vec();
            if tail.iter().any(|&byte| byte != 0) {
                match bytes.iter().rposition(|&byte| byte != 255) {
                    None => continue,
                    Some(last) => {
                        bytes[last] += 1;
                        bytes[last + 1..].fill(0);
                    }
                }
            }
            // The distance from `low`: 0, or what the tail lacks to a whole unit of the last byte.
            let mut distance = 0_u128;
            let mut beyond = false;
            let carry = u16::from(tail.iter().any(|&byte| byte != 0));
            let mut borrow = carry;
            for (place, &byte) in tail.iter().rev().enumerate() {
                // 256^length - tail, digit by digit from the right: complement plus one.
                let digit = if carry == 0 { 0 } else { (255 - u16::from(byte)) + borrow };
                borrow = digit >> 8;
                let digit = u128::from(digit & 255);
                match place {
                    0..8 => distance |= digit << (8 * place),
                    _ => beyond |= digit != 0,
                }
            }
            if !beyond && distance < u128::from(self.range) {
                return bytes;
            }
        }
        unreachable!("low itself is in the interval");
    }
}
