#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
#[model(signals(post_save))]
struct Page<T> {
    #[model(id)]
    id: i64,
    body: T,
}

#[derive(Model)]
#[model(signals(post_save))]
struct Row<'a> {
    #[model(id)]
    id: &'a str,
}

#[derive(Model)]
#[model(signals(post_save))]
struct Block<const SIZE: usize> {
    #[model(id)]
    id: i64,
    bytes: [u8; SIZE],
}

fn main() {}
