//! A signal that lends a draft has only receivers that run before the model is saved.

#![allow(unused)]

use lback_signals::{Draft, Model, receiver, signal};

#[derive(Clone, Model)]
#[model(signals(pre_save, post_save, owned), editable)]
struct Article {
    #[model(id)]
    id: i64,
}

#[receiver(signal = ArticlePreSave, after_commit)]
fn announce(event: &ArticlePreSave<'_>) {}

#[receiver(signal = ArticlePreSave, after_rollback)]
fn withdraw(event: &ArticlePreSave<'_>) {}

#[receiver(signal = ArticlePreSave, background)]
fn index(event: &ArticlePreSave<'_>) {}

#[receiver(signal = ArticlePreSave, after_commit, background)]
async fn index_then(event: &ArticlePreSave<'_>) {}

#[receiver(signal = ArticlePreSave)]
async fn translate(event: &ArticlePreSave<'_>) {}

// Correct.
#[receiver(signal = ArticlePostSave, after_commit)]
fn congratulate(event: &ArticlePostSave<'_>) {}

#[signal(owned)]
struct Importing<'a> {
    article: Draft<'a, Article>,
}

fn main() {}
