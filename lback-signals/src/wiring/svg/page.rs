//! The positions of the blocks of signals on the page.

use super::super::view::{ReceiverView, SignalView};

/// The heights of the boxes of signals and of durable signals, which have a third line, and of other boxes.
const SIGNAL: usize = 40;
const DURABLE_SIGNAL: usize = 54;
pub(super) const BOX: usize = 22;
/// The distance between the tops of two boxes.
pub(super) const STEP: usize = 28;
const BETWEEN_BLOCKS: usize = 28;

/// The positions of the blocks.
pub(super) struct Page {
    /// The column and the top of each block.
    pub(super) positions: Vec<(usize, usize)>,
    pub(super) columns: usize,
    pub(super) height: usize,
}

impl Page {
    pub(super) fn of(signals: &[SignalView<'_>], pitch: usize) -> Self {
        let heights = signals.iter().map(block_height);
        let total: usize = heights.clone().map(|height| height + BETWEEN_BLOCKS).sum();
        // Makes the width one and a half times the height. It is the root of four times the square, so that
        // half of it can be rounded up.
        let columns = (6 * total / pitch).isqrt().div_ceil(2).max(1);
        let full = total.div_ceil(columns);
        let (mut column, mut y, mut bottom) = (0, 0, 0);
        let mut positions = Vec::with_capacity(signals.len());
        for height in heights {
            if y > 0 && y + height / 2 > full {
                (column, y) = (column + 1, 0);
            }
            positions.push((column, y));
            bottom = bottom.max(y + height);
            y += height + BETWEEN_BLOCKS;
        }
        Self {
            positions,
            columns: column + 1,
            height: bottom,
        }
    }
}

/// Returns the number of rows of a receiver: one per resource.
pub(super) fn rows(receiver: &ReceiverView<'_>) -> usize {
    receiver.resources.len().max(1)
}

pub(super) fn rows_height(signal: &SignalView<'_>) -> usize {
    let rows: usize = signal.receivers.iter().map(rows).sum();
    rows.saturating_sub(1) * STEP + BOX
}

pub(super) fn signal_height(signal: &SignalView<'_>) -> usize {
    if signal.durable.is_some() {
        DURABLE_SIGNAL
    } else {
        SIGNAL
    }
}

fn block_height(signal: &SignalView<'_>) -> usize {
    rows_height(signal).max(signal_height(signal))
}
