use std::time::Duration;

use lback_auth::{
    Accounts, AccountsError, AttemptLimit, Authentication, Clock, RequestContext, SessionKey,
    UserAuthenticationFailed, UserId,
};
use lback_signals::Scope;

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id, shown};

on_each_store!(
    ten_attempts_are_free_and_then_the_delay_doubles,
    a_right_password_clears_the_login_and_not_the_client,
    a_client_is_throttled_across_logins,
    an_unknown_login_is_throttled_like_a_known_one,
    guesses_of_the_current_password_are_throttled,
    mails_to_known_and_unknown_addresses_are_limited,
    a_reset_clears_the_attempts_of_the_login,
    a_typed_login_is_not_stored,
    only_receivers_get_the_typed_login,
    attempts_of_a_clock_far_ahead_do_not_count,
    clocks_hours_apart_allow_no_more_guesses,
    a_rotation_of_the_key_starts_counts_anew_once,
);

async fn denied_until_throttled<S: Store>(world: &World<S>, login: &str) -> (u32, Duration) {
    let mut denied = 0;
    loop {
        match world.authenticate(login, OTHER).await.unwrap() {
            Authentication::Denied => {
                denied += 1;
                assert!(denied < 100, "nothing is throttled");
            }
            Authentication::Throttled { retry_after } => return (denied, retry_after),
            outcome => panic!("{outcome:?}"),
        }
    }
}

async fn ten_attempts_are_free_and_then_the_delay_doubles<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let second = Duration::from_secs(1);
    assert_eq!(denied_until_throttled(&world, "ada").await, (11, second));
    let hashes = world.hasher.stats().hashes();
    let throttled = world.authenticate("ADA", PASSWORD).await.unwrap();
    assert_eq!(
        shown(throttled),
        Authentication::Throttled {
            retry_after: second
        }
    );
    assert_eq!(world.hasher.stats().hashes(), hashes);
    assert_eq!(
        world.journal.take().last().unwrap(),
        "user_authentication_failed - throttled"
    );
    for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let delay = Duration::from_secs(delay);
        assert_eq!(denied_until_throttled(&world, "ada").await, (0, delay));
        world.wait(delay.checked_sub(Duration::from_millis(1)).unwrap());
        assert_eq!(denied_until_throttled(&world, "ada").await.0, 0);
        world.wait(Duration::from_millis(1));
        assert_eq!(
            shown(world.authenticate("ada", OTHER).await.unwrap()),
            Authentication::Denied
        );
    }
    world.wait(Duration::from_hours(24));
    assert_eq!(denied_until_throttled(&world, "ada").await, (11, second));
}

/// Authenticates from an address. Returns the outcome without the account.
pub(crate) async fn authenticate_from<S: Store>(
    world: &World<S>,
    client: &str,
    login: &str,
    password: &str,
) -> String {
    let context = RequestContext::new().with_client(client.parse().unwrap());
    let scope = Scope::new().provide(context);
    let outcome = scope
        .run_async(world.authenticate(login, password))
        .await
        .unwrap();
    match outcome {
        Authentication::Granted(_) => "granted".to_owned(),
        outcome => format!("{outcome:?}"),
    }
}

async fn a_right_password_clears_the_login_and_not_the_client<S: Store>(world: World<S>) {
    let limit = AttemptLimit::new(4);
    let world = world.with(|builder| builder.client_limit(limit));
    world.verified("ada").await;
    world.verified("mallory").await;
    // Mallory signs in between the guesses, which must not return the client's attempts.
    for _ in 0..2 {
        assert_eq!(
            authenticate_from(&world, "192.0.2.7", "ada", OTHER).await,
            "Denied"
        );
        assert_eq!(
            authenticate_from(&world, "192.0.2.7", "mallory", PASSWORD).await,
            "granted"
        );
    }
    for _ in 0..3 {
        assert_eq!(
            authenticate_from(&world, "192.0.2.7", "ada", OTHER).await,
            "Denied"
        );
    }
    assert_eq!(
        authenticate_from(&world, "192.0.2.7", "ada", OTHER).await,
        "Throttled { retry_after: 1s }"
    );
    assert_eq!(
        authenticate_from(&world, "192.0.2.8", "ada", PASSWORD).await,
        "granted"
    );
    // The attempts of the login are cleared: ten more are free.
    assert_eq!(denied_until_throttled(&world, "ada").await.0, 11);
}

async fn a_client_is_throttled_across_logins<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.client_limit(AttemptLimit::new(3)));
    for (client, login) in [
        ("2001:db8::1", "a"),
        ("2001:db8::2", "b"),
        ("2001:db8::ffff:0:0:1", "c"),
        ("2001:db8::3", "d"),
    ] {
        assert_eq!(
            authenticate_from(&world, client, login, OTHER).await,
            "Denied"
        );
    }
    let refused = authenticate_from(&world, "2001:db8::4", "e", OTHER).await;
    assert_eq!(refused, "Throttled { retry_after: 1s }");
    assert_eq!(
        authenticate_from(&world, "2001:db8:0:1::1", "e", OTHER).await,
        "Denied"
    );
    assert!(
        world
            .journal
            .take()
            .contains(&"user_authentication_failed - throttled from 2001:db8::4".to_owned())
    );
}

async fn an_unknown_login_is_throttled_like_a_known_one<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let known = denied_until_throttled(&world, "ada").await;
    assert_eq!(denied_until_throttled(&world, "unknown").await, known);
    // The same applies to a login that is too long for any account.
    assert_eq!(
        denied_until_throttled(&world, &"x".repeat(5000)).await,
        known
    );
}

async fn guesses_of_the_current_password_are_throttled<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let mut wrong = 0;
    let throttled = loop {
        match world
            .accounts
            .change_password(&id(&ada), OTHER, "a new one that is long")
            .await
        {
            Err(AccountsError::WrongPassword) => {
                wrong += 1;
                assert!(wrong < 100, "nothing is throttled");
            }
            refused => break refused,
        }
    };
    assert_eq!(wrong, 11);
    let second = Duration::from_secs(1);
    let Err(AccountsError::Throttled { retry_after }) = throttled else {
        panic!("{throttled:?}");
    };
    assert_eq!(retry_after, second);
    world.wait(second);
    let changed = world
        .accounts
        .change_password(&id(&ada), PASSWORD, OTHER)
        .await;
    assert!(changed.is_ok(), "{changed:?}");
    let unknown = world
        .accounts
        .change_password(&UserId::new(999), PASSWORD, OTHER)
        .await;
    assert!(matches!(unknown, Err(AccountsError::NoSuchAccount)));
}

async fn mails_to_known_and_unknown_addresses_are_limited<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.mail_limit(AttemptLimit::new(2)));
    let ada = world.verified("ada").await;
    world.wait(Duration::from_hours(48));
    let accounts = &world.accounts;
    for address in ["ada@example.org", "unknown@example.org"] {
        let name = |number| format!("{number}-{}", address.len());
        for number in 0..4 {
            let user = lback_auth::User::new(name(number), address).unwrap();
            let asked = [
                accounts.request_password_reset(address).await,
                accounts.request_email_verification(address).await,
                accounts.change_email(&id(&ada), address).await,
                accounts.register(user, OTHER).await,
            ];
            for asked in asked {
                match asked {
                    Ok(_) => assert!(number < 3),
                    Err(AccountsError::Throttled { .. }) => assert_eq!(number, 3),
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    }
}

async fn a_reset_clears_the_attempts_of_the_login<S: Store>(world: World<S>) {
    world.verified("ada").await;
    denied_until_throttled(&world, "ada").await;
    denied_until_throttled(&world, "ada@example.org").await;
    world
        .accounts
        .request_password_reset("ada@example.org")
        .await
        .unwrap();
    let mail = world.mail().await;
    world
        .accounts
        .reset_password(&mail.token, OTHER)
        .await
        .unwrap();
    for login in ["ada", "ada@example.org"] {
        let granted = world.authenticate(login, OTHER).await.unwrap();
        assert!(matches!(granted, Authentication::Granted(_)), "{granted:?}");
    }
}

async fn a_typed_login_is_not_stored<S: Store>(world: World<S>) {
    // A password typed as the login.
    let outcome = world
        .authenticate("hunter2 is my password", OTHER)
        .await
        .unwrap();
    assert_eq!(shown(outcome), Authentication::Denied);
    let entries = world.store.audit(None, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert!(!format!("{entries:?}").contains("hunter2"));
}

async fn only_receivers_get_the_typed_login<S: Store>(world: World<S>) {
    let world = world.with(|builder| builder.login_limit(AttemptLimit::new(0)));
    world.verified("ada").await;
    let scope = world.scope();
    let received = scope.capture::<UserAuthenticationFailed<'_>, _>(|event| {
        let login = event.login.map(|login| login.expose().to_owned());
        (event.reason.as_str(), login, format!("{event:?}"))
    });
    let long = format!("a{}", "é".repeat(300));
    let tried = async {
        for login in [" Hunter2 ", " Hunter2 ", &long, "ada", "ADA"] {
            let _ = world.authenticate(login, OTHER).await.unwrap();
            let tried = world.accounts.prepare_authentication(login, OTHER).await;
            assert!(!format!("{tried:?}").contains(login));
        }
    };
    scope.run_async(tried).await;
    let received = received.take();
    let logins: Vec<_> = received
        .iter()
        .map(|(reason, login, _)| (*reason, login.as_deref()))
        .collect();
    assert_eq!(
        logins,
        [
            ("unknown_user", Some(" Hunter2 ")),
            ("throttled", Some(" Hunter2 ")),
            ("unknown_user", Some(&long[..319])),
            ("wrong_password", None),
            ("throttled", Some("ADA")),
        ]
    );
    let entries = world.store.audit(None, 100).await.unwrap();
    let shown = format!(
        "{entries:?} {:?}",
        received
            .iter()
            .map(|received| &received.2)
            .collect::<Vec<_>>()
    );
    assert!(!shown.contains("unter2") && !shown.contains("éé"));
}

async fn attempts_of_a_clock_far_ahead_do_not_count<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let year = Duration::from_hours(24 * 365);
    world.wait(year);
    let mut denied = 0;
    while authenticate_from(&world, "192.0.2.7", "ada", OTHER).await == "Denied" {
        denied += 1;
        assert!(denied < 100, "nothing is throttled");
    }
    world.turn_back(year);
    assert_eq!(
        authenticate_from(&world, "192.0.2.7", "ada", OTHER).await,
        "Denied"
    );
    assert_eq!(
        authenticate_from(&world, "192.0.2.7", "ada", PASSWORD).await,
        "granted"
    );
    // The counter starts again.
    assert_eq!(denied_until_throttled(&world, "ada").await.0, 11);
}

async fn clocks_hours_apart_allow_no_more_guesses<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let day = Duration::from_hours(24);
    world.wait(day);
    denied_until_throttled(&world, "ada").await;
    world.turn_back(day);
    let (denied, retry_after) = denied_until_throttled(&world, "ada").await;
    assert_eq!((denied, retry_after), (0, day + Duration::from_secs(1)));
}

async fn a_rotation_of_the_key_starts_counts_anew_once<S: Store>(world: World<S>) {
    world.verified("ada").await;
    let (old, new) = ([7; 32], [8; 32]);
    let now = world.now();
    let key = |secret: &[u8]| SessionKey::new(secret).unwrap();
    let process = |key| {
        let builder = Accounts::builder(world.store.clone(), key);
        builder.clock(Clock::fixed(now)).build().unwrap()
    };
    let is_throttled = async |accounts: &Accounts<S>| {
        let outcome = accounts.authenticate("ada", OTHER).await.unwrap();
        matches!(outcome, Authentication::Throttled { .. })
    };
    denied_until_throttled(&world, "ada").await;
    // A key that is added as a retired one changes no count.
    assert!(is_throttled(&process(key(&old).with_retired(&new).unwrap())).await);

    let rotated = process(key(&new).with_retired(&old).unwrap());
    for _ in 0..11 {
        assert!(!is_throttled(&rotated).await);
    }
    assert!(is_throttled(&rotated).await);
    // Nor does the removal of the old key, or a second process.
    assert!(is_throttled(&process(key(&new))).await);
    assert!(is_throttled(&world.accounts).await, "by the old key");
}
