use std::pin::Pin;
use std::task::{Context, Poll};

use super::*;

impl AsyncPasswordCheck for Refuse {
    fn check<'a>(&'a self, candidate: &'a Candidate<'_>) -> PasswordCheckFuture<'a> {
        Box::pin(async move {
            PendingOnce(false).await;
            PasswordCheck::check(self, candidate)
        })
    }
}

/// Future that is pending at its first poll.
struct PendingOnce(bool);

impl Future for PendingOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn an_async_policy_returns_the_reasons_of_sync_and_async_checks() {
    let waiting = Refuse::with(RejectionReason::custom("waited", "wait"));
    let policy = PasswordPolicy::new()
        .with_check(Refuse::with(RejectionReason::custom("own", "do this")))
        .with_async_check(waiting.clone())
        .with_async_check(Refuse::with(RejectionReason::Common))
        .with_async_check(Refuse::with(RejectionReason::custom("last", "wait")));

    let user = User::new("ada", "ada@example.org").expect("valid");
    let answer = pollster::block_on(policy.check("password", &user));
    assert_eq!(
        codes_of(answer),
        ["too_short", "common", "own", "waited", "last"]
    );

    for (password, code) in [
        (String::new(), "too_short"),
        ("a".repeat(1_000_000), "too_long"),
    ] {
        let answer = pollster::block_on(policy.clone().check(&password, &user));
        assert_eq!(codes_of(answer), [code]);
    }
    assert_eq!(waiting.asked(), 1);
}

#[test]
fn an_async_policy_accepts_a_password_that_no_check_refuses() {
    struct Accept;

    impl AsyncPasswordCheck for Accept {
        fn check<'a>(&'a self, candidate: &'a Candidate<'_>) -> PasswordCheckFuture<'a> {
            Box::pin(async move {
                PendingOnce(false).await;
                assert_eq!(candidate.length(), 28);
                Ok(())
            })
        }
    }

    fn is_send(_: &impl Send) {}

    let policy = PasswordPolicy::new().with_async_check(Accept);
    let mut checking = Box::pin(policy.check(GOOD, ADA));
    is_send(&checking);

    let mut context = Context::from_waker(std::task::Waker::noop());
    assert_eq!(checking.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(checking.as_mut().poll(&mut context), Poll::Ready(Ok(())));
}
