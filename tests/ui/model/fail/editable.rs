//! Receivers edit a clone of the model, in `pre_save` only.

#![allow(unused)]

use lback_auth::{AuthUser, EmailVerification, Password};
use lback_signals::{Model, receiver};

#[derive(Model)]
#[model(signals(pre_save, post_save), editable)]
struct Article {
    #[model(id)]
    id: i64,
}

#[derive(Clone, Model)]
#[model(signals(post_save), editable)]
struct Comment {
    #[model(id)]
    id: i64,
}

#[derive(Clone, Model)]
#[model(editable)]
struct Tag {
    #[model(id)]
    id: i64,
}

#[derive(Clone, Model)]
#[model(signals(pre_save, owned), editable)]
struct Page {
    #[model(id)]
    id: i64,
}

#[derive(Clone, Model)]
#[model(signals(pre_save), editable = true)]
struct Photo {
    #[model(id)]
    id: i64,
}

#[derive(Clone, AuthUser)]
#[model(signals(pre_save), editable)]
struct Customer {
    #[auth(id)]
    id: u64,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

fn main() {
    let article = Article { id: 7 };
    article.update_with(|_| Ok::<_, std::fmt::Error>(()));
}
