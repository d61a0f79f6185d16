//! Whether parts of a picture come again somewhere else in it, as the tiles of a wallpaper do.

/// Bits of the hash by which a position is found again.
const BITS: u32 = 16;

/// How many of 256 pixels are what followed last after the same two pixels to the left and three above.
pub fn again(planes: &[Vec<u16>], columns: usize) -> usize {
    let (first, end) = (columns + 2, planes[0].len().saturating_sub(1));
    let around = [1, 2, columns + 1, columns, columns - 1];
    let alike = |at: usize, other: usize| {
        planes
            .iter()
            .all(|plane| plane[at] == plane[other] && around.iter().all(|back| plane[at - back] == plane[other - back]))
    };
    let mut last = vec![0; 1 << BITS];
    let mut count = 0;
    for at in first..end {
        let last = &mut last[hash(around.map(|back| planes[0][at - back]))];
        count += usize::from(*last > 0 && alike(at, *last));
        *last = at;
    }
    count * 256 / end.saturating_sub(first).max(1)
}

fn hash(samples: [u16; 5]) -> usize {
    let mixed = samples.into_iter().fold(0_u32, |hash, sample| (hash ^ u32::from(sample)).wrapping_mul(0x9e37_79b1));
    (mixed >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_of_noise_comes_again_and_noise_does_not() {
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u16
        };
        let noise: Vec<u16> = (0..200 * 150).map(|_| random()).collect();
        let tiled: Vec<u16> = (0..200 * 150).map(|at| noise[at / 200 % 31 * 200 + at % 200 % 37]).collect();
        assert_eq!(again(&[noise.clone(), noise], 200), 0);
        assert!(again(&[tiled.clone(), tiled], 200) > 200);
        assert_eq!(again(&[vec![7]], 1), 0);
        assert_eq!(again(&[vec![7; 3]], 1), again(&[vec![7; 3]], 3));
    }
}
