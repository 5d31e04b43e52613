//! Reads the records of signals and receivers.

use lback_signals::__private::tool::BackoffView;
use lback_signals::Phase;

use crate::cursor::{Cursor, Result};

/// A record.
#[derive(Clone, Debug)]
pub(crate) enum Record<'d> {
    /// A signal.
    Signal(Item, Box<Signal<'d>>),
    /// A receiver of one signal.
    Receiver(Item, Box<Receiver<'d>>),
    /// The stored name of a removed durable receiver.
    Retired(Item, &'d str),
    /// A kind of a later release.
    Unknown,
}

/// The place of an item in the sources.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The path of the signal's type or of the receiver: `shop::mail::send_receipt`.
    pub(crate) path: String,
    /// The length of the path of its module.
    pub(crate) module: usize,
    /// The line of its attribute.
    pub(crate) line: u32,
}

/// A signal.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent options of the attribute"
)]
#[derive(Clone, Debug)]
pub(crate) struct Signal<'d> {
    pub(crate) name: &'d str,
    pub(crate) is_async: bool,
    pub(crate) is_owned: bool,
    pub(crate) is_required: bool,
    pub(crate) is_named: bool,
    pub(crate) reply: Option<&'d str>,
    pub(crate) fields: Vec<Field<'d>>,
    pub(crate) durable: Option<DurableSignal<'d>>,
}

/// A field of a signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'d> {
    pub(crate) name: &'d str,
    pub(crate) type_name: &'d str,
    pub(crate) is_sender: bool,
}

/// The `durable(…)` of a signal.
#[derive(Clone, Debug)]
pub(crate) struct DurableSignal<'d> {
    pub(crate) name: &'d str,
    pub(crate) version: u32,
    pub(crate) oldest_version: u32,
    pub(crate) was: Vec<&'d str>,
    pub(crate) key: Option<&'d str>,
    pub(crate) keep_ms: Option<u64>,
}

/// A receiver of one signal.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent options of the attribute"
)]
#[derive(Clone, Debug)]
pub(crate) struct Receiver<'d> {
    /// The path of the signal's type.
    pub(crate) signal: &'d str,
    pub(crate) phase: Phase,
    pub(crate) is_async: bool,
    pub(crate) is_background: bool,
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
    pub(crate) fulfills: bool,
    pub(crate) of_program: bool,
    pub(crate) resources: Vec<Resource<'d>>,
    pub(crate) before: Vec<&'d str>,
    pub(crate) after: Vec<&'d str>,
    pub(crate) durable: Option<DurableReceiver<'d>>,
}

/// The type of a resource, as the parameter spells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resource<'d> {
    pub(crate) type_name: &'d str,
    pub(crate) is_optional: bool,
}

/// The `durable(…)` of a receiver.
#[derive(Clone, Debug)]
pub(crate) struct DurableReceiver<'d> {
    pub(crate) name: &'d str,
    pub(crate) was: Vec<&'d str>,
    pub(crate) attempts: u32,
    pub(crate) backoff: BackoffView,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) concurrency: u32,
    pub(crate) is_ordered: bool,
    pub(crate) blocks: bool,
}

impl<'d> Record<'d> {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with it.
    pub(crate) fn read(cursor: &mut Cursor<'d>) -> Result<Self> {
        let kind = cursor.byte()?;
        if !(1..=3).contains(&kind) {
            return Ok(Self::Unknown);
        }
        let [_package, _version, module, name] = [
            cursor.text()?,
            cursor.text()?,
            cursor.text()?,
            cursor.text()?,
        ];
        let line = cursor.text()?.parse();
        let item = Item {
            path: format!("{module}::{name}"),
            module: module.len(),
            line: line.map_err(|_| "its line is not a number")?,
        };
        if module.is_empty() || name.is_empty() {
            return Err("its name is empty");
        }
        let record = match kind {
            1 => Self::Signal(item, Box::new(Signal::read(cursor)?)),
            2 => Self::Receiver(item, Box::new(Receiver::read(cursor)?)),
            _ => Self::Retired(item, name),
        };
        cursor.end()?;
        Ok(record)
    }
}

/// Returns whether a flag is set.
fn has(flags: u8, flag: u8) -> bool {
    flags & flag != 0
}

impl<'d> Signal<'d> {
    fn read(cursor: &mut Cursor<'d>) -> Result<Self> {
        let flags = cursor.byte()?;
        let name = cursor.text()?;
        let reply = if has(flags, 8) {
            Some(cursor.text()?)
        } else {
            None
        };
        let before = cursor.rest();
        let fields = cursor.list(Field::read)?;
        let spelled = &before[..before.len() - cursor.rest().len()];
        if cursor.bytes(8)? != fnv1a(spelled).to_le_bytes() {
            return Err("its fields differ from their hash");
        }
        let durable = if has(flags, 16) {
            Some(DurableSignal::read(cursor)?)
        } else {
            None
        };
        Ok(Self {
            name,
            is_async: has(flags, 1),
            is_owned: has(flags, 2),
            is_required: has(flags, 4),
            is_named: has(flags, 32),
            reply,
            fields,
            durable,
        })
    }
}

impl<'d> Field<'d> {
    fn read(cursor: &mut Cursor<'d>) -> Result<Self> {
        let is_sender = cursor.byte()? == 2;
        Ok(Self {
            name: cursor.text()?,
            type_name: cursor.text()?,
            is_sender,
        })
    }
}

impl<'d> DurableSignal<'d> {
    fn read(cursor: &mut Cursor<'d>) -> Result<Self> {
        Ok(Self {
            name: cursor.text()?,
            version: cursor.number()?,
            oldest_version: cursor.number()?,
            was: cursor.list(Cursor::text)?,
            key: Some(cursor.text()?).filter(|key| !key.is_empty()),
            keep_ms: Some(cursor.integer()?).filter(|keep| *keep != 0),
        })
    }
}

impl<'d> Receiver<'d> {
    fn read(cursor: &mut Cursor<'d>) -> Result<Self> {
        let phase = match cursor.byte()? {
            0 => Phase::Now,
            1 => Phase::Concurrent,
            2 => Phase::Background,
            3 => Phase::AfterCommit,
            4 => Phase::AfterRollback,
            5 => Phase::Durable,
            _ => return Err("its phase is not known"),
        };
        let flags = cursor.byte()?;
        let parameters = cursor.list(|cursor| Ok((cursor.byte()?, cursor.text()?)))?;
        let (before, after) = if has(flags, 64) {
            (cursor.list(Cursor::text)?, cursor.list(Cursor::text)?)
        } else {
            (Vec::new(), Vec::new())
        };
        let durable = if phase == Phase::Durable {
            Some(DurableReceiver::read(cursor)?)
        } else {
            None
        };
        cursor.align()?;
        Ok(Self {
            signal: cursor.text()?,
            phase,
            is_async: has(flags, 1),
            is_background: has(flags, 2),
            is_first: has(flags, 4),
            is_last: has(flags, 8),
            fulfills: has(flags, 16),
            of_program: has(flags, 32),
            resources: parameters.into_iter().filter_map(Resource::of).collect(),
            before,
            after,
            durable,
        })
    }
}

impl<'d> Resource<'d> {
    /// Returns the resource of a parameter: `Res<'_, T>` or `Option<Res<'_, T>>`. Other parameters take none.
    fn of((kind, type_name): (u8, &'d str)) -> Option<Self> {
        matches!(kind, 1 | 2).then_some(Self {
            type_name,
            is_optional: kind == 2,
        })
    }
}

impl<'d> DurableReceiver<'d> {
    fn read(cursor: &mut Cursor<'d>) -> Result<Self> {
        let name = cursor.text()?;
        let was = cursor.list(Cursor::text)?;
        let attempts = cursor.number()?;
        let backoff = BackoffView {
            first_ms: cursor.integer()?,
            max_ms: cursor.integer()?,
        };
        let timeout_ms = Some(cursor.integer()?).filter(|timeout| *timeout != 0);
        let concurrency = cursor.number()?;
        let flags = cursor.byte()?;
        Ok(Self {
            name,
            was,
            attempts,
            backoff,
            timeout_ms,
            concurrency,
            is_ordered: has(flags, 1),
            blocks: has(flags, 2),
        })
    }
}

/// Returns the hash FNV-1a of 64 bits.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
