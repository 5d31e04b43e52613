//! Random values are read back exactly.

use super::{decode, encode};
use lback_signals::signal;

#[signal(durable(name = "encoding.numbers", version = 1))]
struct Numbers<'a> {
    float: f64,
    single: f32,
    floats: &'a [f64],
    unsigned: u128,
    signed: i128,
    count: u64,
    integer: i64,
}

#[signal(durable(name = "encoding.texts", version = 1))]
struct Texts<'a> {
    text: &'a str,
    list: &'a [String],
    letter: char,
}

/// Sebastiano Vigna's splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn float(&mut self) -> f64 {
        loop {
            let float = f64::from_bits(self.next());
            if float.is_finite() {
                return float;
            }
        }
    }

    fn single(&mut self) -> f32 {
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "random bits")]
            let single = f32::from_bits(self.next() as u32);
            if single.is_finite() {
                return single;
            }
        }
    }

    /// Returns a number of any magnitude.
    fn unsigned(&mut self) -> u128 {
        let number = u128::from(self.next()) << 64 | u128::from(self.next());
        number >> (self.next() % 128)
    }

    fn letter(&mut self) -> char {
        loop {
            // A third each of ASCII with its control characters, of two bytes in UTF-16, and of all.
            let range = [0x80, 0x1_0000, 0x11_0000][(self.next() % 3) as usize];
            if let Some(letter) = u32::try_from(self.next() % range)
                .ok()
                .and_then(char::from_u32)
            {
                return letter;
            }
        }
    }

    fn text(&mut self) -> String {
        (0..self.next() % 20).map(|_| self.letter()).collect()
    }
}

#[test]
fn numbers() {
    let mut random = Random(24);
    for round in 0..20_000 {
        let floats: Vec<_> = (0..random.next() % 4).map(|_| random.float()).collect();
        let sent = Numbers {
            float: random.float(),
            single: random.single(),
            floats: &floats,
            unsigned: random.unsigned(),
            signed: random.unsigned().cast_signed(),
            count: random.next(),
            integer: random.next().cast_signed(),
        };
        let payload = encode(&sent).unwrap();
        let read: NumbersOwned = decode(&payload).unwrap();
        let bits = |floats: &[f64]| floats.iter().map(|it| it.to_bits()).collect::<Vec<_>>();
        assert_eq!(
            read.float.to_bits(),
            sent.float.to_bits(),
            "{round}: {payload}"
        );
        assert_eq!(
            read.single.to_bits(),
            sent.single.to_bits(),
            "{round}: {payload}"
        );
        assert_eq!(bits(&read.floats), bits(&floats), "{round}: {payload}");
        assert_eq!(
            (read.unsigned, read.signed, read.count, read.integer),
            (sent.unsigned, sent.signed, sent.count, sent.integer),
            "{round}: {payload}"
        );
    }
}

#[test]
fn extreme_numbers() {
    let floats = [
        0.0,
        -0.0,
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        0.1 + 0.2,
        1e23,
        9_007_199_254_740_993.0,
    ];
    let sent = Numbers {
        float: f64::EPSILON,
        single: f32::MIN_POSITIVE,
        floats: &floats,
        unsigned: u128::MAX,
        signed: i128::MIN,
        count: u64::MAX,
        integer: i64::MIN,
    };
    let read: NumbersOwned = decode(&encode(&sent).unwrap()).unwrap();
    let bits = |floats: &[f64]| floats.iter().map(|it| it.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read.floats), bits(&floats));
    assert_eq!((read.unsigned, read.signed), (u128::MAX, i128::MIN));
    assert_eq!((read.count, read.integer), (u64::MAX, i64::MIN));
}

#[test]
fn texts() {
    let mut random = Random(7);
    for round in 0..20_000 {
        let texts: Vec<_> = (0..random.next() % 4).map(|_| random.text()).collect();
        let text = random.text();
        let sent = Texts {
            text: &text,
            list: &texts,
            letter: random.letter(),
        };
        let payload = encode(&sent).unwrap();
        let read: TextsOwned = decode(&payload).unwrap();
        assert_eq!(read.text, text, "{round}");
        assert_eq!(read.list, texts, "{round}");
        assert_eq!(read.letter, sent.letter, "{round}");
        // So that a table can hold it as text.
        assert!(!payload.contains(|letter: char| letter < ' '), "{round}");
    }
}
