//! Attacks on sessions. Each test fails without its defence.

use std::time::Duration;

use lback_auth::{
    AccountStore as _, AccountsError, EndSessions, Remember, RequestContext, SessionDigest,
    UnverifiedSignIn, User, UserId,
};
use lback_signals::{CommitOutcome, Scope};
use test_support::rounds;
use tokio::task::JoinSet;

use crate::faulty_store::Faulty;
use crate::on_each_store;
use crate::session_flows::{is_valid, start, start_in};
use crate::world::{OTHER, PASSWORD, Store, World, id, until};

on_each_store!(
    a_planted_token_is_not_that_of_the_victim,
    a_planted_session_of_the_attacker_ends_at_the_sign_in,
    a_stolen_token_is_useless_after_a_rotation,
    no_session_outlives_a_reset,
    no_other_session_outlives_a_change_of_the_password,
    a_token_from_a_clock_that_was_ahead_does_not_outlive_a_change_of_the_password,
    no_session_outlives_a_deactivation,
    no_session_outlives_a_change_of_the_address,
    no_session_outlives_the_verification_of_the_address,
    no_session_outlives_its_account,
    a_session_of_an_account_that_was_deactivated_by_hand_is_refused,
    a_session_does_not_start_after_what_ends_all,
    a_session_that_ends_while_its_last_use_is_stored_is_not_found,
    a_session_that_has_ended_requests_no_address,
    a_digest_from_the_table_is_no_token,
    one_of_many_rotations_wins,
    a_clock_that_is_set_back_prolongs_no_session,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn a_planted_token_is_not_that_of_the_victim<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    for planted in ["planted", &"A".repeat(43)] {
        let context = RequestContext::new().with_session(planted);
        let started = start_in(&world, context, &ada, Remember::No).await;
        assert_ne!(started.token.expose(), planted);
        assert!(!is_valid(&world, planted).await);
    }
}

async fn a_planted_session_of_the_attacker_ends_at_the_sign_in<S: Store>(world: World<S>) {
    let (ada, eve) = (world.verified("ada").await, world.verified("eve").await);
    let planted = start(&world, &eve).await;
    world.journal.take();
    let context = RequestContext::new().with_session(&planted);
    let started = start_in(&world, context, &ada, Remember::No).await;
    assert!(!is_valid(&world, &planted).await);
    let found = world.accounts.find_session(started.token.expose()).await;
    let (_, user) = found.unwrap().unwrap();
    assert_eq!(id(&user), id(&ada));
    let journal = world.journal.take();
    assert!(journal[0].starts_with("user_session_ended eve ") && journal[0].ends_with("replaced"));
    assert!(journal[1].starts_with("user_session_started ada "));
}

async fn a_stolen_token_is_useless_after_a_rotation<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let stolen = start(&world, &ada).await;
    let rotated = world.accounts.rotate_session(&stolen).await.unwrap();
    assert!(is_valid(&world, rotated.token.expose()).await);
    assert!(!is_valid(&world, &stolen).await);
    let accounts = &world.accounts;
    let again = accounts.rotate_session(&stolen).await;
    assert!(matches!(again, Err(AccountsError::NoSession)));
    let confirmed = accounts.confirm_password(&stolen, PASSWORD).await;
    assert!(matches!(confirmed, Err(AccountsError::NoSession)));
    let ended = accounts.end_other_sessions(&stolen).await;
    assert!(matches!(ended, Err(AccountsError::NoSession)));
    accounts.sign_out(&stolen).await.unwrap();
    assert!(is_valid(&world, rotated.token.expose()).await);
}

/// Asserts that a session has ended, also if the account is used again.
async fn assert_ended<S: Store>(world: &World<S>, id: &UserId, token: &str, reason: &str) {
    assert!(!is_valid(world, token).await);
    let stored = world.store.sessions(id).await.unwrap();
    assert_eq!(stored, [], "nothing is left of it");
    let log = world.audit().await;
    let ended = format!("user_session_ended {reason}");
    assert!(log.contains(&ended), "{log:?}");
}

async fn no_session_outlives_a_reset<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let accounts = &world.accounts;
    accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    // Not even that of the caller: the token of the mail authorizes a reset, and not the session.
    let context = RequestContext::new().with_session(&token);
    let reset = accounts.reset_password(&mail.token, OTHER);
    Scope::new()
        .provide(context)
        .run_async(reset)
        .await
        .unwrap();
    assert_ended(&world, &id(&ada), &token, "password_reset").await;
}

async fn no_other_session_outlives_a_change_of_the_password<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let ada = id(&ada);
    let changed = world.accounts.change_password(&ada, PASSWORD, OTHER).await;
    assert!(changed.unwrap().is_none());
    assert_ended(&world, &ada, &token, "password_changed").await;
}

async fn a_token_from_a_clock_that_was_ahead_does_not_outlive_a_change_of_the_password<S: Store>(
    world: World<S>,
) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    world.turn_back(HOUR / 2);
    assert!(!is_valid(&world, &token).await);
    // It is not valid now, and would be later.
    let ada = id(&ada);
    let change = world.accounts.change_password(&ada, PASSWORD, OTHER);
    let context = RequestContext::new().with_session(&token);
    let changed = Scope::new().provide(context).run_async(change).await;
    assert!(changed.unwrap().is_none());
    world.wait(HOUR / 2);
    assert_ended(&world, &ada, &token, "password_changed").await;
}

async fn no_session_outlives_a_deactivation<S: Store>(world: World<S>) {
    let ada = id(&world.verified("ada").await);
    let token = start(&world, &world.find("ada").await.unwrap()).await;
    world.accounts.deactivate(&ada).await.unwrap();
    assert!(!is_valid(&world, &token).await);
    world.accounts.reactivate(&ada).await.unwrap();
    assert_ended(&world, &ada, &token, "deactivated").await;
}

async fn no_session_outlives_a_change_of_the_address<S: Store>(world: World<S>) {
    let ada = id(&world.verified("ada").await);
    let token = start(&world, &world.find("ada").await.unwrap()).await;
    let accounts = &world.accounts;
    accounts
        .change_email(&ada, "ada@example.net")
        .await
        .unwrap();
    let mail = world.mail().await;
    assert!(is_valid(&world, &token).await, "only a request");
    accounts.confirm_email_change(&mail.token).await.unwrap();
    assert_ended(&world, &ada, &token, "email_confirmed").await;
}

async fn no_session_outlives_the_verification_of_the_address<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.unverified_sign_in(UnverifiedSignIn::Allowed));
    // Eve registers with Ada's address, and signs in.
    let eve = world.unverified("ada").await;
    let token = start(&world, &eve).await;
    let mail = world.mail().await;
    world.accounts.verify_email(&mail.token).await.unwrap();
    assert_ended(&world, &id(&eve), &token, "email_confirmed").await;
}

async fn no_session_outlives_its_account<S: Store>(world: World<S>) {
    let ada = id(&world.verified("ada").await);
    let token = start(&world, &world.find("ada").await.unwrap()).await;
    world.accounts.delete(&ada).await.unwrap();
    assert_ended(&world, &ada, &token, "deleted").await;
    let refused = world.accounts.delete(&ada).await;
    assert!(matches!(refused, Err(AccountsError::NoSuchAccount)));
}

async fn a_session_of_an_account_that_was_deactivated_by_hand_is_refused<S: Store>(
    world: World<S>,
) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let mut rows = world.store.begin().await.unwrap();
    let epoch = ada.password().epoch();
    let set = world
        .store
        .set_active(&mut rows, &id(&ada), false, epoch)
        .await;
    assert!(set.unwrap().is_some());
    let committed = world.store.commit(rows).await;
    assert!(matches!(committed, CommitOutcome::Committed));
    assert!(!is_valid(&world, &token).await);
    let rotated = world.accounts.rotate_session(&token).await;
    assert!(matches!(rotated, Err(AccountsError::NoSession)));
    let started = world.accounts.start_session(&ada, Remember::No).await;
    assert!(matches!(started, Err(AccountsError::Conflict)));
}

async fn a_session_does_not_start_after_what_ends_all<S: Store>(world: World<S>) {
    // The sign-in was granted, and its session starts late.
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    accounts.deactivate(&id(&ada)).await.unwrap();
    accounts.reactivate(&id(&ada)).await.unwrap();
    let started = accounts.start_session(&ada, Remember::No).await;
    assert!(matches!(started, Err(AccountsError::Conflict)));

    let ada = world.reload(&ada).await;
    let ada_id = id(&ada);
    let changed = accounts.change_password(&ada_id, PASSWORD, OTHER).await;
    changed.unwrap();
    let started = accounts.start_session(&ada, Remember::No).await;
    assert!(matches!(started, Err(AccountsError::Conflict)));
    accounts.delete(&ada_id).await.unwrap();
    let started = accounts.start_session(&ada, Remember::No).await;
    assert!(matches!(started, Err(AccountsError::Conflict)));
    assert_eq!(world.store.sessions(&ada_id).await.unwrap(), []);
}

async fn a_session_that_ends_while_its_last_use_is_stored_is_not_found<S: Store>(world: World<S>) {
    let world = World::new(Faulty::new(world.store));
    let test = async {
        let ada = world.verified("ada").await;
        let token = start(&world, &ada).await;
        world.wait(HOUR / 2);
        let store = &world.store;
        let mut transaction = store.begin().await.unwrap();
        let ada = id(&ada);
        let ended = store.end_sessions(&mut transaction, &ada, EndSessions::All);
        assert!(ended.await.unwrap().is_some());
        store.asked();
        let end = async {
            until(async || store.asked().contains(&"touch_session")).await;
            let committed = store.commit(transaction).await;
            assert!(matches!(committed, CommitOutcome::Committed));
        };
        let (found, ()) = tokio::join!(world.accounts.find_session(&token), end);
        assert!(found.unwrap().is_none());
    };
    world.scope().run_async(test).await;
}

/// The account may have been read after the change of the password that ended the session and cancelled requests.
async fn a_session_that_has_ended_requests_no_address<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let context = RequestContext::new()
        .with_actor(id(&ada))
        .with_session(&token);
    let scope = Scope::new().provide(context);
    let request = async || {
        let ada = id(&ada);
        let changed = world.accounts.change_email(&ada, "eve@example.org");
        scope.run_async(changed).await
    };
    request().await.unwrap();
    world.mail().await;
    world.accounts.sign_out(&token).await.unwrap();
    assert!(matches!(request().await, Err(AccountsError::NoSession)));
    assert_eq!(world.left().await, 0);
}

async fn a_digest_from_the_table_is_no_token<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let token = start(&world, &ada).await;
    let digest = SessionDigest::of(&token).unwrap();
    let hex = base16ct::lower::encode_string(digest.as_bytes());
    let bytes = String::from_utf8_lossy(digest.as_bytes()).into_owned();
    let number = world.store.sessions(&id(&ada)).await.unwrap()[0].id;
    for presented in [hex, bytes, base64url(digest.as_bytes()), number.to_string()] {
        assert!(!is_valid(&world, &presented).await);
        let rotated = world.accounts.rotate_session(&presented).await;
        assert!(matches!(rotated, Err(AccountsError::NoSession)));
    }
    for presented in ["", &format!("{token} "), &token[1..], &token.to_lowercase()] {
        assert!(!is_valid(&world, presented).await, "no other spelling");
    }
    assert!(is_valid(&world, &token).await);
}

fn base64url(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::encode_string(bytes)
}

/// 32 uses of one token at the same time: one rotation wins, and the old token dies at once.
async fn one_of_many_rotations_wins<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    for _ in 0..rounds(60) {
        let ada = world.reload(&ada).await;
        let old = start(&world, &ada).await;
        let mut tasks = JoinSet::new();
        for _ in 0..32 {
            let (accounts, old) = (world.accounts.clone(), old.clone());
            let rotate = async move {
                let rotated = accounts.rotate_session(&old).await;
                // A rotation is over, of this task or of another one.
                let found = accounts.find_session(&old).await.unwrap();
                assert!(found.is_none(), "the old token was used after a rotation");
                match rotated {
                    Ok(rotated) => Some(rotated.token),
                    Err(AccountsError::NoSession) => None,
                    Err(error) => panic!("{error:?}"),
                }
            };
            tasks.spawn(Scope::current().wrap(rotate));
        }
        let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        assert!(is_valid(&world, winners[0].expose()).await);
        assert_eq!(world.accounts.end_sessions(&id(&ada)).await.unwrap(), 1);
    }
}

async fn a_clock_that_is_set_back_prolongs_no_session<S: Store>(world: World<S>) {
    let ada: User = world.verified("ada").await;
    let token = start(&world, &ada).await;
    world.wait(HOUR);
    assert!(!is_valid(&world, &token).await, "it has expired");
    world.turn_back(DAY);
    assert!(!is_valid(&world, &token).await, "before it was started");
    let confirmed = world.accounts.confirm_password(&token, PASSWORD).await;
    assert!(matches!(confirmed, Err(AccountsError::NoSession)));

    // A clock that was a day ahead started the session, and would let it last a day longer.
    world.wait(DAY * 2);
    let token = start(&world, &world.reload(&ada).await).await;
    world.turn_back(DAY);
    assert!(!is_valid(&world, &token).await);
    assert_eq!(world.accounts.sessions(&id(&ada)).await.unwrap(), []);

    // A password that was entered by such a clock is not recent.
    let found = world.store.sessions(&id(&ada)).await.unwrap();
    let last = found.last().unwrap();
    assert!(!world.accounts.is_recently_authenticated(last, HOUR));
}
