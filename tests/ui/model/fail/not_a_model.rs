#![allow(unused)]

use lback_signals::{Model, ModelSignal, receiver, signal};

struct Article;

#[signal]
struct ArticleRead<'a> {
    #[sender]
    article: &'a Article,
}

#[receiver(signal = ArticleRead)]
fn count<S: ModelSignal>(event: &S) {}

fn name(model: &impl Model) -> &'static str {
    model.model_name()
}

fn main() {
    name(&Article);
    let model: &dyn Model = &Article;
}
