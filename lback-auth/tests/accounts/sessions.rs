use lback_auth::{Accounts, AuthUser, SessionAuthHash, SessionKey, User, UserId};

use crate::on_each_store;
use crate::world::{OTHER, PASSWORD, Store, World, id};

on_each_store!(
    a_session_ends_when_a_password_is_set,
    a_session_of_a_deactivated_account_has_ended,
    a_session_hash_is_valid_for_one_account_and_one_key,
    a_session_of_a_deleted_account_has_ended,
    a_session_outlives_a_rotation_and_ends_with_its_key,
);

/// Returns the username of the account of a session.
async fn signed_in<S: Store>(
    accounts: &Accounts<S>,
    id: &UserId,
    hash: &SessionAuthHash,
) -> Option<String> {
    let user = accounts.user_of_session(id, hash).await.unwrap();
    user.map(|user| user.username().to_owned())
}

async fn a_session_ends_when_a_password_is_set<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    let hash = accounts.session_auth_hash(&ada).unwrap();
    // The session layer stores only the bytes.
    let hash = SessionAuthHash::from_bytes(*hash.as_bytes());
    assert!(world.is_granted("ada", PASSWORD).await);
    assert_eq!(
        signed_in(accounts, &id(&ada), &hash).await.as_deref(),
        Some("ada")
    );

    let ada_id = id(&ada);
    let changed = accounts.change_password(&ada_id, PASSWORD, OTHER);
    changed.await.unwrap();
    assert_eq!(signed_in(accounts, &id(&ada), &hash).await, None);
    let hash = accounts.session_auth_hash(&world.reload(&ada).await);
    assert!(
        signed_in(accounts, &id(&ada), &hash.unwrap())
            .await
            .is_some()
    );
}

async fn a_session_of_a_deactivated_account_has_ended<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    let before = accounts.session_auth_hash(&ada).unwrap();
    accounts.deactivate(&id(&ada)).await.unwrap();
    assert_eq!(signed_in(accounts, &id(&ada), &before).await, None);
    // Even with the hash of the account's current state.
    let now = accounts.session_auth_hash(&world.reload(&ada).await);
    assert_eq!(signed_in(accounts, &id(&ada), &now.unwrap()).await, None);
    accounts.reactivate(&id(&ada)).await.unwrap();
    for hash in [before, now.unwrap()] {
        assert_eq!(signed_in(accounts, &id(&ada), &hash).await, None);
    }
}

async fn a_session_hash_is_valid_for_one_account_and_one_key<S: Store>(world: World<S>) {
    let (ada, bob) = (world.verified("ada").await, world.verified("bob").await);
    let accounts = &world.accounts;
    let hash = accounts.session_auth_hash(&ada).unwrap();
    assert_eq!(signed_in(accounts, &id(&bob), &hash).await, None);
    let flipped = |bit: usize| {
        let mut bytes = *hash.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        SessionAuthHash::from_bytes(bytes)
    };
    for bit in [0, 127, 255] {
        assert_eq!(signed_in(accounts, &id(&ada), &flipped(bit)).await, None);
    }

    let key = SessionKey::new(&[8; 32]).unwrap();
    let others = Accounts::new(world.store.clone(), key);
    assert_ne!(others.session_auth_hash(&ada), Some(hash));
    assert_eq!(signed_in(&others, &id(&ada), &hash).await, None);
}

async fn a_session_of_a_deleted_account_has_ended<S: Store>(world: World<S>) {
    let ada = world.verified("ada").await;
    let accounts = &world.accounts;
    let hash = accounts.session_auth_hash(&ada).unwrap();
    accounts.delete(&id(&ada)).await.unwrap();
    assert_eq!(signed_in(accounts, &id(&ada), &hash).await, None);
    for unknown in ["", "unknown", "-1"] {
        let unknown = UserId::new(unknown);
        assert_eq!(signed_in(accounts, &unknown, &hash).await, None);
    }
    let unsaved = User::new("eve", "eve@example.org").unwrap();
    assert_eq!(accounts.session_auth_hash(&unsaved), None);
}

async fn a_session_outlives_a_rotation_and_ends_with_its_key<S: Store>(world: World<S>) {
    let (old, new) = ([7; 32], [8; 32]);
    let ada = world.verified("ada").await;
    let session = world.accounts.session_auth_hash(&ada).unwrap();
    let accounts = |key| Accounts::new(world.store.clone(), key);

    let rotated = SessionKey::new(&new).unwrap().with_retired(&old).unwrap();
    let rotated = accounts(rotated);
    assert!(signed_in(&rotated, &id(&ada), &session).await.is_some());
    let renewed = rotated.session_auth_hash(&ada).unwrap();
    assert_ne!(renewed, session);
    assert!(signed_in(&rotated, &id(&ada), &renewed).await.is_some());

    let removed = accounts(SessionKey::new(&new).unwrap());
    assert_eq!(signed_in(&removed, &id(&ada), &session).await, None);
    assert!(signed_in(&removed, &id(&ada), &renewed).await.is_some());

    rotated.deactivate(&id(&ada)).await.unwrap();
    for hash in [session, renewed] {
        assert_eq!(signed_in(&rotated, &id(&ada), &hash).await, None);
    }
}
