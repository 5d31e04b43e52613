#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

//! The signals of a model can be kept.

use lback_signals::{Model, ModelSignal, Signal, Transaction, receiver};

/// Written by an author.
#[derive(Clone, Model)]
#[model(name = "entry", signals(owned, pre_save, post_delete))]
pub struct Entry {
    /// Its id.
    #[model(id)]
    pub id: u32,
}

#[receiver(signal = EntryPreSave)]
fn check(event: &EntryPreSave<'_>) -> Result<(), &'static str> {
    if event.entry.id == 0 { Err("no id") } else { Ok(()) }
}

#[receiver(signal = [EntryPreSave, EntryPostDelete], after_commit)]
fn index<S: ModelSignal>(event: &S) {
    assert_eq!(event.model().model_id().as_deref(), Some("7"));
}

fn main() {
    assert!(EntryPreSave::info().is_owned() && EntryPostDelete::info().is_owned());
    let transaction = Transaction::new();
    transaction.run(|| {
        let save = |id| Entry { id }.create_with(|_| Ok::<(), ()>(())).is_ok();
        assert!(save(7) && !save(0));
        Entry { id: 7 }.delete_with(|_| Ok::<(), ()>(())).unwrap_or_default();
    });
    let report = transaction.commit();
    assert_eq!((report.delivered(), report.failures().len()), (2, 0));
}
