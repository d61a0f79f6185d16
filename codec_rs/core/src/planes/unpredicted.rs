//! Samples that no neighbour tells anything of, such as noise: all values that a plane has are as likely as each other,
//! however many they are.

use super::packing::Histogram;
use crate::range_coder::{RangeDecoder, RangeEncoder};
use crate::{Error, Result};

/// Bytes of a stream that are no samples, at least.
const OVERHEAD: usize = 10;

/// Writes for each plane its values, and then its samples as ranks among these.
pub fn write(encoder: &mut RangeEncoder, planes: &[Vec<u16>], max_value: u16) -> Result<()> {
    for plane in planes {
        let histogram = Histogram::of_plane(plane, max_value);
        Histogram::code(encoder, Some(&histogram), max_value)?;
        let count = histogram.count();
        plane.iter().for_each(|&sample| encoder.encode(histogram.rank(sample).into(), 1, count));
    }
    Ok(())
}

/// Overwrites planes with what [`write`] wrote. [`Error::Format`] if no encoder wrote it.
pub fn read(decoder: &mut RangeDecoder<'_>, planes: &mut [Vec<u16>], max_value: u16) -> Result<()> {
    for plane in planes {
        let histogram = Histogram::code(decoder, None, max_value)?;
        let count = histogram.count();
        if count == 0 {
            return Err(Error::Format("a plane without values".into()));
        }
        for sample in plane.iter_mut() {
            *sample = decoder.decode(count, |at| (at.quantile() as u16, at.quantile(), 1))?;
        }
        histogram.unpack(std::slice::from_mut(plane));
    }
    Ok(())
}

/// How many bytes [`write`] takes at least.
pub fn least_bytes(planes: &[Vec<u16>], max_value: u16) -> usize {
    const POWER: u32 = 7; // 7 * 16 bits fit a u128
    let sevenths = |plane: &Vec<u16>| {
        let count = u128::from(Histogram::of_plane(plane, max_value).count());
        plane.len() * count.pow(POWER).ilog2() as usize
    };
    OVERHEAD + planes.iter().map(sevenths).sum::<usize>() / (8 * POWER as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_without_values_is_refused() -> Result<()> {
        let mut encoder = RangeEncoder::new();
        Histogram::code(&mut encoder, Some(&Histogram::none()), 255)?;
        let bytes = encoder.finish();
        let error = read(&mut RangeDecoder::new(&bytes), &mut [vec![0; 4]], 255).err();
        assert_eq!(error, Some(Error::Format("a plane without values".into())));
        Ok(())
    }

    #[test]
    fn no_planes_take_less_than_least_bytes() -> Result<()> {
        for (values, max_value) in [(1, 255), (2, 1), (3, 255), (256, 255), (4000, u16::MAX)] {
            let planes = [(0..9000).map(|index| index % values).collect(), vec![max_value; 9000]];
            let mut encoder = RangeEncoder::new();
            Histogram::code(&mut encoder, Some(&Histogram::none()), max_value)?;
            write(&mut encoder, &planes, max_value)?;
            let (length, least) = (encoder.finish().len(), least_bytes(&planes, max_value));
            assert!((least..least + least / 40 + 40).contains(&length) || max_value == 1, "{length}, {least}");
        }
        Ok(())
    }
}
