//! A task whose waker panics keeps no other from being woken.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use lback_signals::background::{self, Overflow, Settings};
use lback_signals::{AsyncSignal, receiver, signal};
use test_support::in_child_process;

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("on purpose");
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[signal(async, owned)]
struct Asked;

#[receiver(signal = Asked, background)]
async fn never_ends(_: &Asked) {
    pending::<()>().await;
}

#[test]
fn a_drain_wakes_all_senders_that_wait() {
    in_child_process(|| {
        let settings = Settings::new().with_concurrency(1).with_capacity(1);
        background::configure(settings.with_overflow(Overflow::Wait)).unwrap();
        for _ in 0..2 {
            assert_eq!(pollster::block_on(Asked.send_async()).deferred(), 1);
        }
        let woken = Arc::new(Woken::default());
        let mut first = pin!(Asked.send_async());
        let mut second = pin!(Asked.send_async());
        let panics = Waker::from(Arc::new(Panics));
        let wakes = Waker::from(Arc::clone(&woken));
        assert!(
            first
                .as_mut()
                .poll(&mut Context::from_waker(&panics))
                .is_pending()
        );
        assert!(
            second
                .as_mut()
                .poll(&mut Context::from_waker(&wakes))
                .is_pending()
        );

        assert_eq!(background::drain(Duration::ZERO).undelivered().len(), 2);
        assert!(woken.0.load(Ordering::Relaxed));
        assert_eq!(pollster::block_on(second).failures().len(), 1);
    });
}
