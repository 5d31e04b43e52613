//! What belongs to accounts: tokens, requests and the audit log.

use lback_auth::{
    AccountStore, AddressRequest, AttemptKey, AuditEntry, AuthUser, PendingToken, RequestContext,
    TokenKey, TokenPurpose, User, UserId,
};
use time::{Duration, OffsetDateTime};

use crate::{commit, insert, user};

in_each_database!(tokens_come_and_go, requests_and_audit, odd_ids_are_nobodys,);

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

async fn tokens_come_and_go<S: AccountStore<User = User>>(store: S) {
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
            epoch: None,
            requested_at: NOW - Duration::MICROSECOND,
            context: context.clone(),
        },
        AddressRequest {
            purpose: TokenPurpose::EmailChange,
            email: String::new(),
            user: Some(UserId::new("7")),
            epoch: None,
            requested_at: NOW,
            context: RequestContext::new(),
        },
    ];
    let entries = [
        AuditEntry::new(NOW, "user_authenticated", "wrong_password").with_context(context),
        AuditEntry::new(NOW, "user_deleted", "").with_user(Some(UserId::new("7"))),
    ];
    assert!(store.next_request(None).await.unwrap().is_none());

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
        let (number, next) = store.next_request(None).await.unwrap().unwrap();
        assert_eq!(next, request);
        let mut transaction = store.begin().await.unwrap();
        assert!(store.take_request(&mut transaction, number).await.unwrap());
        assert!(!store.take_request(&mut transaction, number).await.unwrap());
        commit(&store, transaction).await;
    }
    assert!(store.next_request(None).await.unwrap().is_none());

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
