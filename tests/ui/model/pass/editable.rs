#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

//! The receivers of a model may edit it.

use std::fmt::Error;

use lback_signals::{Draft, Model, ModelSignal, Report, SentBy, Signal, Transaction, receiver};

/// Written by an author.
#[derive(Clone, Model)]
#[model(
    name = "entry",
    editable,
    signals(owned, pre_save, post_save, pre_delete)
)]
pub struct Entry {
    /// Its id.
    #[model(id)]
    pub id: Option<u32>,
    /// Its words.
    pub words: Vec<String>,
}

#[receiver(signal = EntryPreSave)]
fn add(event: &EntryPreSave<'_>, entry: SentBy<'_, Entry>) {
    let earlier = &event.entry.words;
    let created = event.created;
    let count = event.entry.edit(|entry| {
        entry.words.push(created.to_string());
        entry.words.len()
    });
    assert_eq!((earlier.len() + 1, entry.words.len() + 1), (count, count));
}

#[receiver(signal = [EntryPreSave, EntryPostSave, EntryPreDelete], last)]
fn count<S: ModelSignal<Model = Entry>>(event: &S) -> Result<(), TooMany> {
    match event.model().words.len() {
        0..=3 => Ok(()),
        count => Err(TooMany(count)),
    }
}

#[derive(Debug)]
struct TooMany(usize);

impl std::fmt::Display for TooMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} words", self.0)
    }
}

impl std::error::Error for TooMany {}

#[receiver(signal = EntryPostSave, after_commit)]
fn index(event: &EntryPostSave<'_>) {
    assert_eq!(event.entry.words.first().map(String::as_str), Some("true"));
}

/// Words that cannot be a field of the signals.
mod words {
    use lback_signals::{Model, receiver};

    #[derive(Clone, Model)]
    #[model(signals(pre_save), editable)]
    pub(super) struct Crate {
        #[model(id)]
        pub(super) id: u32,
    }

    #[receiver(signal = CratePreSave)]
    fn number(event: &CratePreSave<'_>) {
        event.crate_.edit(|it| it.id += 1);
    }

    #[derive(Clone, Model)]
    #[model(signals(pre_save), editable)]
    pub(super) struct r#Match(#[model(id)] pub(super) u32);
}

macro_rules! model {
    ($name:ident($id:ty), $signal:ident) => {
        #[derive(Clone, Model)]
        #[model(signals(pre_save), editable, crate = ::lback_signals)]
        struct $name {
            #[model(id)]
            id: $id,
        }

        #[receiver(signal = $signal)]
        fn from_a_macro(event: &$signal<'_>) {
            event.from_a_macro.edit(|it| it.id = 7);
        }
    };
}

model!(FromAMacro(i64), FromAMacroPreSave);

fn is_send<T: Send>(value: T) -> T {
    value
}

fn main() {
    let info = EntryPreSave::info();
    assert!(!info.is_owned() && EntryPostSave::info().is_owned());
    let fields: Vec<_> = info
        .fields()
        .iter()
        .map(|it| (it.name(), it.type_name()))
        .collect();
    assert_eq!(fields, [("entry", "Draft<'a, Entry>"), ("created", "bool")]);
    assert_eq!(
        (info.sender_model(), info.sender().map(|it| it.name())),
        (Some("entry"), Some("entry"))
    );

    let mut entry = Entry {
        id: None,
        words: Vec::new(),
    };
    let transaction = Transaction::new();
    let report: Report = transaction.run(|| {
        entry
            .create_with(|entry| {
                assert_eq!(entry.words, ["true"]);
                entry.id = Some(7);
                Ok::<(), Error>(())
            })
            .unwrap_or_default();
        let updated = entry.update_with(|entry: &Entry| Ok::<_, Error>(entry.words.join(" ")));
        assert_eq!(updated.unwrap_or_default(), "true false");
        let updated =
            is_send(entry.update_with_async(async |entry| Ok::<_, Error>(entry.words.len())));
        drop(updated); // before its first poll, so it edits nothing
        let created =
            is_send(entry.create_with_async(async |entry| Ok::<_, Error>(entry.words.len())));
        drop(created);
        assert_eq!(entry.words, ["true", "false"]);
        EntryPreSave {
            entry: Draft::new(&entry),
            created: false,
        }
        .send()
    });
    assert!(report.is_ok());
    let entry_to_delete: &Entry = &entry;
    assert!(entry_to_delete.delete_with(|_| Ok::<_, Error>(())).is_ok());
    assert_eq!(transaction.commit().delivered(), 2);

    let mut it = words::Crate { id: 1 };
    assert_eq!(
        it.update_with(|it| Ok::<_, Error>(it.id))
            .unwrap_or_default(),
        2
    );
    let mut it = words::r#Match(1);
    assert!(it.update_with(|it| Ok::<_, Error>(it.0)).is_ok());
    let signal = words::MatchPreSave {
        r#match: Draft::new(&it),
        created: false,
    };
    assert_eq!(
        (Draft::into_edited(signal.r#match).map(|it| it.0), it.0),
        (None, 1)
    );
    let mut it = FromAMacro { id: 1 };
    assert_eq!(
        it.create_with(|it| Ok::<_, Error>(it.id))
            .unwrap_or_default(),
        7
    );
}
