#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
#[model]
#[model()]
#[model(crate)]
#[model(table = "articles")]
#[model(pre_save)]
#[model(name)]
struct Article {
    #[model]
    id: i64,
    #[model(pk)]
    key: i64,
    #[model(id = true)]
    value: i64,
}

fn main() {}
