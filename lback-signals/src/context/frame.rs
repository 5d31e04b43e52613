//! The contents of scopes, and how they are nested.

#[cfg(test)]
mod tests;

use super::captures::{Capture, Captures};
#[cfg(feature = "durable")]
use super::test_deliveries::TestMode;
use crate::info::{ReceiverInfo, SignalInfo};
use crate::unwind::PanicGuarded;
use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

/// The contents of one scope.
#[derive(Clone, Default)]
pub(crate) struct Layer {
    /// Each value is an `Arc<PanicGuarded<Arc<T>>>`, and its key the id of `T`.
    resources: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// Receivers, identified by the types of their function items.
    muted: Vec<TypeId>,
    only: Option<Vec<TypeId>>,
    muted_signals: Vec<&'static SignalInfo>,
    /// Shared with the clones of this layer.
    pub(crate) captures: Arc<Captures>,
    #[cfg(feature = "durable")]
    pub(crate) test_mode: Option<TestMode>,
}

impl Layer {
    pub(crate) fn provide<T: ?Sized + Send + Sync + 'static>(&mut self, resource: Arc<T>) {
        let resource = Arc::new(PanicGuarded::new(resource));
        self.resources.insert(TypeId::of::<T>(), resource);
    }

    pub(crate) fn mute(&mut self, receiver: TypeId) {
        self.muted.push(receiver);
    }

    pub(crate) fn only(&mut self, receiver: TypeId) {
        self.only.get_or_insert_default().push(receiver);
    }

    pub(crate) fn mute_signal(&mut self, signal: &'static SignalInfo) {
        self.muted_signals.push(signal);
    }

    fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&Arc<T>> {
        let resource = self.resources.get(&TypeId::of::<T>())?;
        let resource = resource.downcast_ref::<PanicGuarded<Arc<T>>>()?;
        Some(resource.get())
    }

    fn mutes_any(&self) -> bool {
        !self.muted.is_empty() || self.only.is_some() || !self.muted_signals.is_empty()
    }

    /// Returns whether this layer mutes the receiver, or `None` if outer layers decide.
    fn mutes(&self, receiver: &ReceiverInfo) -> Option<bool> {
        if self.muted_signals.contains(&receiver.signal()) {
            return Some(true);
        }
        if self.muted.is_empty() && self.only.is_none() {
            return None;
        }
        let item = receiver.item();
        if self.muted.contains(&item) {
            return Some(true);
        }
        self.only.as_ref().map(|only| !only.contains(&item))
    }
}

/// Returns whether a receiver is not called, because the scope mutes it or it is disabled.
pub(crate) fn is_muted(scope: Option<&Frame>, receiver: &ReceiverInfo) -> bool {
    receiver.is_disabled() || scope.is_some_and(|scope| scope.mutes(receiver))
}

/// An entered scope, with the scopes that enclose it.
pub(crate) struct Frame {
    layer: Arc<Layer>,
    outer: Option<Arc<Frame>>,
    /// Whether a frame from this one outwards mutes receivers.
    mutes_any: bool,
    /// The number of frames from this one outwards.
    depth: usize,
    /// The depth beyond which `new` discards hidden frames.
    limit: usize,
}

impl Frame {
    /// Up to this depth no frame is discarded.
    const MIN_LIMIT: usize = 16;

    pub(crate) fn new(layer: Arc<Layer>, outer: Option<Arc<Self>>) -> Self {
        let enclosing = outer.as_ref();
        let mut frame = Self {
            mutes_any: layer.mutes_any() || enclosing.is_some_and(|outer| outer.mutes_any),
            layer,
            depth: enclosing.map_or(0, |outer| outer.depth) + 1,
            limit: enclosing.map_or(Self::MIN_LIMIT, |outer| outer.limit),
            outer,
        };
        if frame.depth > frame.limit {
            frame.discard_hidden();
        }
        frame
    }

    /// Discards the outer frames that no code can observe any more.
    ///
    /// A background receiver that queues its next run in a scope is inside the scopes of all earlier
    /// runs. The next limit is twice the remaining depth, so the amortized cost per frame is constant.
    #[cold]
    fn discard_hidden(&mut self) {
        let mut inner = InnerLayers::default();
        inner.add(&self.layer);
        let frames = iter::successors(self.outer.as_deref(), |frame| frame.outer.as_deref());
        let mut visible = Vec::new();
        for Self { layer, .. } in frames {
            if !inner.hides(layer) {
                inner.add(layer);
                visible.push(Arc::clone(layer));
            }
        }
        let depth = visible.len() + 1;
        self.limit = Self::MIN_LIMIT.max(2 * depth);
        if depth == self.depth {
            return;
        }
        self.depth = depth;
        self.outer = None;
        for (index, layer) in visible.into_iter().rev().enumerate() {
            self.outer = Some(Arc::new(Self {
                // Only read of the innermost frame, which these never are.
                mutes_any: self.mutes_any,
                layer,
                outer: self.outer.take(),
                depth: index + 1,
                limit: self.limit,
            }));
        }
    }

    /// Returns the layers, from the innermost to the outermost.
    fn layers(&self) -> impl Iterator<Item = &Layer> {
        let frames = iter::successors(Some(self), |frame| frame.outer.as_deref());
        #[cfg(test)]
        let frames = frames.inspect(|_| tests::VISITED.set(tests::VISITED.get() + 1));
        frames.map(|frame| &*frame.layer)
    }

    pub(crate) fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&Arc<T>> {
        self.layers().find_map(Layer::resource)
    }

    /// Returns how the innermost scope that delivers to durable receivers does so.
    #[cfg(feature = "durable")]
    pub(crate) fn test_mode(&self) -> Option<&TestMode> {
        self.layers().find_map(|layer| layer.test_mode.as_ref())
    }

    /// Returns whether the scopes only provide resources.
    pub(crate) fn is_plain(&self) -> bool {
        !self.mutes_any && self.layers().all(|layer| layer.captures.are_empty())
    }

    pub(crate) fn mutes(&self, receiver: &ReceiverInfo) -> bool {
        let mutes = self.layers().find_map(|layer| layer.mutes(receiver));
        mutes.unwrap_or(false)
    }

    /// Returns the captures that record the signal. A scope that is nested in itself counts once.
    pub(crate) fn captures(&self, signal: &'static SignalInfo) -> Vec<Capture> {
        let mut captures = Vec::new();
        let mut seen = Vec::new();
        for layer in self.layers() {
            let of_layer = layer.captures.of(signal);
            if !of_layer.is_empty() && !seen.contains(&Arc::as_ptr(&layer.captures)) {
                seen.push(Arc::as_ptr(&layer.captures));
                captures.extend(of_layer);
            }
        }
        captures
    }
}

/// The combined contents of the inner frames of a chain.
#[derive(Default)]
struct InnerLayers {
    resources: HashSet<TypeId>,
    muted: HashSet<TypeId>,
    muted_signals: HashSet<&'static SignalInfo>,
    /// Whether one layer has `only`, which decides for every receiver.
    has_only: bool,
    captures: HashSet<*const Captures>,
    #[cfg(feature = "durable")]
    has_test_mode: bool,
}

impl InnerLayers {
    fn add(&mut self, layer: &Layer) {
        self.resources.extend(layer.resources.keys());
        self.muted.extend(&layer.muted);
        self.muted_signals.extend(&layer.muted_signals);
        self.has_only |= layer.only.is_some();
        self.captures.insert(Arc::as_ptr(&layer.captures));
        #[cfg(feature = "durable")]
        {
            self.has_test_mode |= layer.test_mode.is_some();
        }
    }

    /// Returns whether an outer layer has no effect, now or later.
    fn hides(&self, layer: &Arc<Layer>) -> bool {
        let Layer {
            resources,
            muted,
            only,
            muted_signals,
            captures,
            #[cfg(feature = "durable")]
            test_mode,
        } = &**layer;
        #[cfg(feature = "durable")]
        if test_mode.is_some() && !self.has_test_mode {
            return false;
        }
        let mutes_no_more = || {
            only.is_none()
                && muted.iter().all(|receiver| self.muted.contains(receiver))
                && muted_signals
                    .iter()
                    .all(|signal| self.muted_signals.contains(signal))
        };
        // The owner of a `Scope` may add a capture at any time.
        let records_no_more = || {
            let has_no_scope = Arc::strong_count(layer) == 1 && Arc::strong_count(captures) == 1;
            // Pairs with the drop of the last clone, whose owner may have added a capture before.
            fence(Ordering::Acquire);
            self.captures.contains(&Arc::as_ptr(captures)) || has_no_scope && captures.are_empty()
        };
        resources
            .keys()
            .all(|resource| self.resources.contains(resource))
            && (self.has_only || mutes_no_more())
            && records_no_more()
    }
}

impl Drop for Frame {
    /// Drops the outer frames in a loop, since recursion could overflow the stack on a long chain.
    fn drop(&mut self) {
        let mut outer = self.outer.take();
        while let Some(mut frame) = outer.and_then(Arc::into_inner) {
            outer = frame.outer.take();
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").finish_non_exhaustive()
    }
}
