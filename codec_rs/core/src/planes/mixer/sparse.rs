//! Arrays of bytes of which most are as they were at first.

use crate::Result;
use crate::bytes::Reader;

/// Appends a bit for each array that is not `first`, and for each of these a bit for each byte that is not, and those
/// bytes; bits from the lowest of a byte on, in whole bytes.
pub fn write<const N: usize>(bytes: &mut Vec<u8>, arrays: impl Iterator<Item = [u8; N]> + Clone, first: [u8; N]) {
    push_bits(bytes, arrays.clone().map(|array| array != first));
    for array in arrays.filter(|array| *array != first) {
        push_bits(bytes, array.iter().zip(first).map(|(&byte, first)| byte != first));
        bytes.extend(array.iter().zip(first).filter(|&(&byte, first)| byte != first).map(|(byte, _)| byte));
    }
}

/// Reads what [`write`] wrote of so many arrays and puts those that are not `first`, each with its index;
/// [`Error::Truncated`](crate::Error::Truncated) if the bytes end before.
pub fn read<const N: usize>(
    reader: &mut Reader<'_>,
    arrays: usize,
    first: [u8; N],
    mut put: impl FnMut(usize, [u8; N]) -> Result<()>,
) -> Result<()> {
    let changed = reader.take(arrays.div_ceil(8))?;
    for index in (0..arrays).filter(|&index| bit(changed, index)) {
        let (which, mut array) = (reader.take(N.div_ceil(8))?, first);
        for place in (0..N).filter(|&place| bit(which, place)) {
            array[place] = reader.byte()?;
        }
        put(index, array)?;
    }
    Ok(())
}

fn push_bits(bytes: &mut Vec<u8>, bits: impl Iterator<Item = bool>) {
    let bits: Vec<bool> = bits.collect();
    bytes.extend(bits.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit))));
}

fn bit(bytes: &[u8], index: usize) -> bool {
    bytes[index / 8] >> (index % 8) & 1 == 1
}
