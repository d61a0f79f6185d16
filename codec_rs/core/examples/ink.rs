//! x
use latentcodec_core::Result;
use latentcodec_core::mixing::{Binary, Listener};
use latentcodec_core::models::pixels::{Frame, Ink};
use latentcodec_core::range_coder::RangeEncoder;

fn cpu() -> f64 {
    std::fs::read_to_string("/proc/self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
fn load(path: &str, count: usize) -> Vec<i16> {
    let mut all = std::fs::read(path).expect("an IDX file of 28 x 28 pictures").split_off(16);
    all.truncate(count * 784);
    all.into_iter().map(i16::from).collect()
}
fn main() -> Result<()> {
    let a: Vec<usize> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let training = load("/tmp/px/train-images", a[0]);
    let test = load("/tmp/px/t10k-images", a[1]);
    let mut model = Ink::new(a[2] as u32);
    let mut frame = Frame::new(28, 28)?;
    let t = cpu();
    fn run<B: Binary>(model: &mut Ink, frame: &mut Frame, coder: &mut B, digits: &[i16]) -> Result<()> {
        for digit in digits.chunks_exact(784) {
            model.code(coder, frame, (28, 28), &mut digit.to_vec())?;
        }
        Ok(())
    }
    run(&mut model, &mut frame, &mut Listener, &training)?;
    let ttrain = (cpu() - t) * 1e6 / a[0] as f64;
    for pair in a[3..].chunks(2) {
        let base = model.prune(pair[0] * 1000, pair[1] * 1000);
        let mut bytes = 0;
        let mut state = Vec::new();
        base.write(&mut state);
        let mut work = base.clone();
        let t = cpu();
        for block in test.chunks(64 * 784) {
            work.restore(&base);
            let mut encoder = RangeEncoder::new();
            run(&mut work, &mut frame, &mut encoder, block)?;
            bytes += encoder.finish().len() + 6;
        }
        let tenc = (cpu() - t) * 1e6 / a[1] as f64;
        let rate = 8.0 * bytes as f64 / test.len() as f64;
        println!("{pair:?} {rate:.4} bpp, {:.2} MB, train {ttrain:.0} us, enc {tenc:.0} us", state.len() as f64 / 1e6);
    }
    Ok(())
}
