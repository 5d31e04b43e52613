//! Accounts in and out of use, and clearing up.

use super::{
    NEW_PASSWORD, PASSWORD, execute, failed, is_let_in, last_token, register, register_verified,
    said, sent,
};
use crate::world::{World, on_each_database};

on_each_database!(
    an_account_is_taken_out_of_use_and_put_in_use_again,
    an_account_that_is_not_there_is_named,
    only_expired_rows_are_deleted,
);

fn an_account_is_taken_out_of_use_and_put_in_use_again(world: &World) {
    register_verified(world, "ada");
    said(world, &["reset", "ada@example.org"], &[]);
    let token = last_token(world);
    let expected = "ada is out of use; its sessions and tokens have ended\n";
    assert_eq!(
        said(world, &["deactivate", "ada@example.org"], &[]),
        expected
    );
    assert!(!is_let_in(world, "ada", PASSWORD));
    failed(world, &["reset", "--token", &token], &[NEW_PASSWORD]);
    for arguments in [
        &["passwd", "ada"][..],
        &["change-email", "ada", "countess@example.org"],
    ] {
        let error = failed(world, arguments, &[PASSWORD, NEW_PASSWORD]);
        assert!(error.contains("the account `ada` is out of use"), "{error}");
        assert!(
            error.contains("`accounts reactivate` puts it in use"),
            "{error}"
        );
    }
    let mails = sent(world).len();
    said(world, &["reset", "ada@example.org"], &[]);
    assert_eq!(sent(world).len(), mails);

    assert_eq!(said(world, &["reactivate", "ada"], &[]), "ada is in use\n");
    assert!(is_let_in(world, "ada", PASSWORD));
    failed(world, &["reset", "--token", &token], &[NEW_PASSWORD]);
}

fn an_account_that_is_not_there_is_named(world: &World) {
    for arguments in [
        &["deactivate", "unknown"][..],
        &["reactivate", "unknown"],
        &["passwd", "unknown"],
        &["change-email", "unknown", "unknown@example.org"],
        &["audit", "--user", "unknown"],
    ] {
        let error = failed(world, arguments, &[PASSWORD, NEW_PASSWORD]);
        assert!(error.contains("there is no account `unknown`"), "{error}");
        assert!(error.contains("hint: `accounts list` shows"), "{error}");
    }
}

fn only_expired_rows_are_deleted(world: &World) {
    register(world, "ada");
    let token = last_token(world);
    assert_eq!(
        said(world, &["purge"], &[]),
        "deleted 0 rows that had expired\n"
    );
    execute(world, "UPDATE lback_attempt SET expires_at = 1");
    assert_eq!(
        said(world, &["purge"], &[]),
        "deleted 1 row that had expired\n"
    );
    said(world, &["verify", "--", &token], &[]);

    register(world, "grace");
    execute(
        world,
        "UPDATE lback_token SET expires_at = 1; UPDATE lback_attempt SET expires_at = 1",
    );
    assert_eq!(
        said(world, &["purge"], &[]),
        "deleted 2 rows that had expired\n"
    );
    failed(world, &["verify", "--", &last_token(world)], &[]);
    assert_eq!(said(world, &["list", "--json"], &[]).lines().count(), 2);
}
