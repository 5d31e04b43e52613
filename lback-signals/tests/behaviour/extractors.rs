//! Parameters of receivers: the signal, its sender, resources, and user types.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::Deref;

use lback_signals::{
    Context, FailureKind, FromSignal, Needs, Rejection, Report, Res, SenderAs, SentBy, Signal,
    provide, receiver, signal,
};

/// Returns the names of the receivers that failed, each with the text of its failure.
fn failures<R>(report: &Report<R>) -> Vec<(&'static str, String)> {
    let failures = report.failures().iter();
    failures
        .map(|failure| (failure.receiver().name(), failure.kind().to_string()))
        .collect()
}

mod up_to_eight_parameters {
    use super::*;

    pub(super) struct Shop {
        number: u32,
    }

    #[signal]
    pub(super) struct Sold<'a> {
        #[sender]
        shop: &'a Shop,
        pieces: u32,
        receipts: &'a RefCell<Vec<String>>,
    }

    struct Price(u32);
    struct Currency(&'static str);
    struct Discount;

    /// The price of all pieces: an extractor that reads the signal and a resource.
    #[derive(Clone, Copy)]
    struct Total(u32);

    impl<'s> FromSignal<'s, Sold<'_>> for Total {
        fn from_signal(sold: &'s Sold<'_>, context: &'s Context) -> Result<Self, Rejection> {
            let price: &Price = context.resource()?;
            Ok(Self(sold.pieces * price.0))
        }

        fn needs(needs: &mut Needs) {
            needs.resource::<Price>();
        }
    }

    #[receiver(signal = Sold)]
    fn a_takes_one(shop: SentBy<'_, Shop>) {
        assert_eq!(shop.number, 3);
    }

    #[receiver(signal = Sold)]
    #[allow(clippy::too_many_arguments)]
    fn b_takes_eight(
        total: Total,
        discount: Option<Res<'_, Discount>>,
        sold: &Sold<'_>,
        currency: Res<'_, Currency>,
        shop: SentBy<'_, Shop>,
        price: Option<Res<'_, Price>>,
        again: &Sold<'_>,
        total_again: Total,
    ) {
        assert!(std::ptr::eq(sold, again));
        assert_eq!(total.0, total_again.0);
        assert!(discount.is_none());
        let price = price.expect("a price was provided").0;
        let line = format!(
            "shop {}: {} × {price} = {} {}",
            shop.number, sold.pieces, total.0, currency.0
        );
        sold.receipts.borrow_mut().push(line);
    }

    #[receiver(signal = Sold)]
    #[allow(clippy::too_many_arguments)]
    fn c_takes_the_same_in_another_order(
        price: Option<Res<'_, Price>>,
        shop: SentBy<'_, Shop>,
        total_again: Total,
        sold: &Sold<'_>,
        again: &Sold<'_>,
        currency: Res<'_, Currency>,
        total: Total,
        discount: Option<Res<'_, Discount>>,
    ) {
        b_takes_eight(
            total,
            discount,
            sold,
            currency,
            shop,
            price,
            again,
            total_again,
        );
    }

    #[test]
    fn a_receiver_takes_up_to_eight_parameters_in_any_order() {
        provide(Price(70)).unwrap();
        provide(Currency("cents")).unwrap();
        let receipts = RefCell::default();
        let sold = Sold {
            shop: &Shop { number: 3 },
            pieces: 2,
            receipts: &receipts,
        };
        let report = sold.send();
        assert_eq!(failures(&report), []);
        assert_eq!(report.delivered(), 3);
        assert_eq!(*receipts.borrow(), ["shop 3: 2 × 70 = 140 cents"; 2]);
    }

    #[test]
    fn resources_of_parameters_are_listed_in_their_order() {
        let [one, eight, _] = Sold::info().receivers().try_into().unwrap();
        assert!(one.resources().is_empty());
        let mut needs = Vec::new();
        for need in eight.resources() {
            let name = need.type_name().rsplit("::").next().unwrap();
            if needs.iter().all(|(known, _)| *known != name) {
                needs.push((name, need.is_optional()));
            }
        }
        assert_eq!(
            needs,
            [("Price", false), ("Discount", true), ("Currency", false)]
        );
    }
}

mod senders {
    use super::*;

    pub(super) trait Document: Any {}

    impl<T: Document> SenderAs<T> for dyn Document {
        fn sender_as(&self) -> Option<&T> {
            (self as &dyn Any).downcast_ref()
        }
    }

    struct Invoice(u32);
    struct Letter;
    struct Poster;

    impl Document for Invoice {}
    impl Document for Letter {}
    impl Document for Poster {}

    #[signal]
    pub(super) struct Printed<'a> {
        #[sender]
        document: &'a dyn Document,
        seen_by: &'a RefCell<Vec<&'static str>>,
    }

    #[receiver(signal = Printed)]
    fn a_takes_invoices(invoice: SentBy<'_, Invoice>, event: &Printed<'_>) {
        assert_eq!(invoice.get().0, 900);
        event.seen_by.borrow_mut().push("a");
    }

    #[receiver(signal = Printed)]
    fn b_takes_letters(event: &Printed<'_>, _: SentBy<'_, Letter>) {
        event.seen_by.borrow_mut().push("b");
    }

    #[receiver(signal = Printed)]
    fn c_takes_all(document: SentBy<'_, dyn Document>, event: &Printed<'_>) {
        assert!(std::ptr::addr_eq(document.get(), event.document));
        event.seen_by.borrow_mut().push("c");
    }

    #[receiver(signal = Printed)]
    fn d_can_take_none(_: SentBy<'_, Invoice>, _: SentBy<'_, Letter>) {
        unreachable!("no document is an invoice and a letter");
    }

    #[test]
    fn a_receiver_is_skipped_if_the_sender_has_another_type() {
        let sent_by = |document: &dyn Document| {
            let seen_by = RefCell::default();
            let event = Printed {
                document,
                seen_by: &seen_by,
            };
            let report = event.send();
            assert!(report.is_ok());
            // A skipped receiver does not veto.
            let strict = event.try_send().unwrap();
            assert_eq!(strict.skipped(), report.skipped());
            let seen_by = seen_by.take();
            assert_eq!(seen_by[..report.delivered()], seen_by[report.delivered()..]);
            (seen_by[..report.delivered()].concat(), report.skipped())
        };
        assert_eq!(sent_by(&Invoice(900)), ("ac".to_owned(), 2));
        assert_eq!(sent_by(&Letter), ("bc".to_owned(), 2));
        assert_eq!(sent_by(&Poster), ("c".to_owned(), 3));
    }
}

mod missing_resources {
    use super::*;

    #[signal]
    pub(super) struct Invited<'a> {
        called: &'a RefCell<Vec<&'static str>>,
    }

    struct Metrics;
    trait Mailer: Send + Sync {}

    #[receiver(signal = Invited)]
    fn a_does_without(event: &Invited<'_>, metrics: Option<Res<'_, Metrics>>) {
        assert!(metrics.is_none());
        event.called.borrow_mut().push("a");
    }

    #[receiver(signal = Invited)]
    fn b_needs_a_value(_: &Invited<'_>, _: Res<'_, Metrics>) {
        unreachable!("the resource is missing");
    }

    #[receiver(signal = Invited)]
    fn c_needs_a_trait_object(_: Res<'_, dyn Mailer>) {
        unreachable!("the resource is missing");
    }

    #[receiver(signal = Invited)]
    fn d_takes_the_signal(event: &Invited<'_>) {
        event.called.borrow_mut().push("d");
    }

    #[test]
    fn a_missing_resource_fails_only_its_receiver_and_the_error_says_how_to_provide_it() {
        let called = RefCell::default();
        let report = Invited { called: &called }.send();
        assert_eq!((report.delivered(), report.skipped()), (2, 0));
        assert_eq!(called.take(), ["a", "d"]);
        assert_eq!(
            failures(&report),
            [
                (
                    "b_needs_a_value",
                    "was not called: missing resource `behaviour::extractors::missing_resources::Metrics`: \
                     call `lback_signals::provide::<behaviour::extractors::missing_resources::Metrics>(…)` \
                     before the first send"
                        .to_owned()
                ),
                (
                    "c_needs_a_trait_object",
                    "was not called: missing resource \
                     `dyn behaviour::extractors::missing_resources::Mailer`: \
                     call `lback_signals::provide_dyn::<dyn behaviour::extractors::missing_resources::Mailer>(…)` \
                     before the first send"
                        .to_owned()
                ),
            ]
        );
        let FailureKind::MissingResource(missing) = report.failures()[0].kind() else {
            panic!("{report:?}");
        };
        assert_eq!(
            missing.type_name(),
            "behaviour::extractors::missing_resources::Metrics"
        );
    }

    #[test]
    fn try_send_stops_at_a_missing_resource() {
        let called = RefCell::default();
        let failure = Invited { called: &called }.try_send().unwrap_err();
        assert_eq!(failure.receiver().name(), "b_needs_a_value");
        assert_eq!(called.take(), ["a"]);
    }
}

mod custom_extractors {
    use super::*;

    #[signal]
    pub(super) struct Asked<'a> {
        question: &'a str,
        heard: &'a Cell<usize>,
    }

    #[derive(Clone, Copy)]
    struct NeverProvided;

    /// Requires a resource that is not provided.
    struct Answer;

    impl<S: Signal> FromSignal<'_, S> for Answer {
        fn from_signal(_: &S, context: &Context) -> Result<Self, Rejection> {
            context.resource::<NeverProvided>().map(|_| Self)
        }
    }

    /// An extractor that borrows from the signal.
    struct FirstWord<'s>(&'s str);

    impl<'s> FromSignal<'s, Asked<'_>> for FirstWord<'s> {
        fn from_signal(asked: &'s Asked<'_>, _: &'s Context) -> Result<Self, Rejection> {
            match asked.question.split(' ').next() {
                Some("") | None => Err(Rejection::skip()),
                Some("panic") => panic!("unknown word"),
                Some("fail") => Err(Rejection::fail("no answer to that")),
                Some(word) => Ok(Self(word)),
            }
        }
    }

    #[receiver(signal = Asked)]
    fn a_answers(_: Answer) {
        unreachable!("there is no answer");
    }

    #[receiver(signal = Asked)]
    #[allow(clippy::needless_pass_by_value)]
    fn b_takes_the_first_word(word: FirstWord<'_>, asked: &Asked<'_>) {
        asked.heard.set(asked.heard.get() + word.0.len());
    }

    #[receiver(signal = Asked)]
    fn c_stops_at_the_first_rejected_parameter(_: FirstWord<'_>, _: Answer) {
        unreachable!("there is no answer");
    }

    fn ask(question: &str) -> (Report, usize) {
        let heard = Cell::new(0);
        let report = Asked {
            question,
            heard: &heard,
        }
        .send();
        (report, heard.get())
    }

    const MISSING: &str = "was not called: missing resource \
                           `behaviour::extractors::custom_extractors::NeverProvided`: \
                           call `lback_signals::provide::<behaviour::extractors::custom_extractors::NeverProvided>(…)` \
                           before the first send";

    #[test]
    fn a_custom_extractor_can_succeed_skip_fail_and_panic() {
        let third = "c_stops_at_the_first_rejected_parameter";
        let missing = |receiver| (receiver, MISSING.to_owned());

        let (report, heard) = ask("why so");
        assert_eq!((report.delivered(), report.skipped(), heard), (1, 0, 3));
        assert_eq!(failures(&report), [missing("a_answers"), missing(third)]);

        let (report, heard) = ask("");
        assert_eq!((report.delivered(), report.skipped(), heard), (0, 2, 0));
        assert_eq!(failures(&report), [missing("a_answers")]);

        for (question, text) in [
            ("fail to", "failed: no answer to that"),
            ("panic at", "panicked: unknown word"),
        ] {
            let (report, heard) = ask(question);
            assert_eq!((report.delivered(), report.skipped(), heard), (0, 0, 0));
            let failed = |receiver| (receiver, text.to_owned());
            assert_eq!(
                failures(&report),
                [
                    missing("a_answers"),
                    failed("b_takes_the_first_word"),
                    failed(third)
                ]
            );
        }
    }
}

mod extractors_named_like_the_signal {
    use super::*;

    mod stored {
        pub(super) struct Archived(pub(super) u32);
    }

    struct Archive;

    #[signal]
    struct Archived {
        stored: stored::Archived,
    }

    impl<'s> FromSignal<'s, Archived> for &'s stored::Archived {
        fn from_signal(signal: &'s Archived, _: &'s Context) -> Result<Self, Rejection> {
            Ok(&signal.stored)
        }

        fn needs(needs: &mut Needs) {
            needs.resource::<Archive>();
        }
    }

    #[receiver(signal = Archived)]
    fn file(stored: &stored::Archived) {
        assert_eq!(stored.0, 7);
    }

    #[test]
    fn a_reference_to_a_type_of_the_same_name_is_extracted() {
        let stored = stored::Archived(7);
        assert_eq!(Archived { stored }.send().delivered(), 1);
        let needed = Archived::info().receivers()[0].resources();
        assert!(needed[0].type_name().ends_with("Archive"));
    }
}

mod sending_from_parameters {
    use super::*;

    #[signal]
    pub(super) struct Tick<'a> {
        ticks: &'a Cell<u32>,
    }

    /// Sends the signal that it is extracted from.
    struct Echo;

    impl FromSignal<'_, Tick<'_>> for Echo {
        fn from_signal(tick: &Tick<'_>, _: &Context) -> Result<Self, Rejection> {
            tick.ticks.set(tick.ticks.get() + 1);
            Tick { ticks: tick.ticks }.send();
            Ok(Self)
        }
    }

    #[receiver(signal = Tick)]
    fn echoes(_: Echo) {}

    #[receiver(signal = Tick)]
    fn never_reached(_: &Tick<'_>) {
        unreachable!("the whole dispatch stops");
    }

    #[test]
    fn an_extractor_that_sends_its_own_signal_is_stopped() {
        let ticks = Cell::new(0);
        let report = Tick { ticks: &ticks }.send();
        assert_eq!(ticks.get(), 64);
        assert_eq!(report.delivered(), 0);
        let [failure] = report.failures() else {
            panic!("{report:?}");
        };
        assert!(matches!(failure.kind(), FailureKind::Recursion(_)));
        assert_eq!(failure.receiver().name(), "echoes");
    }

    #[signal]
    pub(super) struct Looked<'a> {
        looks: &'a Cell<u32>,
        sends_on_access: bool,
    }

    /// Its accessor sends the signal again, endlessly.
    struct Watched {
        name: &'static str,
    }

    thread_local! {
        static LOOKS: Cell<u32> = const { Cell::new(0) };
    }

    impl Watched {
        fn look(&self) -> &'static str {
            LOOKS.set(LOOKS.get() + 1);
            Looked {
                looks: &Cell::new(0),
                sends_on_access: true,
            }
            .send();
            self.name
        }
    }

    impl Deref for Watched {
        type Target = str;

        fn deref(&self) -> &str {
            self.look()
        }
    }

    #[receiver(signal = Looked)]
    fn looks(event: &Looked<'_>, watched: Res<'_, Watched>) {
        event.looks.set(event.looks.get() + 1);
        if event.sends_on_access {
            assert!(!watched.is_empty());
        }
    }

    #[test]
    fn a_resource_that_sends_on_access_is_stopped() {
        provide(Watched { name: "the door" }).unwrap();
        let looks = Cell::new(0);
        let mut event = Looked {
            looks: &looks,
            sends_on_access: false,
        };
        assert!(
            event.send().is_ok(),
            "taking the resource does not access it"
        );
        assert_eq!(LOOKS.get(), 0);

        event.sends_on_access = true;
        for round in 1..=2 {
            let report = event.send();
            let [failure] = report.failures() else {
                panic!("{report:?}");
            };
            assert!(matches!(failure.kind(), FailureKind::Recursion(_)));
            assert_eq!(
                LOOKS.get(),
                64 * round,
                "the limit applies to each send separately"
            );
        }
    }
}

mod called_as_functions {
    use super::*;

    struct Tariff(u32);

    #[signal]
    pub(super) struct Billed {
        #[sender]
        customer: String,
    }

    #[receiver(signal = Billed)]
    fn bill(customer: SentBy<'_, String>, tariff: Res<'_, Tariff>) -> Result<(), String> {
        Err(format!("{} pays {}", customer.get(), tariff.get().0))
    }

    #[test]
    fn a_receiver_can_be_called_as_a_function() {
        let customer = "Ada".to_owned();
        assert_eq!(
            bill(SentBy::new(&customer), Res::new(&Tariff(7))),
            Err("Ada pays 7".to_owned())
        );
        // A dispatch still needs a tariff that the process provides.
        assert!(!Billed { customer }.send().is_ok());
    }

    #[test]
    fn the_debug_output_of_an_extractor_has_its_value() {
        let name = "Ada".to_owned();
        assert_eq!(format!("{:?}", SentBy::new(&name)), "SentBy(\"Ada\")");
        assert_eq!(format!("{:?}", Res::new(&name)), "Res(\"Ada\")");
    }
}
