#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
#[model(crate = "lback_signals")]
struct Comment {
    #[model(id)]
    id: i64,
}

fn main() {}
