//! What a scope holds, and what it is inside of.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::iter;
use std::ptr;
use std::sync::{Arc, PoisonError, RwLock};

use super::capture::Capture;
use crate::quiet::DroppedQuietly;
use crate::receiver_info::ReceiverInfo;
use crate::signal_info::SignalInfo;

/// The contents of one scope.
#[derive(Clone, Default)]
pub(crate) struct Layer {
    /// A `DroppedQuietly<Arc<T>>` each, by its `T`.
    resources: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// Receivers, by the types of their function items.
    muted: Vec<TypeId>,
    only: Option<Vec<TypeId>>,
    muted_signals: Vec<&'static SignalInfo>,
    /// Shared, and locked no longer than it takes to read them: records begin while it is in use.
    pub(super) captures: Arc<RwLock<Vec<Capture>>>,
}

impl Layer {
    pub(super) fn provide<T: ?Sized + Send + Sync + 'static>(&mut self, resource: Arc<T>) {
        let resource = Arc::new(DroppedQuietly::new(resource));
        self.resources.insert(TypeId::of::<T>(), resource);
    }

    pub(super) fn mute(&mut self, receiver: TypeId) {
        self.muted.push(receiver);
    }

    pub(super) fn only(&mut self, receiver: TypeId) {
        self.only.get_or_insert_default().push(receiver);
    }

    pub(super) fn mute_signal(&mut self, signal: &'static SignalInfo) {
        self.muted_signals.push(signal);
    }

    fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&Arc<T>> {
        let resource = self.resources.get(&TypeId::of::<T>())?;
        let resource = resource.downcast_ref::<DroppedQuietly<Arc<T>>>()?;
        Some(resource.get())
    }

    /// Whether it mutes the receiver; `None` if it says nothing of it.
    fn mutes(&self, receiver: &ReceiverInfo) -> Option<bool> {
        let mut muted_signals = self.muted_signals.iter();
        if muted_signals.any(|signal| ptr::eq(*signal, receiver.signal())) {
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

/// A scope that holds, inside those that held already.
pub(crate) struct Frame {
    layer: Arc<Layer>,
    outer: Option<Arc<Frame>>,
}

impl Frame {
    pub(super) fn new(layer: Arc<Layer>, outer: Option<Arc<Self>>) -> Self {
        Self { layer, outer }
    }

    /// The layers, from the innermost outwards.
    fn layers(&self) -> impl Iterator<Item = &Layer> {
        let frames = iter::successors(Some(self), |frame| frame.outer.as_deref());
        frames.map(|frame| &*frame.layer)
    }

    pub(crate) fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&Arc<T>> {
        self.layers().find_map(Layer::resource)
    }

    pub(crate) fn mutes(&self, receiver: &ReceiverInfo) -> bool {
        let mutes = self.layers().find_map(|layer| layer.mutes(receiver));
        mutes.unwrap_or(false)
    }

    /// Those that record the signal; once, where a scope is inside itself.
    pub(crate) fn captures(&self, signal: &'static SignalInfo) -> Vec<Capture> {
        let mut captures = Vec::new();
        for (depth, layer) in self.layers().enumerate() {
            let mut inner = self.layers().take(depth);
            if inner.any(|inner| Arc::ptr_eq(&inner.captures, &layer.captures)) {
                continue;
            }
            let all = layer.captures.read();
            let all = all.unwrap_or_else(PoisonError::into_inner);
            let of_signal = all.iter().filter(|capture| capture.records(signal));
            captures.extend(of_signal.cloned());
        }
        captures
    }
}

impl Drop for Frame {
    /// One after the other: a chain of jobs that each begin the next one may be long.
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
