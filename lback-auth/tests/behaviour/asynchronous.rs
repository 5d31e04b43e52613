//! The async methods.

use lback_auth::{AuthUser, User};

#[test]
fn hashing_does_not_block_other_tasks() {
    fn send<F: Future + Send>(future: F) -> F {
        future
    }

    /// Counts its polls.
    async fn count(polls: &std::cell::Cell<u32>) {
        std::future::poll_fn(|context| {
            polls.set(polls.get() + 1);
            context.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        })
        .await;
    }

    let mut user = User::new("ada", "ada@example.org").unwrap();
    let polls = std::cell::Cell::new(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // One thread, without a timer.
    runtime.block_on(async {
        tokio::select! {
            biased;
            set = send(user.set_password_async("one")) => set.unwrap(),
            () = count(&polls) => {}
        }
        assert!(send(user.check_password_async("one")).await.unwrap());
        assert!(send(user.check_and_upgrade_async("one")).await.unwrap());
        let hasher = lback_auth::Hasher::insecure_for_tests();
        send(hasher.set_password_async(&mut user, "two"))
            .await
            .unwrap();
        assert!(user.password().stored().unwrap().contains("m=8,"));
        assert!(
            send(hasher.check_password_async(&user, "two"))
                .await
                .unwrap()
        );
        assert!(
            send(hasher.check_and_upgrade_async(&mut user, "two"))
                .await
                .unwrap()
        );
    });
    assert!(polls.get() > 0);
}
