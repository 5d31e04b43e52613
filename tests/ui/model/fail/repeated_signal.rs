#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
#[model(signals(pre_save, post_save, pre_save))]
struct Article {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(signals(pre_save))]
#[model(signals(post_save))]
struct Comment {
    #[model(id)]
    id: i64,
}

fn main() {}
