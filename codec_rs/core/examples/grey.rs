//! x
use latentcodec_core::Result;
use latentcodec_core::mixing::{Binary, Listener};
use latentcodec_core::models::pixels::{Frame, Grey, Picture};
use latentcodec_core::range_coder::RangeEncoder;

fn cpu() -> f64 {
    std::fs::read_to_string("/proc/self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
fn load(path: &str) -> (usize, usize, Vec<i16>) {
    let all = std::fs::read(path).unwrap();
    let n = |i: usize| u32::from_le_bytes(all[i..i + 4].try_into().unwrap()) as usize;
    (n(0), n(4), all[8..].iter().map(|&b| i16::from(b)).collect())
}
fn list(dir: &str, most: usize) -> Vec<(usize, usize, Vec<i16>)> {
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    let step = (names.len() / most).max(1);
    names.into_iter().step_by(step).take(most).map(|p| load(p.to_str().unwrap())).collect()
}
fn run<B: Binary>(model: &mut Grey, coder: &mut B, (rows, columns, pixels): &(usize, usize, Vec<i16>)) -> Result<()> {
    let mut frame = Frame::new(*rows, *columns)?;
    let mut picture = Picture::new(*rows, *columns);
    model.code(coder, &mut frame, &mut picture, *columns, &mut pixels.clone())
}
fn main() -> Result<()> {
    let a: Vec<usize> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let test = list("/tmp/px/kodak", a[1]);
    let mut model = Grey::new(20);
    let t = cpu();
    if a[0] > 0 { for p in list("/tmp/px/cid", a[0]) { run(&mut model, &mut Listener, &p)?; } }
    let ttrain = cpu() - t;
    let base = model.prune(a[2] * 1000);
    let mut state = Vec::new();
    base.write(&mut state);
    let mut work = base.clone();
    let t = cpu();
    let (mut bits, mut pixels) = (0, 0);
    for p in &test {
        work.restore(&base);
        let mut encoder = RangeEncoder::new();
        run(&mut work, &mut encoder, p)?;
        let n = encoder.finish().len() + 20;
        bits += 8 * n; pixels += p.0 * p.1;
        eprint!("{n} ");
    }
    println!("{:.4} bpp, state {:.2} MB, train {ttrain:.1} s, enc {:.2} s per picture", bits as f64 / pixels as f64, state.len() as f64 / 1e6, (cpu() - t) / test.len() as f64);
    Ok(())
}
