//! What must not be seen, and looking for it.

use std::fmt::Debug;

use super::{Account, DAMAGED, PASSWORD, WRONG};
use crate::token::VerificationToken;

/// So many characters of a secret are as good as a part of it.
const PIECE: usize = 8;

/// The secrets of an account that has one of each kind.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Of an account with a password and this token out.
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

    /// What a call has issued.
    pub(super) fn add_texts(&mut self, tokens: Vec<String>) {
        self.0.extend(tokens);
    }

    /// The token's text, and its digest as it might be shown.
    fn add_token(&mut self, user: &impl Account, token: &VerificationToken) {
        let pending = user.__fields().email_verification.pending();
        let digest = pending.expect("a token is out").digest();
        self.0.push(token.expose().to_owned());
        self.0.push(base16ct::lower::encode_string(digest));
        self.0.push(base16ct::upper::encode_string(digest));
        self.0.push(format!("{digest:?}"));
    }

    /// The salt and the output of the stored hash.
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
        // The message itself goes where the output of tests goes.
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

/// All the parts of a secret that must not be seen.
fn pieces(secret: &str) -> Vec<String> {
    let characters: Vec<char> = secret.chars().collect();
    let pieces = characters.windows(PIECE);
    pieces.map(|piece| piece.iter().collect()).collect()
}
