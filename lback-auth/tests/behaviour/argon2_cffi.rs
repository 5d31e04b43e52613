//! Hashes made by the crate and checked by argon2-cffi, and the other way round.
//!
//! argon2-cffi is the reference implementation in C with an interface for Python. Its side prepares
//! passwords with Python's Unicode tables.
//!
//!
//! `LBACK_ARGON2_CFFI_PYTHON` names a Python with the package `argon2-cffi`.

use std::cell::RefCell;
use std::fmt::Debug;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lback_auth::{Hasher, Verdict};
use proptest::char::ranges;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};
use test_support::{rounds, service};

/// The number of cases of a test, of which [`rounds`] is a share.
const ALL_CASES: u32 = 1000;

/// The seed, unless `PROPTEST_RNG_SEED` is set.
const SEED: u64 = 9106;

/// A Python process that runs `argon2_cffi.py` until this is dropped.
struct Oracle {
    python: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    fn start() -> Self {
        let mut python = Command::new(service("LBACK_ARGON2_CFFI_PYTHON"))
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/behaviour/argon2_cffi.py"
            ))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a python");
        Self {
            questions: python.stdin.take(),
            answers: BufReader::new(python.stdout.take().expect("its output")),
            python,
        }
    }

    fn ask(&mut self, question: &Value) -> Value {
        let questions = self.questions.as_mut().expect("its input");
        writeln!(questions, "{question}").expect("python reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("python writes");
        serde_json::from_str(&answer).expect("an answer")
    }

    /// Returns whether a hash verifies a password.
    fn check(&mut self, encoded: &str, password: &str, is_prepared: bool) -> bool {
        let case = json!({"encoded": encoded, "password": password, "is_prepared": is_prepared});
        let answer = self.ask(&json!({"check": case}));
        answer["right"].as_bool().expect("an answer")
    }
}

impl Drop for Oracle {
    /// Closes the input, at whose end Python exits.
    fn drop(&mut self) {
        drop(self.questions.take());
        self.python.wait().expect("python ends");
    }
}

/// The cost of a hash, for both sides.
#[derive(Clone, Debug)]
struct Parameters {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Parameters {
    fn any() -> impl Strategy<Value = Self> {
        (1..=8_u32, 1..=4_u32).prop_flat_map(|(lanes, passes)| {
            (8 * lanes..=4096).prop_map(move |memory| Self {
                memory,
                passes,
                lanes,
            })
        })
    }

    fn hasher(&self) -> Hasher {
        Hasher::builder()
            .memory(self.memory)
            .passes(self.passes)
            .lanes(self.lanes)
            .concurrency(1)
            .build()
            .expect("a hasher")
    }
}

/// Texts that preparation often changes: spaces, marks in any order, and characters that NFC
/// composes, decomposes or replaces.
///
/// Each character is older than any Unicode table in use, so both sides have the same normal forms.
fn passwords() -> impl Strategy<Value = String> {
    let plain = ranges(
        vec![
            '\0'..='~',
            'а'..='я',
            '一'..='龥',
            '🌀'..='🙏',
            '\u{E000}'..='\u{F8FF}',
        ]
        .into(),
    );
    let changing = ranges(
        vec![
            ' '..='\u{24F}',
            '\u{300}'..='\u{36F}',
            '\u{1100}'..='\u{11FF}',
            '\u{1E00}'..='\u{1FFC}',
            '\u{2000}'..='\u{200A}',
            '\u{3000}'..='\u{3000}',
            'が'..='ん',
            '\u{3099}'..='\u{309A}',
            '가'..='힣',
            '\u{F900}'..='\u{FA6D}',
            '\u{FB1D}'..='\u{FB36}',
            '\u{1D15E}'..='\u{1D164}',
        ]
        .into(),
    );
    let text = |character| vec(character, 1..40).prop_map(String::from_iter);
    prop_oneof![text(plain.boxed()), text(changing.boxed())]
}

/// Replaces one character by another, which is in none of the texts.
fn with_another_character(password: &str, at: usize) -> String {
    let mut characters: Vec<char> = password.chars().collect();
    let at = at % characters.len();
    characters[at] = '\u{2764}';
    characters.into_iter().collect()
}

/// Checks random cases, and shows a failed one after shrinking it.
fn each<T: Debug>(cases: impl Strategy<Value = T>, check: impl Fn(T) -> Result<(), TestCaseError>) {
    let config = Config::default();
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => SEED,
    };
    let cases_run = rounds(ALL_CASES);
    println!("{cases_run} cases of seed {seed}");
    let mut runner = TestRunner::new(Config {
        cases: cases_run,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..config
    });
    if let Err(failed) = runner.run(&cases, check) {
        panic!("seed {seed}: {failed}");
    }
}

#[test]
#[ignore = "needs LBACK_ARGON2_CFFI_PYTHON"]
fn hashes_made_here_are_right_there() {
    let oracle = RefCell::new(Oracle::start());
    let cases = (passwords(), Parameters::any(), any::<usize>());
    each(cases, |(password, parameters, at)| {
        let mut oracle = oracle.borrow_mut();
        let hash = parameters.hasher().hash(&password).expect("a hash");
        let stored = hash.stored().expect("a hash");
        prop_assert!(oracle.check(stored, &password, true), "{}", stored);
        let wrong = with_another_character(&password, at);
        prop_assert!(!oracle.check(stored, &wrong, true), "{}", stored);
        prop_assert!(!oracle.check(stored, &wrong, false), "{}", stored);
        Ok(())
    });
}

#[test]
#[ignore = "needs LBACK_ARGON2_CFFI_PYTHON"]
fn hashes_made_there_are_right_here() {
    let oracle = RefCell::new(Oracle::start());
    let made = (
        select(vec!["argon2id", "argon2i", "argon2d"]),
        select(vec![19, 16]),
        prop_oneof![vec(any::<u8>(), 16), vec(any::<u8>(), 8..=48)],
        prop_oneof![Just(32_usize), 10..=64_usize],
        any::<bool>(),
    );
    let cases = (passwords(), Parameters::any(), made, any::<usize>());
    let (valid, as_given) = (RefCell::new(0), RefCell::new(0));
    each(cases, |(password, parameters, made, at)| {
        let (kind, version, salt, output_len, is_prepared) = made;
        let case = json!({
            "password": password,
            "is_prepared": is_prepared,
            "memory": parameters.memory,
            "passes": parameters.passes,
            "lanes": parameters.lanes,
            "type": kind,
            "version": version,
            "salt": base16ct::lower::encode_string(&salt),
            "output_len": output_len,
        });
        let encoded = oracle.borrow_mut().ask(&json!({"make": case}));
        let encoded = encoded["encoded"].as_str().expect("a hash");
        let is_of_prepared = oracle.borrow_mut().check(encoded, &password, true);

        // The same rule as argon2-cffi's `check_needs_rehash`.
        let is_current = (kind, version, salt.len(), output_len) == ("argon2id", 19, 16, 32);
        let expected = if is_current && is_of_prepared {
            Verdict::Valid
        } else {
            Verdict::Stale
        };
        let hasher = parameters.hasher();
        prop_assert_eq!(
            hasher.verify(&password, encoded),
            Ok(expected),
            "{}",
            encoded
        );
        let wrong = with_another_character(&password, at);
        prop_assert_eq!(
            hasher.verify(&wrong, encoded),
            Ok(Verdict::Invalid),
            "{}",
            encoded
        );
        *valid.borrow_mut() += u32::from(expected == Verdict::Valid);
        *as_given.borrow_mut() += u32::from(!is_of_prepared);
        Ok(())
    });
    // The cases include both kinds.
    let (valid, as_given) = (valid.take(), as_given.take());
    println!("{valid} valid, {as_given} of passwords without preparation");
    assert!(valid > 0 && as_given > 0);
}
