//! Background receivers run in the scope in which their signal was sent.

use std::sync::{Arc, Mutex, Weak};

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
fn compares_tenants(event: &Inner, tenant: Res<'_, Tenant>, notes: Res<'_, Notes>) {
    notes.write(if event.tenant == tenant.0 {
        "same"
    } else {
        "crossed"
    });
}

#[test]
fn resources_and_captures_of_the_senders_scope_apply() {
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
fn a_muted_receiver_is_not_queued() {
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
fn a_resource_of_a_scope_lives_until_its_last_receiver_has_run() {
    let notes = Arc::new(Notes::default());
    let scope = Scope::new().provide(Dropped(Arc::clone(&notes)));
    assert_eq!(scope.run(|| Used.send()).deferred(), 1);
    drop(scope);
    assert_eq!(notes.wait_for(2), ["used", "dropped"]);
    assert!(background::flush(LONG));
}

/// A resource that one run provides for the next.
struct Run(u32, Arc<Mutex<Vec<Weak<Run>>>>);

#[signal(owned)]
struct Planned;

/// Sends its next run in a scope that is nested in the scope of this run.
#[receiver(signal = Planned, background)]
fn plans(_: &Planned, run: Res<'_, Run>, notes: Res<'_, Notes>, tenant: Res<'_, Tenant>) {
    let alive = {
        let mut all = run.1.lock().unwrap();
        all.retain(|run| run.strong_count() > 0);
        all.len()
    };
    let Some(left) = run.0.checked_sub(1) else {
        return notes.write(format!("tenant {}, {alive} scopes alive", tenant.0));
    };
    let report = in_nested_scope(left, &run.1, || Planned.send());
    assert_eq!(report.deferred(), 1);
}

fn in_nested_scope<T>(left: u32, all: &Arc<Mutex<Vec<Weak<Run>>>>, call: impl FnOnce() -> T) -> T {
    let run = Arc::new(Run(left, Arc::clone(all)));
    all.lock().unwrap().push(Arc::downgrade(&run));
    Scope::new().provide_dyn(run).run(call)
}

#[test]
fn a_receiver_that_schedules_its_next_run_retains_few_earlier_scopes() {
    let notes = Arc::new(Notes::default());
    let scope = Scope::new()
        .provide(Tenant(7))
        .provide_dyn(Arc::clone(&notes));
    let runs = &Arc::default();
    let report = scope.run(|| in_nested_scope(1_000, runs, || Planned.send()));
    assert_eq!(report.deferred(), 1);
    let lines = notes.wait_for(1);
    let alive = lines[0].strip_prefix("tenant 7, ").unwrap();
    let alive: usize = alive
        .strip_suffix(" scopes alive")
        .unwrap()
        .parse()
        .unwrap();
    assert!(alive < 100, "{alive} of 1,000 scopes");
}
