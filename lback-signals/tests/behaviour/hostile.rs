//! User code that panics or sends in an unexpected place, such as `Drop` or `Display`, stops no dispatch.

use std::fmt;

use lback_signals::{
    Context, FailureKind, FromSignal, Model, Needs, Rejection, Res, SentBy, Signal, receiver,
    signal,
};

mod needs {
    use super::*;

    struct Panics;

    impl<S: Signal> FromSignal<'_, S> for Panics {
        fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
            Ok(Panics)
        }

        fn needs(needs: &mut Needs) {
            needs.resource::<u8>();
            panic!("on purpose");
        }
    }

    #[signal]
    struct Asked;

    #[receiver(signal = Asked)]
    fn late(_: Panics) {}

    #[receiver(signal = Asked, after(late))]
    fn later(_: &Asked) {}

    struct Sends;

    impl<S: Signal> FromSignal<'_, S> for Sends {
        fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
            Ok(Sends)
        }

        fn needs(_: &mut Needs) {
            Answered.send();
        }
    }

    #[signal]
    struct Answered;

    #[receiver(signal = Answered, last)]
    fn answer(_: Sends) {}

    #[test]
    fn needs_that_panic_stop_no_dispatch_and_are_listed_up_to_the_panic() {
        assert_eq!(Asked.send().delivered(), 2);
        let late = Asked::info().receivers()[0];
        assert_eq!(late.resources()[0].type_name(), "u8");
    }

    #[test]
    fn needs_that_send_stop_no_dispatch() {
        assert_eq!(Answered.send().delivered(), 1);
        assert!(Answered::info().receivers()[0].resources().is_empty());
    }
}

mod ids {
    use super::*;

    struct SendsWhenDisplayed;

    impl fmt::Display for SendsWhenDisplayed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Shown {
                page: &Page {
                    id: SendsWhenDisplayed,
                },
            }
            .send();
            f.write_str("1")
        }
    }

    #[derive(Model)]
    struct Page {
        #[model(id)]
        id: SendsWhenDisplayed,
    }

    #[signal]
    struct Shown<'a> {
        #[sender]
        page: &'a Page,
    }

    #[receiver(signal = Shown)]
    fn fail(_: &Shown<'_>) -> Result<(), &'static str> {
        Err("no page")
    }

    #[test]
    fn an_id_that_sends_when_it_is_displayed_is_stopped() {
        let report = Shown {
            page: &Page {
                id: SendsWhenDisplayed,
            },
        }
        .send();
        let [error, recursion] = report.failures() else {
            panic!("{report:?}");
        };
        assert!(matches!(error.kind(), FailureKind::Error(_)));
        assert!(matches!(recursion.kind(), FailureKind::Recursion(_)));
    }
}

mod replies {
    use super::*;

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[signal(reply = PanicsWhenDropped)]
    struct Packed;

    #[receiver(signal = Packed)]
    fn a(_: &Packed) -> PanicsWhenDropped {
        PanicsWhenDropped
    }

    #[receiver(signal = Packed)]
    fn b(_: &Packed) -> PanicsWhenDropped {
        PanicsWhenDropped
    }

    #[receiver(signal = Packed)]
    fn c(_: &Packed) -> Result<PanicsWhenDropped, &'static str> {
        Err("no box")
    }

    #[test]
    fn replies_that_panic_when_dropped_do_not_unwind_into_the_sender() {
        assert_eq!(Packed.send().replies().len(), 2);
        assert!(Packed.send().into_result().is_err());
        let failure = Packed.try_send().unwrap_err();
        assert_eq!(failure.receiver().name(), "c");
    }
}

mod traits {
    use super::*;

    trait Named: Sized {
        fn name(self) -> Option<&'static str> {
            Some("of the user's trait")
        }

        fn describe<T>(self, _: T) -> Option<String> {
            Some("of the user's trait".to_owned())
        }
    }

    impl<T> Named for T {}

    #[signal]
    struct Called<'a> {
        #[sender]
        name: &'a str,
    }

    #[receiver(signal = Called)]
    fn fail(_: &Called<'_>) -> Result<(), &'static str> {
        Err("no answer")
    }

    #[test]
    fn user_traits_with_the_method_names_of_generated_code_are_not_called() {
        assert_eq!(0.name(), 0.describe(()).as_deref());
        assert_eq!(Called::info().sender_model(), None);
        let failure = Called { name: "Ada" }.try_send().unwrap_err();
        assert_eq!(failure.sender(), None);
    }
}

mod skipped_senders {
    use super::*;

    struct Never;

    trait Animal: std::any::Any {}

    impl<T: Animal> lback_signals::SenderAs<T> for dyn Animal {
        fn sender_as(&self) -> Option<&T> {
            (self as &dyn std::any::Any).downcast_ref()
        }
    }

    struct Cat;
    struct Dog;

    impl Animal for Cat {}
    impl Animal for Dog {}

    #[signal]
    struct Fed<'a> {
        #[sender]
        animal: &'a dyn Animal,
    }

    #[receiver(signal = Fed)]
    fn purr(_: Res<'_, Never>, cat: SentBy<'_, Cat>, _: &Fed<'_>, _: Option<Res<'_, Never>>) {
        let _ = cat;
    }

    #[test]
    fn a_receiver_of_another_sender_is_skipped_before_its_resources_are_missed() {
        let report = Fed { animal: &Dog }.send();
        assert_eq!((report.skipped(), report.is_ok()), (1, true));
        let report = Fed { animal: &Cat }.send();
        let kind = report.failures()[0].kind();
        assert!(matches!(kind, FailureKind::MissingResource(_)));
    }
}

mod projections {
    use super::*;

    #[signal]
    struct Opened<'a> {
        #[sender]
        door: &'a str,
    }

    #[receiver(signal = Opened)]
    fn spelled_out<S: Signal>(_: &S, sender: SentBy<'_, <S as Signal>::Sender>) {
        let _ = sender;
    }

    #[receiver(signal = Opened)]
    fn shortened<S: Signal>(_: &S, sender: SentBy<'_, S::Sender>) {
        let _ = sender;
    }

    #[test]
    fn a_generic_receiver_may_name_the_sender_type_in_full_or_shortened() {
        assert_eq!(Opened { door: "front" }.send().delivered(), 2);
    }
}
