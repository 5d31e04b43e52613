//! Replies: in the order of the receivers, each with its receiver, and only from receivers that reply.

use lback_signals::{
    Context, Failure, FailureKind, FromSignal, Rejection, Report, Signal, SyncSignal, receiver,
    signal,
};

/// Returns the receivers and their replies.
fn replies<R: Clone>(report: &Report<R>) -> Vec<(&'static str, R)> {
    let replies = report.replies();
    replies
        .map(|(receiver, reply)| (receiver.name(), reply.clone()))
        .collect()
}

mod every_outcome {
    use super::*;

    /// A reply that cannot be copied.
    #[derive(Debug, PartialEq)]
    pub(super) struct Quote {
        cents: u32,
    }

    #[signal(reply = Quote)]
    pub(super) struct Quoting {
        kilometres: u32,
    }

    struct Short;

    impl FromSignal<'_, Quoting> for Short {
        fn from_signal(event: &Quoting, _: &Context) -> Result<Self, Rejection> {
            if event.kilometres < 20 {
                Ok(Self)
            } else {
                Err(Rejection::skip())
            }
        }
    }

    #[receiver(signal = Quoting)]
    fn a_train(event: &Quoting) -> Quote {
        Quote {
            cents: 500 + 12 * event.kilometres,
        }
    }

    #[receiver(signal = Quoting)]
    fn b_bicycle(_: Short) -> Quote {
        Quote { cents: 300 }
    }

    #[receiver(signal = Quoting)]
    fn c_ship(event: &Quoting) -> Result<Quote, &'static str> {
        if event.kilometres > 1_000 {
            Ok(Quote { cents: 90_000 })
        } else {
            Err("no water")
        }
    }

    #[receiver(signal = Quoting)]
    fn d_plane(event: &Quoting) -> Quote {
        assert!(event.kilometres > 300, "too low");
        Quote { cents: 20_000 }
    }

    #[receiver(signal = Quoting)]
    fn e_on_foot(_: &Quoting) -> Quote {
        Quote { cents: 0 }
    }

    fn quotes(report: &Report<Quote>) -> Vec<(&'static str, u32)> {
        assert_eq!(report.replies().len(), report.delivered());
        let replies = report.replies();
        replies
            .map(|(by, quote)| (by.name(), quote.cents))
            .collect()
    }

    #[test]
    fn each_delivered_receiver_has_replied_and_no_other() {
        let report = Quoting { kilometres: 2_000 }.send();
        assert!(report.is_ok());
        assert_eq!((report.delivered(), report.skipped()), (4, 1));
        assert_eq!(
            quotes(&report),
            [
                ("a_train", 24_500),
                ("c_ship", 90_000),
                ("d_plane", 20_000),
                ("e_on_foot", 0)
            ]
        );

        let report = Quoting { kilometres: 10 }.send();
        assert_eq!((report.delivered(), report.skipped()), (3, 0));
        assert_eq!(
            quotes(&report),
            [("a_train", 620), ("b_bicycle", 300), ("e_on_foot", 0)]
        );
        let failures: Vec<_> = report.failures().iter().map(Failure::to_string).collect();
        assert_eq!(
            failures,
            [
                "receiver `behaviour::replies::every_outcome::c_ship` of `quoting` failed: no water",
                "receiver `behaviour::replies::every_outcome::d_plane` of `quoting` panicked: too low",
            ]
        );
    }

    #[test]
    fn into_replies_moves_the_replies_out_with_their_receivers() {
        let report = Quoting { kilometres: 10 }.send();
        let replies = report.into_replies();
        assert_eq!(replies.len(), 3);
        let owned: Vec<(_, Quote)> = replies.map(|(by, quote)| (by.id(), quote)).collect();
        assert_eq!(
            owned[1],
            (
                "behaviour::replies::every_outcome::b_bicycle",
                Quote { cents: 300 }
            )
        );
    }

    #[test]
    fn try_send_returns_all_replies_or_the_first_failure() {
        let report = Quoting { kilometres: 2_000 }.try_send().unwrap();
        assert_eq!(report.replies().len(), 4);
        assert_eq!(report.skipped(), 1);

        let failure = Quoting { kilometres: 10 }.try_send().unwrap_err();
        assert_eq!(failure.receiver().name(), "c_ship");
    }

    #[test]
    fn a_report_without_failures_is_an_ok_result() {
        let report = Quoting { kilometres: 2_000 }.send().into_result().unwrap();
        assert_eq!(report.replies().len(), 4);
        let error = Quoting { kilometres: 10 }.send().into_result().unwrap_err();
        assert_eq!(error.failures().len(), 2);
    }

    #[test]
    fn the_debug_output_of_a_report_has_its_counts_and_failures() {
        let report = Quoting { kilometres: 2_000 }.send();
        assert_eq!(
            format!("{report:?}"),
            "Report { delivered: 4, skipped: 1, deferred: 0, failures: [], .. }"
        );
    }
}

mod no_receiver {
    use super::*;

    #[signal(reply = u32)]
    pub(super) struct Unheard;

    #[test]
    fn without_receivers_there_are_no_replies() {
        assert_eq!(Unheard.send().replies().len(), 0);
        assert_eq!(Unheard.try_send().unwrap().into_replies().len(), 0);
        let report = Unheard::send_with(|| unreachable!("there is no receiver"));
        assert_eq!(report.replies().len(), 0);
    }
}

mod no_reply {
    use super::*;

    #[signal]
    pub(super) struct Told;

    #[receiver(signal = Told)]
    fn listens(_: &Told) {}

    #[test]
    fn a_signal_without_a_reply_type_has_the_default_report() {
        let report: Report = Told.send();
        assert_eq!(report.delivered(), 1);
        assert_eq!(report.replies().len(), 0);
        assert_eq!(Told::info().reply(), None);
    }
}

mod borrowed {
    use super::*;

    #[signal(reply = &'a str)]
    pub(super) struct Asked<'a> {
        words: &'a str,
    }

    #[receiver(signal = Asked)]
    fn first<'a>(event: &Asked<'a>) -> &'a str {
        event.words.split(' ').next().unwrap_or_default()
    }

    #[receiver(signal = Asked)]
    fn second<'a>(event: &Asked<'a>) -> Result<&'a str, &'static str> {
        event.words.split(' ').nth(1).ok_or("one word")
    }

    #[test]
    fn a_reply_may_borrow_the_data_that_the_signal_borrows() {
        let words = "to be".to_owned();
        let report = {
            let event = Asked { words: &words };
            event.send()
        };
        // The replies outlive the signal.
        assert_eq!(replies(&report), [("first", "to"), ("second", "be")]);
        assert_eq!(Asked::info().reply(), Some("&'a str"));

        let failure = Asked { words: "be" }.try_send().unwrap_err();
        assert_eq!(failure.receiver().name(), "second");
    }
}

mod wrapped {
    use super::*;

    #[signal(reply = Result<u32, String>)]
    pub(super) struct Judged {
        age: u32,
    }

    #[receiver(signal = Judged)]
    fn a_objects(event: &Judged) -> Result<u32, String> {
        if event.age < 18 {
            Err("too young".to_owned())
        } else {
            Ok(event.age)
        }
    }

    #[receiver(signal = Judged)]
    fn b_may_fail_to_reply(event: &Judged) -> Result<Result<u32, String>, std::fmt::Error> {
        if event.age == 0 {
            return Err(std::fmt::Error);
        }
        Ok(Err("unknown".to_owned()))
    }

    #[test]
    fn with_a_result_as_reply_type_its_error_is_a_reply() {
        let report = Judged { age: 7 }.send();
        assert!(report.is_ok());
        assert_eq!(
            replies(&report),
            [
                ("a_objects", Err("too young".to_owned())),
                ("b_may_fail_to_reply", Err("unknown".to_owned()))
            ]
        );
        let report = Judged { age: 0 }.send();
        assert_eq!(report.replies().len(), 1);
        assert_eq!(
            report.failures()[0].receiver().name(),
            "b_may_fail_to_reply"
        );
    }

    #[signal(reply = Option<u32>)]
    pub(super) struct Guessed;

    #[receiver(signal = Guessed)]
    fn gives_up(_: &Guessed) -> Option<u32> {
        None
    }

    #[test]
    fn none_is_a_reply() {
        assert_eq!(replies(&Guessed.send()), [("gives_up", None)]);
    }
}

mod generic {
    use super::*;

    #[signal(reply = u32)]
    pub(super) struct Counted {
        by: u32,
    }

    #[signal(reply = u32)]
    pub(super) struct Weighed;

    #[receiver(signal = [Counted, Weighed])]
    fn answers_both<S: Signal<Reply = u32>>(_: &S) -> u32 {
        u32::try_from(S::info().name().len()).unwrap()
    }

    #[receiver(signal = Counted)]
    fn answers_one(event: &Counted) -> u32 {
        event.by
    }

    fn total<S: SyncSignal<Reply = u32>>(signal: &S) -> u32 {
        signal.send().replies().map(|(_, reply)| reply).sum()
    }

    #[test]
    fn receivers_and_senders_may_be_generic_over_signals_of_one_reply_type() {
        assert_eq!(total(&Counted { by: 100 }), 107);
        assert_eq!(total(&Weighed), 7);
        let info = Weighed.send().replies().next().unwrap().0;
        assert_eq!(info.signal().name(), "weighed");
    }
}

mod recursion {
    use super::*;

    #[signal(reply = u32)]
    pub(super) struct Echoed;

    #[receiver(signal = Echoed)]
    fn echoes(_: &Echoed) -> u32 {
        Echoed.send();
        1
    }

    #[test]
    fn a_receiver_stopped_at_the_recursion_limit_has_not_replied() {
        let report = Echoed.send();
        assert!(matches!(
            report.failures()[0].kind(),
            FailureKind::Recursion(_)
        ));
        assert_eq!(report.delivered(), 0);
        assert_eq!(replies(&report), []);
    }
}
