//! Tokens of the original that are out.

use super::{import, login, original, people};
use crate::world::{World, on_each_database};

on_each_database!(a_token_that_is_out_is_good_if_it_is_to_be_kept);

fn a_token_that_is_out_is_good_if_it_is_to_be_kept(world: &World) {
    let (said, _) = import(world, &original(), &["--keep-tokens"]);
    assert_eq!(said, "imported 10, already there 0, skipped 2, tokens 1\n");
    assert_eq!(verify(world, "expired"), Some(2));
    assert_eq!(login(world, "linus", "hunter2"), Some(1));
    assert_eq!(verify(world, "linus"), Some(0));
    assert_eq!(login(world, "linus", "hunter2"), Some(0));

    // It is used up, and no second import brings it back.
    let (said, _) = import(world, &original(), &["--keep-tokens"]);
    assert_eq!(said, "imported 0, already there 10, skipped 2, tokens 0\n");
    assert_eq!(verify(world, "linus"), Some(2));
}

#[test]
fn no_token_is_good_otherwise() {
    let world = World::sqlite();
    import(&world, &original(), &[]);
    assert_eq!(verify(&world, "linus"), Some(2));
    assert_eq!(login(&world, "linus", "hunter2"), Some(1));
}

/// The exit code of a verification by the token of an account.
fn verify(world: &World, username: &str) -> Option<i32> {
    let mut people = people().into_iter();
    let person = people.find(|person| person.username == username).unwrap();
    world
        .run(&["verify", "--", &person.token.unwrap()], &[])
        .status
        .code()
}
