//! The scope in which a signal was sent holds for its receivers in the background.

use std::sync::Arc;

use lback_signals::{Res, Scope, Signal, background, receiver, signal};

use crate::{LONG, Notes};

#[signal(owned)]
struct Changed;

struct Tenant(u32);

#[signal]
struct Inner {
    tenant: u32,
}

#[receiver(signal = Changed, background)]
fn called(_: &Changed, tenant: Res<'_, Tenant>) {
    Inner { tenant: tenant.0 }.send();
}

#[receiver(signal = Changed, background)]
async fn awaited(_: &Changed, tenant: Res<'_, Tenant>) {
    for _ in 0..3 {
        tokio::task::yield_now().await;
        Inner { tenant: tenant.0 }.send();
    }
}

#[receiver(signal = Inner)]
fn notes_where_it_is(event: &Inner, tenant: Res<'_, Tenant>, notes: Res<'_, Notes>) {
    notes.write(if event.tenant == tenant.0 {
        "same"
    } else {
        "crossed"
    });
}

#[test]
fn its_resources_and_records_hold() {
    let runs: Vec<_> = (0..50)
        .map(|tenant| {
            let notes = Arc::new(Notes::default());
            let scope = Scope::new()
                .provide(Tenant(tenant))
                .provide_dyn(Arc::clone(&notes));
            let captured = scope.capture::<Inner, _>(|event| event.tenant);
            assert_eq!(scope.run(|| Changed.send()).deferred(), 2);
            (tenant, notes, captured)
        })
        .collect();
    for (tenant, notes, captured) in runs {
        assert_eq!(notes.wait_for(4), ["same"; 4]);
        assert_eq!(captured.take(), [tenant; 4]);
    }
}

#[test]
fn who_is_muted_is_not_handed_over() {
    let notes = Arc::new(Notes::default());
    let scope = Scope::new()
        .provide(Tenant(1))
        .provide_dyn(Arc::clone(&notes))
        .mute(awaited);
    let report = scope.run(|| Changed.send());
    assert_eq!((report.deferred(), report.skipped()), (1, 1));
    assert_eq!(notes.wait_for(1), ["same"]);

    let report = Scope::new().mute_signal::<Changed>().run(|| Changed.send());
    assert_eq!((report.deferred(), report.skipped()), (0, 2));
}

struct Dropped(Arc<Notes>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.write("dropped");
    }
}

#[signal(owned)]
struct Used;

#[receiver(signal = Used, background)]
async fn uses(_: &Used, dropped: Res<'_, Dropped>) {
    tokio::task::yield_now().await;
    dropped.0.write("used");
}

#[test]
fn what_a_scope_provides_lives_until_it_has_been_used() {
    let notes = Arc::new(Notes::default());
    let scope = Scope::new().provide(Dropped(Arc::clone(&notes)));
    assert_eq!(scope.run(|| Used.send()).deferred(), 1);
    drop(scope);
    assert_eq!(notes.wait_for(2), ["used", "dropped"]);
    assert!(background::flush(LONG));
}
