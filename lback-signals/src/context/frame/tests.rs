//! Internal counts that callers cannot observe: the layers that a lookup visits, and those of a chain.

use std::cell::Cell;
use std::sync::Arc;

use super::{Frame, InnerLayers, Layer};
use crate as lback_signals;
#[cfg(feature = "durable")]
use crate::context::TestMode;
use crate::info::ReceiverInfo;
use crate::{Scope, Signal, receiver, signal};

thread_local! {
    /// The number of layers that lookups have visited.
    pub(super) static VISITED: Cell<usize> = const { Cell::new(0) };
}

#[signal(crate = lback_signals)]
struct Saved;

#[receiver(signal = Saved, crate = lback_signals)]
fn index(_: &Saved) {}

fn chain(layers: impl IntoIterator<Item = Arc<Layer>>) -> Arc<Frame> {
    let nest = |outer, layer| Some(Arc::new(Frame::new(layer, outer)));
    layers.into_iter().fold(None, nest).expect("a layer")
}

fn visited(depth: usize) -> usize {
    let scopes: Vec<_> = (0..depth).map(|_| Scope::new()).collect();
    let captured: Vec<_> = scopes
        .iter()
        .map(|scope| scope.capture::<Saved, _>(|_| ()))
        .collect();
    let frame = chain(scopes.iter().map(|scope| Arc::clone(&scope.layer)));
    let before = VISITED.get();
    assert_eq!(frame.captures(Saved::info()).len(), captured.len());
    VISITED.get() - before
}

#[test]
fn a_send_visits_each_layer_once() {
    assert_eq!(visited(1_000), 1_000);
    assert_eq!(visited(2_000), 2_000);
}

#[test]
fn observable_layers_are_kept() {
    let provides = |layer: &mut Layer, value: u32| layer.provide(Arc::new(value));
    let info: &'static ReceiverInfo = Saved::info().receivers()[0];
    let plain = || Arc::new(Layer::default());

    let mut outer = Layer::default();
    provides(&mut outer, 1);
    outer.mute(info.item());
    let captured = outer.capture::<Saved, _>(|_| ());
    let frame = chain(
        [Arc::new(outer)]
            .into_iter()
            .chain((0..100).map(|_| plain())),
    );
    assert!(frame.depth <= Frame::MIN_LIMIT, "{}", frame.depth);
    assert_eq!(frame.resource::<u32>().map(|value| **value), Some(1));
    assert!(frame.mutes(info));
    assert_eq!(frame.captures(Saved::info()).len(), 1);
    drop(captured);
}

#[test]
fn only_layers_that_inner_ones_hide_are_discarded() {
    let info: &'static ReceiverInfo = Saved::info().receivers()[0];
    let layer = |change: &dyn Fn(&mut Layer)| {
        let mut layer = Layer::default();
        change(&mut layer);
        Arc::new(layer)
    };
    let provides = layer(&|it| it.provide(Arc::new(1_u32)));
    let mutes = layer(&|it| it.mute(info.item()));
    let mutes_signal = layer(&|it| it.mute_signal(Saved::info()));
    let has_only = layer(&|it| it.only(info.item()));

    let mut inner = InnerLayers::default();
    for visible in [&provides, &mutes, &mutes_signal, &has_only] {
        assert!(!inner.hides(visible));
    }
    assert!(inner.hides(&Arc::default()));
    inner.add(&provides);
    inner.add(&mutes);
    inner.add(&mutes_signal);
    for hidden in [&provides, &mutes, &mutes_signal] {
        assert!(inner.hides(hidden));
    }
    assert!(!inner.hides(&has_only));
    inner.add(&has_only);
    assert!(inner.hides(&has_only));

    // The owner of a scope may add a capture at any time.
    let scope = Scope::new();
    let layer = Arc::clone(&scope.layer);
    assert!(!inner.hides(&layer));
    drop(scope);
    assert!(inner.hides(&layer));
    let captured = layer.capture::<Saved, _>(|_| ());
    assert!(!inner.hides(&layer));
    drop(captured);
    assert!(inner.hides(&layer));
}

#[cfg(feature = "durable")]
#[test]
fn a_layer_that_delivers_is_kept_until_an_inner_one_does() {
    let delivers = Arc::new(Layer {
        test_mode: Some(TestMode::default()),
        ..Layer::default()
    });
    let mut inner = InnerLayers::default();
    inner.add(&Arc::default());
    assert!(!inner.hides(&delivers));
    inner.add(&delivers);
    assert!(inner.hides(&delivers));
}
