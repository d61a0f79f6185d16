//! No module of the crate uses itself, by whatever way round.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which files each file names in its `use` lines.
type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn spelt_out(path: &str) -> Vec<String> {
    let Some((head, rest)) = path.split_once('{') else {
        return vec![path.split(" as ").next().unwrap_or(path).to_string()];
    };
    let inner = &rest[..rest.rfind('}').unwrap()];
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (index, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..index]);
                start = index + 1;
            }
            _ => (),
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(|part| spelt_out(&format!("{head}{part}"))).collect()
}

/// The paths that a file uses, up to its tests.
fn used(text: &str) -> Vec<String> {
    let code: Vec<_> = text.lines().take_while(|line| *line != "#[cfg(test)]").collect();
    let code = code.into_iter().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let statements = code.split(';').filter_map(|statement| statement.split_once("use ").map(|(_, path)| path.trim()));
    statements.flat_map(spelt_out).collect()
}

/// The deepest file that a path leads to: a module is `module.rs` or `module/mod.rs`, the crate itself `lib.rs`.
fn target(root: &Path, file: &Path, path: &str) -> Option<PathBuf> {
    let inside = file.file_name().is_some_and(|name| name == "mod.rs");
    let own = if inside { file.parent()?.to_path_buf() } else { file.with_extension("") };
    let mut segments = path.split("::").peekable();
    let mut module = match segments.peek().copied()? {
        "crate" => root.to_path_buf(),
        "super" => own.parent()?.to_path_buf(),
        "self" => own,
        // What a `mod.rs` re-exports of its own modules.
        name if own.join(name).with_extension("rs").exists() || own.join(name).exists() => own.join("self"),
        _ => return None,
    };
    let mut found = root.join("lib.rs");
    if module.ends_with("self") {
        module.pop();
    } else {
        segments.next();
    }
    for candidate in [module.with_extension("rs"), module.join("mod.rs")] {
        if candidate.exists() {
            found = candidate;
        }
    }
    for segment in segments {
        module.push(segment);
        match [module.with_extension("rs"), module.join("mod.rs")].into_iter().find(|candidate| candidate.exists()) {
            Some(candidate) => found = candidate,
            None => break,
        }
    }
    Some(found).filter(|found| found != file)
}

/// The files of a circle that starts at the last of `way`, if there is one.
fn circle(graph: &Graph, way: &mut Vec<PathBuf>, done: &mut BTreeSet<PathBuf>) -> Option<Vec<PathBuf>> {
    let here = way.last()?.clone();
    for next in &graph[&here] {
        if let Some(start) = way.iter().position(|earlier| earlier == next) {
            return Some(way[start..].to_vec());
        }
        if !done.contains(next) {
            way.push(next.clone());
            if let Some(found) = circle(graph, way, done) {
                return Some(found);
            }
            way.pop();
        }
    }
    done.insert(here);
    None
}

#[test]
fn no_module_uses_itself_by_way_of_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let graph: Graph = files(&root)
        .into_iter()
        .map(|file| {
            let paths = used(&std::fs::read_to_string(&file).unwrap());
            let targets = paths.iter().filter_map(|path| target(&root, &file, path)).collect();
            (file, targets)
        })
        .collect();
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 2 * graph.len(), "uses are not seen");
    let mut done = BTreeSet::new();
    for file in graph.keys() {
        let found = circle(&graph, &mut vec![file.clone()], &mut done);
        assert_eq!(found, None);
    }
}
