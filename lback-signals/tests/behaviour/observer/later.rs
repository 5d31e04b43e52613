//! Receivers that run later belong to the dispatch that deferred them.

use lback_signals::{Signal, Transaction, receiver, signal};
use test_support::in_child_process;

use super::Recorder;

#[derive(Debug)]
struct Uncopied(bool);

impl Clone for Uncopied {
    fn clone(&self) -> Self {
        assert!(!self.0, "it cannot be copied");
        Self(self.0)
    }
}

#[signal(owned)]
struct Saved {
    value: Uncopied,
}

#[receiver(signal = Saved, after_commit)]
fn committed(_: &Saved) -> Result<(), &'static str> {
    Err("secret")
}

#[receiver(signal = Saved, after_rollback)]
fn rolled_back(event: &Saved) {
    assert!(!event.value.0);
}

fn saved(cannot_be_copied: bool) -> Saved {
    Saved {
        value: Uncopied(cannot_be_copied),
    }
}

#[test]
fn receivers_of_a_transaction_are_observed_at_its_end() {
    in_child_process(|| {
        let recorder = Recorder::set();
        saved(false).send();
        assert_eq!(
            recorder.take(),
            ["1 saved", "1 committed: Failed(\"error\")"]
        );

        let transaction = Transaction::new();
        transaction.run(|| saved(false).send());
        assert_eq!(recorder.take(), ["1 saved"]);
        transaction.commit();
        assert_eq!(recorder.take(), ["1 committed: Failed(\"error\")"]);

        let transaction = Transaction::new();
        transaction.run(|| saved(false).send());
        transaction.rollback();
        assert_eq!(recorder.take(), ["1 saved", "1 rolled_back: succeeded"]);
    });
}

#[test]
fn receivers_of_a_copy_that_fails_are_observed() {
    in_child_process(|| {
        let recorder = Recorder::set();
        let transaction = Transaction::new();
        transaction.run(|| saved(true).send());
        assert_eq!(
            recorder.take(),
            [
                "1 saved",
                "1 committed: Failed(\"panic\")",
                "1 rolled_back: Failed(\"panic\")",
            ]
        );
        transaction.commit();
        assert_eq!(recorder.take(), [""; 0]);
    });
}
