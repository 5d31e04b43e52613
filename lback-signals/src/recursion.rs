//! Receivers may send, so dispatches nest. This ends them when they nest without end.
//!
//! A thread-local number counts the running dispatches. The one that would be one too deep is
//! refused and marks the thread as stopped. Every enclosing dispatch sees the mark
//! when the receiver it is in returns, adds that receiver to the chain, calls no other, and so on
//! outwards; the outermost clears the mark. A limit alone would end a chain of receivers but not a
//! tree: two receivers that each send again would still make 2⁶⁴ dispatches.

mod breadth;

use std::cell::{Cell, RefCell};
use std::fmt;

use self::breadth::BREADTH_LIMIT;
pub(crate) use self::breadth::Breadth;
use crate::info::ReceiverInfo;

/// How deep dispatches may nest on one thread.
///
/// Deep enough for any chain of reactions that is meant, and far from the end of a 2 MiB stack.
pub(crate) const DEPTH_LIMIT: u32 = 64;

/// Set beside the depth while a scope holds on this thread: so one comparison tells that a dispatch
/// needs more care, for whichever reason.
const IN_SCOPE: u32 = 1 << 31;

thread_local! {
    /// How many dispatches are running on this thread, one inside the other; with `IN_SCOPE`.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Set from the refusal of a dispatch until the outermost one has ended.
    static STOPPED: Cell<bool> = const { Cell::new(false) };
    /// Whether it was refused since too many were running, and not since it was too deep.
    static TOO_MANY: Cell<bool> = const { Cell::new(false) };
    /// The receivers that were running when a dispatch was refused, innermost first.
    static CHAIN: RefCell<Vec<&'static ReceiverInfo>> = const { RefCell::new(Vec::new()) };
}

/// The place of a running dispatch among those around it, from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level(u32);

impl Level {
    /// Enters a dispatch; `None` if it would be too deep, or the thread is being stopped, or a
    /// scope holds.
    #[inline]
    pub(crate) fn enter() -> Option<Self> {
        let depth = DEPTH.get();
        if depth >= DEPTH_LIMIT {
            return None;
        }
        DEPTH.set(depth + 1);
        Some(Self(depth))
    }

    /// The same, whether a scope holds or not.
    pub(crate) fn enter_in_scope() -> Option<Self> {
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

    /// Leaves a dispatch that came to an end, or was brought to it.
    pub(crate) fn end(self) {
        if is_stopped() {
            self.leave_stopped();
        } else {
            self.leave();
        }
    }

    /// Leaves a level that has no receivers. Returns the recursion that was stopped inside it if no
    /// dispatch around it reports that.
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

    /// How many others it is inside of.
    fn depth(self) -> u32 {
        self.0 & !IN_SCOPE
    }

    /// Leaves a dispatch inside which one was refused.
    fn leave_stopped(self) {
        if self.is_outermost() {
            self.leave();
            STOPPED.set(false);
            TOO_MANY.set(false);
            let _ = CHAIN.try_with(RefCell::take);
        }
        // Else the depth stays at the limit: what a receiver on the way out sends is refused too.
    }
}

/// Says whether a scope holds on this thread.
pub(crate) fn set_in_scope(is_in_scope: bool) {
    let depth = DEPTH.get() & !IN_SCOPE;
    DEPTH.set(if is_in_scope { depth | IN_SCOPE } else { depth });
}

#[inline]
pub(crate) fn is_in_scope() -> bool {
    DEPTH.get() & IN_SCOPE != 0
}

/// Whether a dispatch inside the running one was refused.
#[inline]
pub(crate) fn is_stopped() -> bool {
    STOPPED.get()
}

/// Marks the thread as stopped, in the name of the dispatch that was refused.
pub(crate) fn refuse(first_receiver: &'static ReceiverInfo) -> Recursion {
    if STOPPED.replace(true) {
        return Recursion::of(&[first_receiver]);
    }
    extend_chain(first_receiver)
}

/// Makes this thread refuse any dispatch, until the outermost has ended.
fn exhaust() {
    TOO_MANY.set(true);
    DEPTH.set(DEPTH.get() & IN_SCOPE | DEPTH_LIMIT);
}

/// Adds the receiver that was running to the chain, on the way out.
pub(crate) fn extend_chain(running: &'static ReceiverInfo) -> Recursion {
    CHAIN
        .try_with(|chain| {
            chain.borrow_mut().push(running);
            Recursion::of(&chain.borrow())
        })
        // The thread is ending and has dropped the chain: name what is known.
        .unwrap_or_else(|_| Recursion::of(&[running]))
}

/// A chain of receivers that send each other's signals without end.
///
/// Its `Display` names each hop once.
#[derive(Debug)]
pub struct Recursion {
    chain: Box<[&'static ReceiverInfo]>,
    is_broad: bool,
}

impl Recursion {
    fn of(innermost_first: &[&'static ReceiverInfo]) -> Self {
        Self {
            chain: innermost_first.iter().rev().copied().collect(),
            is_broad: TOO_MANY.get(),
        }
    }

    /// The receivers that were running inside each other, from the dispatch that reports this
    /// inwards. The last one was not called: its signal was sent one level too deep, or while a
    /// chain was being stopped.
    #[must_use]
    pub fn chain(&self) -> &[&'static ReceiverInfo] {
        &self.chain
    }
}

impl fmt::Display for Recursion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_broad {
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
            let seen_before = self.chain[..hop]
                .iter()
                .any(|earlier| std::ptr::eq(*earlier, *receiver));
            if seen_before {
                return f.write_str(" → …");
            }
        }
        Ok(())
    }
}
