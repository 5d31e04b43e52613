//! A closure that edits a draft captures neither the draft nor a value through which it could reach it.

#![allow(unused)]

use std::rc::Rc;

use lback_signals::{Model, receiver};

#[derive(Clone, Model)]
#[model(signals(pre_save), editable)]
struct Article {
    #[model(id)]
    id: i64,
    title: String,
    slug: String,
}

#[receiver(signal = ArticlePreSave)]
fn set_both(event: &ArticlePreSave<'_>) {
    event.article.edit(|article| {
        article.title = article.title.trim().to_owned();
        event.article.edit(|article| article.slug = article.title.to_lowercase());
    });
}

#[receiver(signal = ArticlePreSave)]
fn set_slug(event: &ArticlePreSave<'_>) {
    event.article.edit(|article| article.slug = event.article.title.to_lowercase());
}

#[receiver(signal = ArticlePreSave)]
fn set_title(event: &ArticlePreSave<'_>) {
    let title = Rc::new("On signals".to_owned());
    event.article.edit(|article| article.title = String::clone(&title));
}

#[receiver(signal = ArticlePreSave)]
fn assign(event: &ArticlePreSave<'_>) {
    event.article.title = String::new();
}

fn main() {}
