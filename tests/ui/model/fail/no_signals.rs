#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
#[model(signals())]
struct Empty {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(signals)]
struct Bare {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(signals = [pre_save, post_save])]
struct Equals {
    #[model(id)]
    id: i64,
}

fn main() {}
