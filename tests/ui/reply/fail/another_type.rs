#![allow(unused)]

use lback_signals::{receiver, signal};

struct NoError;

#[signal(reply = u32)]
struct PriceAsked;

#[receiver(signal = PriceAsked)]
fn nothing(_: &PriceAsked) {}

#[receiver(signal = PriceAsked)]
fn another_number(_: &PriceAsked) -> u64 {
    1
}

#[receiver(signal = PriceAsked)]
fn option(_: &PriceAsked) -> Option<u32> {
    None
}

#[receiver(signal = PriceAsked)]
fn result_of_another(_: &PriceAsked) -> Result<u64, std::fmt::Error> {
    Ok(1)
}

#[receiver(signal = PriceAsked)]
fn result_of_nothing(_: &PriceAsked) -> Result<(), std::fmt::Error> {
    Ok(())
}

#[receiver(signal = PriceAsked)]
fn result_with_no_error(_: &PriceAsked) -> Result<u32, NoError> {
    Ok(1)
}

fn main() {}
