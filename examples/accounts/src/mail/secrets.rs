//! Secrets that a mail server is given, and that its answers may repeat.

use base64ct::{Base64, Encoding};
use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

/// So many characters of a secret in a row are a part of it, and fewer are chance.
const PART: usize = 8;

/// The password of a URL: as it is, as it is written there, and as it is sent.
pub(super) fn of(url: &Url) -> Vec<Zeroizing<String>> {
    let Some(written) = url.password() else {
        return Vec::new();
    };
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    let password = Zeroizing::new(decoded(written).into_owned());
    let plain = Zeroizing::new(format!("\0{}\0{}", decoded(url.username()), *password));
    let encoded = |text: &str| Base64::encode_string(text.as_bytes()).into();
    vec![
        encoded(&plain),
        encoded(&password),
        written.to_owned().into(),
        password,
    ]
}

/// Whether a text has a part of a secret, however it is broken into lines.
pub(super) fn has_part_of(text: &str, secret: &str) -> bool {
    let length = secret.len().clamp(1, PART);
    let parts = || secret.as_bytes().windows(length);
    let mut runs = text.as_bytes().windows(length);
    runs.any(|run| parts().any(|part| part.eq_ignore_ascii_case(run)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_enough() {
        let secrets = of(&"smtp://ada:hunter2%20%26%20more@localhost".parse().unwrap());
        let is_told = |text| secrets.iter().any(|secret| has_part_of(text, secret));
        for text in [
            "no hunter2 & more",
            "no HUNTER2 &",
            "no ter2%20%26",
            // As they are sent by PLAIN and LOGIN.
            "no AGFkYQBodW50ZXIyICYgbW9yZQ==",
            "no aHVudGVyMiAmIG1vcmU=",
        ] {
            assert!(is_told(text), "{text}");
        }
        for text in ["", "hunter", "no such user", "ada@localhost"] {
            assert!(!is_told(text), "{text}");
        }
    }

    #[test]
    fn a_part_is_so_long() {
        let token = "zerMACGd3Ni2e-nx";
        assert!(has_part_of("--token zerMACGd=", token));
        assert!(has_part_of("3Ni2e-nx", token));
        assert!(!has_part_of("--token zerMACG=", token));
        assert!(has_part_of("concatenate", "cat"));
        assert!(!has_part_of("concur at", "cat"));
        assert!(!has_part_of("anything", ""));
    }
}
