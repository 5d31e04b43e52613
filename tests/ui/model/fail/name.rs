#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
#[model(name = article)]
struct Unquoted {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(name = "an article")]
struct Spaced {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(name = "", signals(post_save))]
struct Empty {
    #[model(id)]
    id: i64,
}

#[derive(Model)]
#[model(name = "article", name = "post")]
struct Twice {
    #[model(id)]
    id: i64,
}

fn main() {}
