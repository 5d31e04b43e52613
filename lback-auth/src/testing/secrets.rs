//! The secrets of an account, and the search for them.

use std::fmt::Debug;

use super::{Account, DAMAGED, PASSWORD, WRONG};
use crate::token::VerificationToken;

/// The number of consecutive characters of a secret that count as a leak.
const PIECE: usize = 8;

/// The secrets of an account that has one of each kind.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Collects the secrets of an account with a password and this pending token.
    pub(super) fn of(user: &impl Account, token: &VerificationToken) -> Self {
        let mut secrets = Self(vec![
            PASSWORD.to_owned(),
            WRONG.to_owned(),
            DAMAGED[0].to_owned(),
        ]);
        secrets.add_token(user, token);
        secrets.add_hash(user);
        secrets
    }

    /// Adds the tokens that a call has issued.
    pub(super) fn add_texts(&mut self, tokens: Vec<String>) {
        self.0.extend(tokens);
    }

    /// Adds the token's text, and its digest in the forms in which it could be shown.
    fn add_token(&mut self, user: &impl Account, token: &VerificationToken) {
        let pending = user.__fields().email_verification.pending();
        let digest = pending.expect("a pending token").digest();
        self.0.push(token.expose().to_owned());
        self.0.push(base16ct::lower::encode_string(digest));
        self.0.push(base16ct::upper::encode_string(digest));
        self.0.push(format!("{digest:?}"));
    }

    /// Adds the salt and the output of the stored hash.
    pub(super) fn add_hash(&mut self, user: &impl Account) {
        let parts = user
            .stored()
            .into_iter()
            .flat_map(|stored| stored.rsplit('$').take(2));
        self.0.extend(parts.map(str::to_owned));
    }

    #[track_caller]
    pub(super) fn check(&self, shown: &str) {
        let mut rest = shown.to_owned();
        for piece in self.0.iter().flat_map(|secret| pieces(secret)) {
            rest = rest.replace(&piece, "[secret]");
        }
        // The message must not show the secret itself.
        assert!(
            rest == shown,
            "{PIECE} characters of a secret are shown: {rest}"
        );
    }

    #[track_caller]
    pub(super) fn check_debug(&self, value: &dyn Debug) {
        self.check(&format!("{value:?}"));
        self.check(&format!("{value:#?}"));
    }
}

/// Returns all parts of a secret that must not be shown.
fn pieces(secret: &str) -> Vec<String> {
    let characters: Vec<char> = secret.chars().collect();
    let pieces = characters.windows(PIECE);
    pieces.map(|piece| piece.iter().collect()).collect()
}
