//! Changing addresses.

use super::{PASSWORD, failed, is_let_in, last_token, register_verified, said, sent};
use crate::world::{World, on_each_database};

on_each_database!(
    an_address_is_changed_when_the_token_comes_back_from_it,
    that_the_new_address_is_taken_does_not_show,
);

fn an_address_is_changed_when_the_token_comes_back_from_it(world: &World) {
    register_verified(world, "ada");
    let change = ["change-email", "ada", "countess@example.org"];
    let expected = "unless another account has countess@example.org, a token is on its way there; \
        until it is used, ada keeps ada@example.org\n";
    assert_eq!(said(world, &change, &[]), expected);
    assert_eq!(sent(world).pop().unwrap().to, "countess@example.org");
    assert!(is_let_in(world, "ada@example.org", PASSWORD));
    assert!(!is_let_in(world, "countess@example.org", PASSWORD));

    let token = last_token(world);
    let confirm = ["change-email", "--token", &token];
    let expected = "the address is changed and verified\n";
    assert_eq!(said(world, &confirm, &[]), expected);
    assert!(is_let_in(world, "countess@example.org", PASSWORD));
    assert!(!is_let_in(world, "ada@example.org", PASSWORD));
    let notice = sent(world).pop().unwrap();
    assert!(notice.file.ends_with("-email-changed.eml"));
    assert_eq!(notice.to, "ada@example.org");
    let error = failed(world, &confirm, &[]);
    assert!(
        error.contains("`accounts change-email USERNAME EMAIL`"),
        "{error}"
    );
}

fn that_the_new_address_is_taken_does_not_show(world: &World) {
    register_verified(world, "ada");
    register_verified(world, "grace");
    let mails = sent(world).len();
    let change = ["change-email", "ada", "grace@example.org"];
    let expected = "unless another account has grace@example.org, a token is on its way there; \
        until it is used, ada keeps ada@example.org\n";
    assert_eq!(said(world, &change, &[]), expected);
    assert_eq!(sent(world).len(), mails);
    failed(world, &["change-email", "ada", "no address"], &[]);
}
