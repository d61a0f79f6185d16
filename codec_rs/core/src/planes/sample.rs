//! A part of a picture, by which the way to code all of it is chosen.

use super::picture::Dimensions;

/// Pixels of a sample, about, and how many bands of rows they are taken from.
const PIXELS: usize = 1 << 14;
const BANDS: usize = 4;

/// Bands of rows, evenly spread over the picture, below each other; and how large they are together.
pub fn sample(planes: &[Vec<u16>], dimensions: Dimensions) -> (Vec<Vec<u16>>, Dimensions) {
    let Dimensions { rows, columns, .. } = dimensions;
    let bands = BANDS.min(rows);
    let stride = rows / bands;
    let height = (PIXELS / columns / bands).clamp(1, stride);
    let starts = (0..bands).map(|band| (band * stride + (stride - height) / 2) * columns);
    let of_plane =
        |plane: &Vec<u16>| starts.clone().flat_map(|start| &plane[start..][..height * columns]).copied().collect();
    (planes.iter().map(of_plane).collect(), Dimensions { rows: bands * height, ..dimensions })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples that tell their row.
    fn numbered(rows: usize, columns: usize) -> (Vec<Vec<u16>>, Dimensions) {
        let plane = (0..rows * columns).map(|index| (index / columns) as u16).collect();
        (vec![plane], Dimensions { rows, columns, planes: 1, bits: 16, clipped: false })
    }

    #[test]
    fn a_sample_is_of_bands_from_all_over_the_picture() {
        let (planes, dimensions) = numbered(400, 1024);
        let (sampled, size) = sample(&planes, dimensions);
        assert_eq!((size.rows, size.columns), (16, 1024));
        let rows: Vec<u16> = sampled[0].iter().step_by(1024).copied().collect();
        let bands = [48, 148, 248, 348].map(|first| first..first + 4);
        assert_eq!(rows, bands.into_iter().flatten().collect::<Vec<u16>>());
    }

    #[test]
    fn a_picture_of_few_long_rows_is_its_own_sample() {
        for rows in 1..4 {
            let (planes, dimensions) = numbered(rows, 70_000);
            assert_eq!(sample(&planes, dimensions), (planes, dimensions));
        }
    }
}
