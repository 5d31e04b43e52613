//! What the fuzz targets begin with: the hashes of the tests' fixtures.

use std::path::PathBuf;
use std::{env, fs};

/// The stored hashes in `tests/*.json`.
///
/// # Panics
///
/// The fixtures are not as they should be.
#[must_use]
pub fn stored_hashes() -> Vec<String> {
    let fixtures = [
        include_str!("../../tests/argon2-cffi.json"),
        include_str!("../../tests/foreign-hashes.json"),
    ];
    let hashes = |fixture| {
        let fixture: serde_json::Value = serde_json::from_str(fixture).expect("JSON");
        let vectors = fixture["vectors"].as_array().expect("vectors");
        let encoded = |vector: &serde_json::Value| vector["encoded"].as_str().map(str::to_owned);
        vectors.iter().filter_map(encoded).collect::<Vec<_>>()
    };
    fixtures.into_iter().flat_map(hashes).collect()
}

/// Writes each seed into the corpus that libFuzzer is told to begin with: the folder among the
/// arguments, if there is one. It is called before that is read.
///
/// # Panics
///
/// A seed cannot be written.
pub fn seed(seeds: impl IntoIterator<Item = Vec<u8>>) {
    let Some(corpus) = env::args()
        .skip(1)
        .map(PathBuf::from)
        .find(|argument| argument.is_dir())
    else {
        return;
    };
    for (index, seed) in seeds.into_iter().enumerate() {
        fs::write(corpus.join(format!("seed-{index}")), seed).expect("a corpus to write to");
    }
}
