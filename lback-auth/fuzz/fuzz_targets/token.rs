//! Fuzz target for verifying tokens: each result is the documented one, and a wrong token changes nothing.
#![no_main]

use std::time::Duration;

use lback_auth::{Hasher, OneTimeToken, TokenError, TokenPurpose, VerificationToken};
use lback_auth_fuzz::{seed, stored_hashes};
use lback_signals::Scope;
use libfuzzer_sys::{Corpus, fuzz_target};
use time::OffsetDateTime;

const EMAIL: &str = "ada@example.org";
const ISSUED_AT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const VALID_FOR: Duration = Duration::from_hours(1);

/// Bits of the first byte of an input. The lowest two are the purpose; the others add the token before or
/// after the presented text.
const TOKEN_BEFORE: u8 = 4;
const TOKEN_BEHIND: u8 = 8;
const ADDRESS_CHANGED: u8 = 16;

fuzz_target!(
    init: seed(seeds()),
    |input: &[u8]| -> Corpus {
        let Some(case) = Case::of(input) else {
            return Corpus::Reject;
        };
        case.check();
        Corpus::Keep
    }
);

/// Returns each fixture as a presented text, alone or with the token, and a few short texts.
fn seeds() -> impl Iterator<Item = Vec<u8>> {
    let mut texts = stored_hashes();
    texts.extend(["", " ", "=", "\n", "\0"].map(str::to_owned));
    texts.into_iter().flat_map(|text| {
        [0, TOKEN_BEFORE, TOKEN_BEHIND]
            .map(|choices| [&[choices, 0], &[7; 32][..], text.as_bytes()].concat())
    })
}

/// An issued token and a presented text.
struct Case<'a> {
    purpose: TokenPurpose,
    drawn: [u8; 32],
    text: &'a str,
    is_token_before: bool,
    is_token_behind: bool,
    email: &'static str,
    now: OffsetDateTime,
}

impl<'a> Case<'a> {
    /// Returns the case of an input, or `None` if the input is too short or not UTF-8.
    fn of(input: &'a [u8]) -> Option<Self> {
        let (&[choices, minutes], rest) = input.split_first_chunk()?;
        let (&drawn, text) = rest.split_first_chunk()?;
        let is_chosen = |choice| choices & choice != 0;
        Some(Self {
            purpose: *TokenPurpose::ALL.get(usize::from(choices & 3))?,
            drawn,
            text: str::from_utf8(text).ok()?,
            is_token_before: is_chosen(TOKEN_BEFORE),
            is_token_behind: is_chosen(TOKEN_BEHIND),
            email: if is_chosen(ADDRESS_CHANGED) {
                ""
            } else {
                EMAIL
            },
            now: ISSUED_AT + Duration::from_mins(minutes.into()),
        })
    }

    fn check(&self) {
        let (mut token, issued) = self.issue();
        let issued = issued.expose();
        assert_eq!(bytes_of_base64url(issued), self.drawn);

        let token_if = |is_there| if is_there { issued } else { "" };
        let presented = [
            token_if(self.is_token_before),
            self.text,
            token_if(self.is_token_behind),
        ];
        let presented = &*presented.concat();
        let expected = if presented != issued {
            Err(TokenError::Mismatch)
        } else if self.now >= ISSUED_AT + VALID_FOR {
            Err(TokenError::Expired)
        } else if self.email != EMAIL {
            Err(TokenError::EmailChanged)
        } else {
            Ok(())
        };
        let before = token.clone();
        assert_eq!(token.peek(presented, self.email, self.now), expected);
        assert_eq!(token, before);

        for purpose in TokenPurpose::ALL {
            let token = OneTimeToken::from_parts(purpose, before.pending().cloned());
            let answer = token.peek(presented, self.email, self.now);
            if purpose != self.purpose {
                assert_eq!(answer, Err(TokenError::Mismatch));
            }
        }

        assert_eq!(token.verify(presented, self.email, self.now), expected);
        if expected.is_ok() {
            assert_eq!(token, OneTimeToken::none(self.purpose));
            let again = token.verify(presented, self.email, self.now);
            assert_eq!(again, Err(TokenError::NoToken));
        } else {
            assert_eq!(token, before);
        }
    }

    /// Issues a token of the drawn bytes.
    fn issue(&self) -> (OneTimeToken, VerificationToken) {
        let drawn = self.drawn;
        let hasher = Hasher::builder()
            .concurrency(1)
            .random(move |bytes: &mut [u8]| {
                bytes.copy_from_slice(&drawn);
                Ok(())
            })
            .build()
            .expect("a hasher");
        let mut token = OneTimeToken::none(self.purpose);
        let issued = Scope::new()
            .provide(hasher)
            .run(|| token.issue(EMAIL, VALID_FOR, ISSUED_AT))
            .expect("a token");
        (token, issued)
    }
}

/// Decodes 43 characters of base64url bit by bit.
fn bytes_of_base64url(text: &str) -> [u8; 32] {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_eq!(text.len(), 43);
    let mut bytes = [0; 32];
    for (index, character) in text.chars().enumerate() {
        let sextet = ALPHABET.find(character).expect("base64url");
        for bit in 0..6 {
            let position = index * 6 + bit;
            let value = u8::from(sextet & (32 >> bit) != 0);
            match bytes.get_mut(position / 8) {
                Some(byte) => *byte |= value << (7 - position % 8),
                None => assert_eq!(value, 0, "the last two bits are not used"),
            }
        }
    }
    bytes
}
