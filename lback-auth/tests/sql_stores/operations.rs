//! Every operation once, against what a real database makes of its statement.

use lback_auth::{
    AccountStore, AddressRequest, AttemptKey, AuditEntry, AuthUser, EmailSet, EmailVerification,
    Expected, Inserted, NormalForm, Password, PendingToken, RequestContext, SessionEpoch, TokenKey,
    TokenPurpose, User, UserId, UserParts,
};
use time::{Duration, OffsetDateTime};

use crate::{commit, insert};

in_each_database!(
    accounts_and_tokens,
    what_is_inserted_comes_back,
    who_is_meant_by_a_login,
    who_stands_in_the_way,
    an_address_moves,
    requests_and_audit,
    odd_ids_are_nobodys,
);

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn user(username: &str, email: &str) -> User {
    User::from_parts(UserParts::new(username, email))
}

fn verified(username: &str, email: &str) -> User {
    let mut parts = UserParts::new(username, email);
    parts.email_verification = EmailVerification::verified(email);
    User::from_parts(parts)
}

async fn accounts_and_tokens<S: AccountStore<User = User>>(store: S) {
    let id = insert(&store, &user("ada", "ada@example.org")).await;
    let purpose = TokenPurpose::EmailVerification;
    let token = PendingToken::new([7; 32], "ada@example.org", NOW, NOW + Duration::HOUR);
    let key = TokenKey::of_pending(purpose, &token);

    let mut transaction = store.begin().await.unwrap();
    for digest in [8, 7] {
        let token = PendingToken::new([digest; 32], "ada@example.org", NOW, token.expires_at());
        assert!(
            store
                .put_token(&mut transaction, &id, purpose, &token)
                .await
                .unwrap()
        );
    }
    let nobody = UserId::new(1_000_000);
    assert!(
        !store
            .put_token(&mut transaction, &nobody, purpose, &token)
            .await
            .unwrap()
    );
    commit(&store, transaction).await;

    let (owner, email) = store.find_by_token(&key, NOW).await.unwrap().unwrap();
    assert_eq!((owner.id(), &*email), (Some(id.clone()), "ada@example.org"));
    assert!(
        store
            .find_by_token(&key, token.expires_at())
            .await
            .unwrap()
            .is_none()
    );

    let mut transaction = store.begin().await.unwrap();
    let late = store.consume_token(&mut transaction, &key, token.expires_at());
    assert_eq!(late.await.unwrap(), None);
    let owner = store
        .consume_token(&mut transaction, &key, NOW)
        .await
        .unwrap();
    assert_eq!(owner.unwrap().id, id);
    assert_eq!(
        store
            .consume_token(&mut transaction, &key, NOW)
            .await
            .unwrap(),
        None
    );

    let verified = store.mark_verified(&mut transaction, &id, "ada@example.org");
    assert!(verified.await.unwrap().unwrap().is_email_verified());
    let other = store.mark_verified(&mut transaction, &id, "Ada@example.org");
    assert!(other.await.unwrap().is_none());

    let password = Password::from_stored(Some("a hash".to_owned()));
    for (expected, is_set) in [
        (Expected::Stored(Some("a hash")), false),
        (Expected::Stored(None), true),
        (Expected::Stored(None), false),
        (Expected::Stored(Some("a hash")), true),
        (Expected::Any, true),
    ] {
        let set = store.set_password(&mut transaction, &id, expected, &password);
        let set = set.await.unwrap();
        assert_eq!(set.is_some(), is_set);
        if let Some(user) = set {
            assert_eq!(user.password().stored(), Some("a hash"));
            assert_eq!(user.password().epoch(), password.epoch());
        }
    }
    let epoch = SessionEpoch::from_bytes([9; 32]);
    let inactive = store.set_active(&mut transaction, &id, false, epoch).await;
    let inactive = inactive.unwrap().unwrap();
    assert!(!inactive.is_active() && inactive.password().epoch() == epoch);
    commit(&store, transaction).await;

    let mut transaction = store.begin().await.unwrap();
    assert!(
        store
            .put_token(&mut transaction, &id, purpose, &token)
            .await
            .unwrap()
    );
    store.end_tokens(&mut transaction, &id).await.unwrap();
    assert_eq!(
        store
            .consume_token(&mut transaction, &key, NOW)
            .await
            .unwrap(),
        None
    );
    assert!(
        store
            .put_token(&mut transaction, &id, purpose, &token)
            .await
            .unwrap()
    );
    let deleted = store.delete(&mut transaction, &id).await.unwrap();
    assert_eq!(deleted.unwrap().username(), "ada");
    assert!(store.delete(&mut transaction, &id).await.unwrap().is_none());
    assert_eq!(
        store
            .consume_token(&mut transaction, &key, NOW)
            .await
            .unwrap(),
        None
    );
    store.rollback(transaction).await.unwrap();
    assert!(store.find(&id).await.unwrap().is_some());
}

async fn what_is_inserted_comes_back<S: AccountStore<User = User>>(store: S) {
    let mut parts = UserParts::new("Ädä \u{1F600} ''; --", "\u{FFFD}\r\n\t@x");
    parts.password =
        Password::from_stored(Some(String::new())).with_epoch(SessionEpoch::from_bytes([0; 32]));
    parts.email_verification = EmailVerification::verified("");
    parts.active = false;
    let id = insert(&store, &User::from_parts(parts.clone())).await;
    let found = store.find(&id).await.unwrap().unwrap().into_parts();
    parts.id = Some(id.clone());
    assert_eq!(format!("{found:?}"), format!("{parts:?}"));
    assert_eq!(found.password.stored(), Some(""));
    assert_eq!(found.password.epoch(), parts.password.epoch());

    let second = insert(&store, &user("grace", "grace@example.org")).await;
    let page = |after, limit| {
        let store = store.clone();
        async move {
            let users = store.page(Option::as_ref(&after), limit).await.unwrap();
            users
                .iter()
                .map(|user| user.id().unwrap())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(page(None, 9).await, [id.clone(), second.clone()]);
    assert_eq!(page(None, 1).await, [id.clone()]);
    assert_eq!(page(None, u32::MAX).await.len(), 2);
    assert_eq!(page(Some(id), 9).await, [second.clone()]);
    assert_eq!(page(Some(second), 9).await, []);
}

async fn who_is_meant_by_a_login<S: AccountStore<User = User>>(store: S) {
    insert(&store, &user("the name", "other@example.org")).await;
    insert(&store, &user("first", "the name")).await;
    let login = NormalForm::of("The Name");
    let meant = async || {
        let found = store.find_by_login(&login).await.unwrap();
        found.unwrap().username().to_owned()
    };
    assert_eq!(meant().await, "the name");
    let by_email = store.find_by_email(&login).await.unwrap().unwrap();
    assert_eq!(by_email.username(), "first");

    let mut transaction = store.begin().await.unwrap();
    let id = by_email.id().unwrap();
    store
        .mark_verified(&mut transaction, &id, "the name")
        .await
        .unwrap();
    commit(&store, transaction).await;
    assert_eq!(meant().await, "first");
}

async fn who_stands_in_the_way<S: AccountStore<User = User>>(store: S) {
    let squatter = insert(&store, &user("ada", "ada@example.org")).await;
    let grace = insert(&store, &verified("grace", "grace@example.org")).await;

    let mut transaction = store.begin().await.unwrap();
    for (username, email, replaces, expected) in [
        ("ADA", "new@example.org", false, Inserted::UsernameTaken),
        ("new", "ADA@example.org", false, Inserted::EmailTaken),
        ("Grace", "grace@example.org", true, Inserted::UsernameTaken),
        ("ada", "Grace@example.org", true, Inserted::EmailTaken),
    ] {
        let newcomer = user(username, email);
        let inserted = store.insert(&mut transaction, &newcomer, replaces, NOW);
        assert_eq!(
            std::mem::discriminant(&inserted.await.unwrap()),
            std::mem::discriminant(&expected),
            "{username}"
        );
    }
    commit(&store, transaction).await;
    assert!(store.find(&squatter).await.unwrap().is_some());

    let ada = insert(&store, &verified("ada", "ada@example.org")).await;
    assert!(store.find(&squatter).await.unwrap().is_none());
    assert!(ada > squatter && store.find(&grace).await.unwrap().is_some());
}

async fn an_address_moves<S: AccountStore<User = User>>(store: S) {
    let ada = insert(&store, &user("ada", "ada@example.org")).await;
    let squatter = insert(&store, &user("squatter", "new@example.org")).await;
    insert(&store, &verified("grace", "grace@example.org")).await;

    let mut transaction = store.begin().await.unwrap();
    for (old, new, replaces, expected) in [
        ("ada@example.org", "new@example.org", false, EmailSet::Taken),
        (
            "ada@example.org",
            "GRACE@example.org",
            true,
            EmailSet::Taken,
        ),
        (
            "ADA@example.org",
            "new@example.org",
            true,
            EmailSet::Changed,
        ),
    ] {
        let set = store.set_email(&mut transaction, &ada, old, new, replaces);
        let set = set.await.unwrap();
        assert_eq!(
            std::mem::discriminant(&set),
            std::mem::discriminant(&expected),
            "{old} {new}"
        );
    }
    // Only the case changes, and an account is not in its own way.
    let set = store.set_email(
        &mut transaction,
        &ada,
        "ada@example.org",
        "Ada@example.org",
        true,
    );
    let EmailSet::Set(user) = set.await.unwrap() else {
        panic!("not set");
    };
    assert!(user.is_email_verified() && user.email() == "Ada@example.org");
    commit(&store, transaction).await;
    assert!(store.find(&squatter).await.unwrap().is_some());

    let mut transaction = store.begin().await.unwrap();
    let set = store.set_email(
        &mut transaction,
        &ada,
        "Ada@example.org",
        "new@example.org",
        true,
    );
    assert!(matches!(set.await.unwrap(), EmailSet::Set(_)));
    commit(&store, transaction).await;
    assert!(store.find(&squatter).await.unwrap().is_none());
}

async fn requests_and_audit<S: AccountStore<User = User>>(store: S) {
    let context = RequestContext::new()
        .with_actor(UserId::new("somebody"))
        .with_client("2001:db8::1".parse().unwrap())
        .with_request_id("01J9ZQ");
    let requests = [
        AddressRequest {
            purpose: TokenPurpose::PasswordReset,
            email: " Ada@example.org".to_owned(),
            user: None,
            requested_at: NOW - Duration::MICROSECOND,
            context: context.clone(),
        },
        AddressRequest {
            purpose: TokenPurpose::EmailChange,
            email: String::new(),
            user: Some(UserId::new("7")),
            requested_at: NOW,
            context: RequestContext::new(),
        },
    ];
    let entries = [
        AuditEntry::new(NOW, "user_authenticated", "wrong_password").from(context),
        AuditEntry::new(NOW, "user_deleted", "").about(Some(UserId::new("7"))),
    ];
    assert!(store.next_request().await.unwrap().is_none());

    let mut transaction = store.begin().await.unwrap();
    for request in &requests {
        store.file_request(&mut transaction, request).await.unwrap();
    }
    store
        .append_audit(&mut transaction, &entries)
        .await
        .unwrap();
    commit(&store, transaction).await;

    for request in requests {
        let (number, next) = store.next_request().await.unwrap().unwrap();
        assert_eq!(next, request);
        let mut transaction = store.begin().await.unwrap();
        assert!(store.take_request(&mut transaction, number).await.unwrap());
        assert!(!store.take_request(&mut transaction, number).await.unwrap());
        commit(&store, transaction).await;
    }
    assert!(store.next_request().await.unwrap().is_none());

    let first = store.audit(None, 1).await.unwrap();
    let second = store.audit(Some(first[0].0), 9).await.unwrap();
    assert_eq!([&first[0].1, &second[0].1], [&entries[0], &entries[1]]);
    assert!(store.audit(Some(second[0].0), 9).await.unwrap().is_empty());
}

async fn odd_ids_are_nobodys<S: AccountStore<User = User>>(store: S) {
    let id = insert(&store, &user("ada", "ada@example.org")).await;
    let mut transaction = store.begin().await.unwrap();
    for odd in ["", "\0", "somebody", "'; --", "99999999999999999999"] {
        let odd = [
            odd.to_owned(),
            format!("0{id}"),
            format!("+{id}"),
            format!("{id}\0"),
        ];
        for id in odd.map(UserId::new) {
            let id = &id;
            assert!(store.find(id).await.unwrap().is_none());
            assert!(store.page(Some(id), 9).await.unwrap().is_empty());
            assert!(store.delete(&mut transaction, id).await.unwrap().is_none());
            let token = PendingToken::new([7; 32], "x", NOW, NOW);
            let purpose = TokenPurpose::PasswordReset;
            assert!(
                !store
                    .put_token(&mut transaction, id, purpose, &token)
                    .await
                    .unwrap()
            );
            store.end_tokens(&mut transaction, id).await.unwrap();
        }
    }
    let keys = [AttemptKey([1; 32]); 2];
    store.clear_attempts(&mut transaction, &keys).await.unwrap();
    commit(&store, transaction).await;
}
