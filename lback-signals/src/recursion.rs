//! Stops receivers that send each other's signals without end.
//!
//! A thread-local counter holds the depth of nested dispatches. A dispatch beyond [`DEPTH_LIMIT`] is
//! refused and marks the thread as stopped. Each enclosing dispatch reads the mark when its current
//! receiver returns: it adds that receiver to the chain and calls no further one. The outermost
//! dispatch clears the mark.
//!
//! The depth limit alone would end a chain of receivers but not a tree: two receivers that each send
//! again would still make 2⁶⁴ dispatches.

mod breadth;

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::mem;

use self::breadth::BREADTH_LIMIT;
pub(crate) use self::breadth::Breadth;
use crate::info::ReceiverInfo;

/// The maximum depth of nested dispatches on one thread.
///
/// It exceeds the depth of any intended chain, and 64 dispatches need little of a 2 MiB stack.
pub(crate) const DEPTH_LIMIT: u32 = 64;

/// Flag in the depth counter that is set while this thread is in a scope. With it in the same word, one
/// comparison finds both reasons for the slow path.
const IN_SCOPE: u32 = 1 << 31;

thread_local! {
    /// The depth of nested dispatches on this thread, with the flag `IN_SCOPE`.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Set from the refusal of a dispatch until the outermost one has ended.
    static STOPPED: Cell<bool> = const { Cell::new(false) };
    /// Whether a dispatch was refused because of [`BREADTH_LIMIT`], and not because of its depth.
    static EXCEEDS_BREADTH: Cell<bool> = const { Cell::new(false) };
    /// The receivers that were running when a dispatch was refused, innermost first.
    static CHAIN: RefCell<Vec<&'static ReceiverInfo>> = const { RefCell::new(Vec::new()) };
}

/// The depth of a running dispatch, starting at 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level(u32);

impl Level {
    /// Enters a dispatch on the fast path. Returns `None` if the depth limit is reached, the thread is
    /// stopped or the thread is in a scope.
    #[inline]
    pub(crate) fn enter_fast_path() -> Option<Self> {
        let depth = DEPTH.get();
        if depth >= DEPTH_LIMIT {
            return None;
        }
        DEPTH.set(depth + 1);
        Some(Self(depth))
    }

    /// Enters a dispatch, in a scope or not. Returns `None` if the depth limit is reached or the thread is
    /// stopped.
    pub(crate) fn enter() -> Option<Self> {
        let depth = DEPTH.get();
        if depth & !IN_SCOPE >= DEPTH_LIMIT {
            return None;
        }
        DEPTH.set(depth + 1);
        Some(Self(depth))
    }

    #[inline]
    pub(crate) fn leave(self) {
        DEPTH.set(self.0);
    }

    /// Leaves a dispatch that ended or was stopped.
    pub(crate) fn end(self) {
        if is_stopped() {
            self.leave_stopped();
        } else {
            self.leave();
        }
    }

    /// Leaves a level without receivers. Returns the recursion that was stopped inside it, unless an
    /// enclosing dispatch reports it.
    pub(crate) fn end_without_receivers(self) -> Option<Recursion> {
        let is_unreported = is_stopped() && self.is_outermost();
        let recursion = is_unreported.then(|| {
            let chain = CHAIN.try_with(RefCell::take).unwrap_or_default();
            Recursion::of(&chain)
        });
        self.end();
        recursion
    }

    pub(crate) fn is_outermost(self) -> bool {
        self.depth() == 0
    }

    /// Returns the number of enclosing dispatches.
    fn depth(self) -> u32 {
        self.0 & !IN_SCOPE
    }

    /// Leaves a dispatch in which a nested one was refused.
    fn leave_stopped(self) {
        if self.is_outermost() {
            self.leave();
            STOPPED.set(false);
            EXCEEDS_BREADTH.set(false);
            let _ = CHAIN.try_with(RefCell::take);
        }
        // Otherwise the depth stays at the limit, so that further sends are refused during the unwinding.
    }
}

/// The recursion of this thread, set aside while other code runs as if it were outside of any dispatch.
pub(crate) struct SetAside {
    depth: u32,
    is_stopped: bool,
    exceeds_breadth: bool,
    chain: Vec<&'static ReceiverInfo>,
}

impl SetAside {
    pub(crate) fn new() -> Self {
        Self {
            depth: DEPTH.replace(DEPTH.get() & IN_SCOPE),
            is_stopped: STOPPED.replace(false),
            exceeds_breadth: EXCEEDS_BREADTH.replace(false),
            chain: CHAIN.try_with(RefCell::take).unwrap_or_default(),
        }
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        DEPTH.set(self.depth);
        STOPPED.set(self.is_stopped);
        EXCEEDS_BREADTH.set(self.exceeds_breadth);
        let chain = mem::take(&mut self.chain);
        let _ = CHAIN.try_with(|it| it.replace(chain));
    }
}

/// Sets whether this thread is in a scope.
pub(crate) fn set_in_scope(is_in_scope: bool) {
    let depth = DEPTH.get() & !IN_SCOPE;
    DEPTH.set(if is_in_scope { depth | IN_SCOPE } else { depth });
}

#[inline]
pub(crate) fn is_in_scope() -> bool {
    DEPTH.get() & IN_SCOPE != 0
}

/// Returns whether this thread would refuse a dispatch.
pub(crate) fn is_at_limit() -> bool {
    DEPTH.get() & !IN_SCOPE >= DEPTH_LIMIT
}

/// Returns whether a nested dispatch was refused and the outermost one has not ended yet.
#[inline]
pub(crate) fn is_stopped() -> bool {
    STOPPED.get()
}

/// Marks the thread as stopped. `first_receiver` is the first receiver of the refused dispatch.
pub(crate) fn refuse(first_receiver: &'static ReceiverInfo) -> Recursion {
    if STOPPED.replace(true) {
        return Recursion::of(&[first_receiver]);
    }
    extend_chain(first_receiver)
}

/// Makes this thread refuse every dispatch until the outermost one has ended.
fn refuse_all() {
    EXCEEDS_BREADTH.set(true);
    DEPTH.set(DEPTH.get() & IN_SCOPE | DEPTH_LIMIT);
}

/// Adds the receiver that was running when a nested dispatch was refused to the chain.
pub(crate) fn extend_chain(running: &'static ReceiverInfo) -> Recursion {
    CHAIN
        .try_with(|chain| {
            chain.borrow_mut().push(running);
            Recursion::of(&chain.borrow())
        })
        // The thread is ending and has dropped the chain: report the known receiver.
        .unwrap_or_else(|_| Recursion::of(&[running]))
}

/// A chain of receivers that sent each other's signals until a limit was reached.
///
/// `Display` names each receiver of the chain once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recursion {
    chain: Box<[&'static ReceiverInfo]>,
    exceeds_breadth: bool,
}

impl Recursion {
    fn of(innermost_first: &[&'static ReceiverInfo]) -> Self {
        Self {
            chain: innermost_first.iter().rev().copied().collect(),
            exceeds_breadth: EXCEEDS_BREADTH.get(),
        }
    }

    /// Returns the nested receivers, from the dispatch that reports the recursion inwards.
    ///
    /// The last receiver was not called: its signal was sent beyond the limit, or while the chain was
    /// being stopped.
    #[must_use]
    pub fn chain(&self) -> &[&'static ReceiverInfo] {
        &self.chain
    }
}

impl fmt::Display for Recursion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exceeds_breadth {
            write!(
                f,
                "more than {BREADTH_LIMIT} signals were being sent at once: "
            )?;
        } else {
            write!(f, "signals were sent {DEPTH_LIMIT} deep: ")?;
        }
        for (hop, receiver) in self.chain.iter().enumerate() {
            if hop > 0 {
                f.write_str(" → ")?;
            }
            write!(f, "{} ({})", receiver.signal().name(), receiver.id())?;
            if self.chain[..hop].contains(receiver) {
                return f.write_str(" → …");
            }
        }
        Ok(())
    }
}

impl Error for Recursion {}
