#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
struct Membership {
    #[model(id)]
    person: u32,
    #[model(id)]
    club: u32,
}

#[derive(Model)]
struct Article(#[model(id, id)] u32);

#[derive(Model)]
struct Comment {
    #[model(id)]
    #[model(id)]
    id: u32,
}

fn main() {}
