//! An observer gets one dispatch of a signal that also has durable receivers.

use std::sync::{Arc, Mutex};

use lback_auth::UserRegistered;
use lback_signals::{
    Dispatch, DispatchId, Observer, ReceiverRun, Signal, receiver, set_observer, signal,
};
use test_support::in_child_process;
use tokio::runtime;

use crate::world;

#[signal]
struct Greeted;

#[receiver(signal = UserRegistered)]
fn greet(_: &UserRegistered<'_>) {
    Greeted.send();
}

/// The dispatches and runs of a test, without attempts of durable receivers.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(DispatchId, &'static str)>>>);

impl Observer for Recorder {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        let observed = (dispatch.id(), dispatch.signal().name());
        self.0.lock().unwrap().push(observed);
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        if run.attempt().is_none() {
            let observed = (run.dispatch(), run.receiver().name());
            self.0.lock().unwrap().push(observed);
        }
    }
}

#[test]
fn a_signal_is_observed_once_with_the_runs_of_its_other_receivers() {
    in_child_process(|| {
        let recorder = Recorder::default();
        set_observer(recorder.clone()).unwrap();
        let mut runtime = runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(world::memory(async |world| {
            world.register("ada").await.unwrap();
        }));
        let observed = recorder.0.lock().unwrap();
        let of = |name| {
            let of_name = observed.iter().filter(|(_, observed)| *observed == name);
            of_name.map(|(id, _)| *id).collect::<Vec<_>>()
        };
        let registered = of(UserRegistered::info().name());
        assert_eq!(registered.len(), 1, "{observed:?}");
        assert_eq!(of("greet"), registered, "{observed:?}");
        // It has another number.
        let greeted = of(Greeted::info().name());
        assert_eq!(greeted.len(), 1, "{observed:?}");
        assert_ne!(greeted, registered);
    });
}
