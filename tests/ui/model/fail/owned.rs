//! A model whose signals are `owned` is copied with them.

#![allow(unused)]

use lback_signals::{Model, receiver};

#[derive(Model)]
#[model(signals(post_save, owned))]
struct Article {
    #[model(id)]
    id: i64,
}

#[derive(Clone, Model)]
#[model(signals(owned))]
struct Comment {
    #[model(id)]
    id: i64,
}

#[derive(Clone, Model)]
#[model(signals(post_save))]
struct Tag {
    #[model(id)]
    id: i64,
}

#[receiver(signal = TagPostSave, after_commit)]
fn index(_: &TagPostSave<'_>) {}

fn main() {}
