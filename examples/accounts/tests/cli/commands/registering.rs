//! Registering, and verifying the address.

use super::{PASSWORD, failed, is_let_in, last_token, register, register_verified, said, sent};
use crate::world::{World, on_each_database};

on_each_database!(
    a_new_account_gets_a_mail_and_signs_in_when_it_is_verified,
    that_an_address_is_taken_does_not_show_and_that_a_name_is_does,
    another_token_takes_the_place_of_the_one_before,
);

fn a_new_account_gets_a_mail_and_signs_in_when_it_is_verified(world: &World) {
    let answer = said(world, &["register", "ada", "ada@example.org"], &[PASSWORD]);
    let expected = "unless another account has ada@example.org, ada is registered and a token is on \
        its way there\n";
    assert_eq!(answer, expected);

    let mails = sent(world);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].file.ends_with("-verification.eml"));
    assert_eq!(mails[0].to, "ada@example.org");
    assert_eq!(mails[0].subject, "Verify your address");
    assert!(!is_let_in(world, "ada", PASSWORD));

    let verify = ["verify", "--", &last_token(world)];
    assert_eq!(said(world, &verify, &[]), "the address is verified\n");
    for login in ["ada", "ada@example.org", "ADA", "Ada@Example.ORG"] {
        assert!(is_let_in(world, login, PASSWORD), "{login}");
    }

    // Once is enough.
    let error = failed(world, &verify, &[]);
    assert!(error.contains("hint: have another mailed: `accounts verify --again EMAIL`"));
}

fn that_an_address_is_taken_does_not_show_and_that_a_name_is_does(world: &World) {
    register_verified(world, "ada");
    let register = ["register", "grace", "ada@example.org"];
    let expected = "unless another account has ada@example.org, grace is registered and a token is \
        on its way there\n";
    assert_eq!(said(world, &register, &[PASSWORD]), expected);
    assert_eq!(sent(world).len(), 1);
    assert_eq!(said(world, &["list"], &[]).lines().count(), 2);

    let register = ["register", "Ada", "other@example.org"];
    let error = failed(world, &register, &[PASSWORD]);
    assert!(
        error.contains("the username is taken: choose another one"),
        "{error}"
    );
}

fn another_token_takes_the_place_of_the_one_before(world: &World) {
    register(world, "ada");
    let first = last_token(world);
    let again = ["verify", "--again", "ada@example.org"];
    let expected = "if an account has ada@example.org and it is not verified, a token is on \
        its way there\n";
    assert_eq!(said(world, &again, &[]), expected);
    let second = last_token(world);
    assert_ne!(first, second);
    failed(world, &["verify", "--", &first], &[]);
    said(world, &["verify", "--", &second], &[]);

    // No mail says that there is nothing left to verify.
    let mails = sent(world).len();
    assert_eq!(said(world, &again, &[]), expected);
    assert_eq!(sent(world).len(), mails);
}

#[test]
fn a_database_is_made_where_it_is_named_by_the_environment_too() {
    let world = World::sqlite();
    let mut call = world.call(&["register", "ada", "ada@example.org"]);
    call.env("ACCOUNTS_MAIL", "letters")
        .env("ACCOUNTS_KEY", "secret");
    call.env("ACCOUNTS_MAIL_FROM", "Accounts <accounts@example.org>");
    let output = crate::calls::fed(call, format!("{PASSWORD}\n").as_bytes());
    assert!(output.status.success());
    let mails = crate::mails::mails(&world.folder().join("letters"));
    assert_eq!(mails.len(), 1);
    assert!(world.folder().join("secret").exists());
    assert!(!world.folder().join("accounts.key").exists());
}
