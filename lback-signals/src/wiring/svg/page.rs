//! Where the blocks of the signals are on the page.

use super::super::view::{ReceiverView, SignalView};

/// The heights of the boxes of a signal, and of the others.
pub(super) const SIGNAL: usize = 40;
pub(super) const BOX: usize = 22;
/// How far below a box the next one begins.
pub(super) const STEP: usize = 28;
const BETWEEN_BLOCKS: usize = 28;

/// Where the blocks are.
pub(super) struct Page {
    /// The column and the top of each.
    pub(super) places: Vec<(usize, usize)>,
    pub(super) columns: usize,
    pub(super) height: usize,
}

impl Page {
    pub(super) fn of(signals: &[SignalView<'_>], pitch: usize) -> Self {
        let heights = signals.iter().map(block_height);
        let total: usize = heights.clone().map(|height| height + BETWEEN_BLOCKS).sum();
        // As many as make the width one and a half times the height.
        // The root is that of four times as much, so that its half can be rounded.
        let columns = (6 * total / pitch).isqrt().div_ceil(2).max(1);
        let full = total.div_ceil(columns);
        let (mut column, mut y, mut bottom) = (0, 0, 0);
        let mut places = Vec::with_capacity(signals.len());
        for height in heights {
            if y > 0 && y + height / 2 > full {
                (column, y) = (column + 1, 0);
            }
            places.push((column, y));
            bottom = bottom.max(y + height);
            y += height + BETWEEN_BLOCKS;
        }
        Self {
            places,
            columns: column + 1,
            height: bottom,
        }
    }
}

/// A receiver has a row for each of its resources.
pub(super) fn rows(receiver: &ReceiverView<'_>) -> usize {
    receiver.resources.len().max(1)
}

pub(super) fn rows_height(signal: &SignalView<'_>) -> usize {
    let rows: usize = signal.receivers.iter().map(rows).sum();
    rows.saturating_sub(1) * STEP + BOX
}

fn block_height(signal: &SignalView<'_>) -> usize {
    rows_height(signal).max(SIGNAL)
}
