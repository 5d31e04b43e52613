//! Failures and the wiring name the model of the sender.

use std::fmt;

use lback_signals::{Model, Signal, receiver, signal};

#[derive(Model)]
#[model(name = "shop.article")]
struct Article {
    #[model(id)]
    id: Option<Number>,
}

struct Number(u32);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert_ne!(self.0, 13, "no such number");
        self.0.fmt(f)
    }
}

#[signal]
struct Printed<'a> {
    #[sender]
    article: &'a Article,
}

#[receiver(signal = Printed)]
fn jam(_: &Printed<'_>) -> Result<(), &'static str> {
    Err("no paper")
}

#[signal]
struct Shown<'a> {
    #[sender]
    model: &'a dyn Model,
}

#[receiver(signal = Shown)]
fn darken(_: &Shown<'_>) -> Result<(), &'static str> {
    Err("no light")
}

#[signal]
struct Folded<'a> {
    #[sender]
    paper: &'a str,
}

#[receiver(signal = Folded)]
fn tear(_: &Folded<'_>) -> Result<(), &'static str> {
    Err("too thin")
}

fn article(id: Option<u32>) -> Article {
    Article { id: id.map(Number) }
}

#[test]
fn a_failure_names_the_model_that_sent_the_signal() {
    let article = article(Some(7));
    let failure = Printed { article: &article }.try_send().unwrap_err();
    assert_eq!(failure.sender(), Some("shop.article 7"));
    assert_eq!(
        failure.to_string(),
        "receiver `behaviour::models::jam` of `printed` (shop.article 7) failed: no paper",
    );
}

#[test]
fn a_sender_of_type_dyn_model_is_named() {
    let failure = Shown {
        model: &article(None),
    }
    .try_send()
    .unwrap_err();
    assert_eq!(failure.sender(), Some("shop.article, not stored yet"));
}

#[test]
fn a_sender_that_is_no_model_is_not_named() {
    let failure = Folded { paper: "silk" }.try_send().unwrap_err();
    assert_eq!(failure.sender(), None);
    assert_eq!(
        failure.to_string(),
        "receiver `behaviour::models::tear` of `folded` failed: too thin"
    );
}

#[test]
fn an_id_whose_display_panics_stops_no_dispatch() {
    let report = Printed {
        article: &article(Some(13)),
    }
    .send();
    assert_eq!(
        report.failures()[0].sender(),
        Some("shop.article, whose id cannot be displayed"),
    );
}

#[test]
fn the_wiring_names_the_model_if_the_sender_type_is_one() {
    assert_eq!(Printed::info().sender_model(), Some("shop.article"));
    assert_eq!(Shown::info().sender_model(), None);
    assert_eq!(Folded::info().sender_model(), None);
}
