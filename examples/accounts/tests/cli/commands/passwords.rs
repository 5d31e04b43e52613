//! Changing passwords, and resetting them.

use super::{
    NEW_PASSWORD, PASSWORD, WRONG_PASSWORD, failed, is_let_in, last_token, register,
    register_verified, said, sent,
};
use crate::world::{World, on_each_database};

on_each_database!(
    the_present_password_allows_a_change,
    the_mail_allows_a_reset_of_the_password,
);

fn the_present_password_allows_a_change(world: &World) {
    register_verified(world, "ada");
    let error = failed(world, &["passwd", "ada"], &[WRONG_PASSWORD, NEW_PASSWORD]);
    assert!(error.contains("the current password is wrong"), "{error}");
    let error = failed(world, &["passwd", "ada"], &[PASSWORD, "too short"]);
    assert!(error.contains("use at least 15 characters"), "{error}");
    assert!(is_let_in(world, "ada", PASSWORD));

    let expected = "the password of ada is changed; its sessions and tokens have ended\n";
    let passwd = ["passwd", "ada@example.org"];
    assert_eq!(said(world, &passwd, &[PASSWORD, NEW_PASSWORD]), expected);
    assert!(!is_let_in(world, "ada", PASSWORD));
    assert!(is_let_in(world, "ada", NEW_PASSWORD));
    let notice = sent(world).pop().unwrap();
    assert!(notice.file.ends_with("-password-changed.eml"));
    assert_eq!(notice.to, "ada@example.org");
    assert_eq!(notice.token(), None);
}

fn the_mail_allows_a_reset_of_the_password(world: &World) {
    register(world, "ada");
    let asked = |email| {
        let said = said(world, &["reset", email], &[]);
        said.replace(email, "EMAIL")
    };
    let expected = "if an account has EMAIL and is in use, a token is on its way there\n";
    assert_eq!(asked("unknown@example.org"), expected);
    assert_eq!(sent(world).len(), 1);
    assert_eq!(asked("ada@example.org"), expected);
    assert_eq!(sent(world).len(), 2);

    let token = last_token(world);
    let reset = ["reset", "--token", &token];
    // It is valid until it has set one.
    failed(world, &reset, &["too short"]);
    let expected = "the password is set; sessions and other tokens have ended\n";
    assert_eq!(said(world, &reset, &[NEW_PASSWORD]), expected);
    // The reader of the mail has the address, too.
    assert!(is_let_in(world, "ada", NEW_PASSWORD));
    assert!(!is_let_in(world, "ada", PASSWORD));

    // The user does not think of a new one in vain: no line is read.
    let error = failed(world, &reset, &[]);
    assert!(error.contains("the link is invalid"), "{error}");
    assert!(error.contains("`accounts reset EMAIL`"), "{error}");
}
