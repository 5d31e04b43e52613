#![allow(unused)]

use lback_signals::Model;

struct ArticleId(i64);

#[derive(Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete))]
struct Article {
    #[model(id)]
    id: ArticleId,
}

#[derive(Model)]
struct Draft {
    #[model(id)]
    id: Option<ArticleId>,
}

type Key = Option<i64>;

#[derive(Model)]
struct Aliased {
    #[model(id)]
    id: Key,
}

#[derive(Model)]
struct Membership {
    #[model(id)]
    ids: (u32, u32),
}

fn main() {}
