#![forbid(unsafe_code)]
#![deny(warnings)]

use std::convert::Infallible;
use std::error::Error;
use std::{fmt, io};

use lback_signals::{BoxError, Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl Error for Refused {}

type Outcome<T = (), E = Refused> = Result<T, E>;

#[receiver(signal = OrderPaid)]
fn a_nothing(_: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
fn b_unit(_: &OrderPaid) -> () {}

#[receiver(signal = OrderPaid)]
fn c_error(_: &OrderPaid) -> Result<(), Refused> {
    Err(Refused)
}

#[receiver(signal = OrderPaid)]
fn d_text(_: &OrderPaid) -> Result<(), &'static str> {
    Err("text")
}

#[receiver(signal = OrderPaid)]
fn e_owned_text(_: &OrderPaid) -> Result<(), String> {
    Err("owned".to_owned())
}

#[receiver(signal = OrderPaid)]
fn f_boxed(_: &OrderPaid) -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(Refused)?
}

#[receiver(signal = OrderPaid)]
fn g_box_error(_: &OrderPaid) -> Result<(), BoxError> {
    Err("boxed".into())
}

#[receiver(signal = OrderPaid)]
fn h_alias(_: &OrderPaid) -> Outcome {
    Err(Refused)
}

#[receiver(signal = OrderPaid)]
fn i_io(_: &OrderPaid) -> io::Result<()> {
    Err(io::Error::other("io"))
}

#[receiver(signal = OrderPaid)]
fn j_infallible(_: &OrderPaid) -> Result<(), Infallible> {
    Ok(())
}

#[receiver(signal = OrderPaid)]
fn k_borrowed<'a>(_: &'a OrderPaid) -> Result<(), std::borrow::Cow<'a, str>> {
    Err("cow".into())
}

#[receiver(signal = OrderPaid)]
fn l_by_trait<'a, S: Signal>(_: &'a S) -> Result<(), std::borrow::Cow<'a, str>> {
    Ok(())
}

fn main() {
    let report = OrderPaid.send();
    assert_eq!(report.delivered(), 4);
    let errors: Vec<_> = report
        .failures()
        .iter()
        .map(|failure| match failure.kind() {
            lback_signals::FailureKind::Error(error) => error.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        errors,
        [
            "refused", "text", "owned", "refused", "boxed", "refused", "io", "cow"
        ],
    );
}
