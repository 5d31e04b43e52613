#![allow(unused)]

use lback_signals::Model;

#[derive(Model)]
#[model(name = "an article", signals(pre_save, saved), tabel = "articles")]
struct Article<T> {
    #[model(id)]
    id: i64,
    #[model(id)]
    slug: String,
    body: T,
}

fn main() {}
