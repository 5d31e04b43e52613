//! The number of guesses that find a password, by the estimate of `zxcvbn`.

use zxcvbn::{Score, zxcvbn};

use super::{Candidate, PasswordPolicy};

/// The number of code points of a text that are estimated.
///
/// The authors of `zxcvbn` estimate 100, and 100 characters that stand for letters (`4@8({[<3…`) take
/// more than a second. 32 of them take a tenth of that, and 32 characters that are hard to guess are
/// well above the highest score.
const MAX_LENGTH: usize = 32;

/// A score of [`zxcvbn`](https://docs.rs/zxcvbn/3), an estimate of the number of guesses that find a
/// password. The lowest score is left out, since every password has it.
///
/// ```
/// use lback_auth::ZxcvbnScore;
///
/// assert!(ZxcvbnScore::One < ZxcvbnScore::Four);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZxcvbnScore {
    /// More than 10³ guesses.
    One,
    /// More than 10⁶ guesses.
    Two,
    /// More than 10⁸ guesses. The authors call lower scores too weak.
    Three,
    /// More than 10¹⁰ guesses.
    Four,
}

impl ZxcvbnScore {
    fn of_zxcvbn(self) -> Score {
        match self {
            Self::One => Score::One,
            Self::Two => Score::Two,
            Self::Three => Score::Three,
            Self::Four => Score::Four,
        }
    }
}

impl PasswordPolicy {
    /// Sets the minimum score, which no policy has by default. Needs the feature `zxcvbn`.
    ///
    /// Unlike the other rules, the estimate also finds the owner's username and address, the service's
    /// name and the blocked words *within* the password, and treats them as easy to guess.
    ///
    /// The estimate is of the first 32 code points. It takes a few milliseconds of processor time, and
    /// up to 0.2 s for a password made to take long: run it where a hash may be computed. `zxcvbn` does
    /// not wipe its copies of the password from memory.
    ///
    /// ```
    /// use lback_auth::{PasswordOwner, PasswordPolicy, ZxcvbnScore};
    ///
    /// let policy = PasswordPolicy::new().with_min_zxcvbn_score(ZxcvbnScore::Three);
    /// let rejected = policy.check("abcabcabcabcabcabc", PasswordOwner::default()).unwrap_err();
    /// assert_eq!(rejected.reasons()[0].code(), "guessable");
    /// ```
    #[must_use]
    pub fn with_min_zxcvbn_score(mut self, score: ZxcvbnScore) -> Self {
        self.min_zxcvbn_score = Some(score);
        self
    }

    /// Returns whether the candidate misses the minimum score, if the policy has one.
    pub(super) fn is_guessable(&self, candidate: &Candidate<'_>) -> bool {
        let Some(min_score) = self.min_zxcvbn_score else {
            return false;
        };
        let owner = candidate.owner();
        let known: Vec<&str> = [
            owner.username(),
            owner.email(),
            owner.email_local_part(),
            &self.service_name,
        ]
        .into_iter()
        .chain(self.blocked_words.iter().map(String::as_str))
        .map(beginning)
        .collect();
        zxcvbn(beginning(candidate.prepared()), &known).score() < min_score.of_zxcvbn()
    }
}

/// Returns the first [`MAX_LENGTH`] code points of a text.
fn beginning(text: &str) -> &str {
    text.char_indices()
        .nth(MAX_LENGTH)
        .map_or(text, |(end, _)| text.split_at(end).0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ZxcvbnScore::{Four, One, Three, Two};
    use super::*;
    use crate::policy::{PasswordOwner, RejectionReason};

    const EMAIL: &str = "kxqzwvjyb@example.org";

    fn is_guessable(policy: &PasswordPolicy, password: &str) -> bool {
        match policy.check(password, PasswordOwner::new("lovelace1815", EMAIL)) {
            Ok(()) => false,
            Err(rejected) => rejected.reasons().contains(&RejectionReason::Guessable),
        }
    }

    #[test]
    fn no_score_is_asked_for_by_default() {
        assert!(!is_guessable(&PasswordPolicy::new(), "aaaaaaaaaaaaaaa"));
    }

    #[test]
    fn each_score_is_a_threshold() {
        // The scores of zxcvbn 3.1, from 0 to 4.
        let passwords = [
            "aaaaaaaaaaaaaaa",
            "passwordmonkey",
            "monkey4life",
            "horse staple",
            "correct horse battery staple",
        ];
        for (score, password) in passwords.into_iter().enumerate() {
            for (threshold, min_score) in [(1, One), (2, Two), (3, Three), (4, Four)] {
                let policy = PasswordPolicy::new().with_min_zxcvbn_score(min_score);
                let expected = score < threshold;
                assert_eq!(
                    is_guessable(&policy, password),
                    expected,
                    "{password} {threshold}"
                );
            }
        }
    }

    #[test]
    fn texts_of_the_owner_and_the_service_are_easy_to_guess() {
        let policy = PasswordPolicy::new()
            .with_min_zxcvbn_score(Three)
            .with_service_name("qzvxkjwyt")
            .with_blocked_words(["wvkqxjzph"]);
        let unrelated = PasswordOwner::new("grace", "grace@elsewhere.example");
        for (password, known_of_any_owner) in [
            ("lovelace1815!", false),
            ("kxqzwvjyb@example.org!", false),
            ("kxqzwvjyb!", false),
            ("qzvxkjwyt!", true),
            ("wvkqxjzph!", true),
        ] {
            assert!(is_guessable(&policy, password), "{password}");
            let rejected = policy.check(password, unrelated);
            let refused = rejected
                .is_err_and(|rejected| rejected.reasons().contains(&RejectionReason::Guessable));
            assert_eq!(refused, known_of_any_owner, "{password}");
        }
    }

    #[test]
    fn only_the_beginning_is_looked_into() {
        let strong = "x7Qm-vR2k!tZ9w#Lp4";
        assert_eq!(beginning(&"🦀".repeat(33)), "🦀".repeat(32));
        assert_eq!(beginning(&"🦀".repeat(32)), "🦀".repeat(32));
        assert_eq!(beginning(""), "");

        let policy = PasswordPolicy::new().with_min_zxcvbn_score(Four);
        assert!(is_guessable(&policy, &("a".repeat(32) + strong)));
        assert!(!is_guessable(&policy, &("a".repeat(14) + strong)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(test_support::rounds(640)))]

        #[test]
        fn nothing_panics(password in any::<String>(), name in any::<String>()) {
            let policy = PasswordPolicy::new().with_min_zxcvbn_score(Four);
            let _ = policy.check(&password, PasswordOwner::new(&name, &name));
        }
    }
}
