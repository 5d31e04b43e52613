#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

//! Any struct with a field that can be shown can be a model.

use std::borrow::Cow;
use std::fmt::Error;

use lback_signals::{Model, ModelEvent, ModelSignal, Signal, receiver};

/// A model that others can see.
#[derive(Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete))]
pub struct HTMLPage(
    /// Its id.
    #[model(id)]
    pub u8,
);

#[derive(Model)]
struct WithoutSignals<'a> {
    #[model(id)]
    id: Option<Cow<'a, str>>,
}

#[derive(Model)]
struct Generic<Id, Body: ?Sized, const N: usize>
where
    Body: Send,
{
    #[model(id)]
    id: Option<Id>,
    sizes: [u8; N],
    body: Body,
}

struct NotDisplay;

#[derive(Model)]
#[model(name = "old", signals(post_save, pre_delete))]
#[deprecated]
struct Old {
    #[model(id)]
    #[deprecated]
    id: String,
}

#[derive(Model)]
#[model(no = "rules")]
#[cfg(any())]
struct NotThere;

#[derive(Model)]
#[cfg(all())]
#[model(signals(pre_save))]
#[cfg_attr(all(), model(name = "there"))]
struct There {
    #[cfg_attr(all(), model(id))]
    id: u32,
    #[cfg(any())]
    #[model(id)]
    other: u32,
}

/// Words that cannot be, or already are, a field of the signals.
mod words {
    use lback_signals::Model;

    #[derive(Model)]
    #[model(signals(post_save))]
    pub(super) struct r#Match {
        #[model(id)]
        pub(super) r#type: u32,
    }

    #[derive(Model)]
    #[model(signals(post_save))]
    pub(super) struct Crate {
        #[model(id)]
        pub(super) id: u32,
    }

    #[derive(Model)]
    #[model(signals(post_save))]
    pub(super) struct Created {
        #[model(id)]
        pub(super) id: u32,
    }

    #[derive(Model)]
    #[model(signals(post_save))]
    pub(in crate::words) struct T(#[model(id)] u32);

    pub(super) fn save_t() {
        use lback_signals::receiver;

        #[receiver(signal = TPostSave)]
        fn check(event: &TPostSave<'_>) {
            assert_eq!(event.t.model_id().as_deref(), Some("3"));
        }

        assert!(T(3).create_with(|_| Ok::<(), ()>(())).is_ok());
    }
}

macro_rules! model {
    ($name:ident($id:ty), $signal:ident) => {
        #[derive(Model)]
        #[model(signals(post_save), crate = ::lback_signals)]
        struct $name {
            #[model(id)]
            id: $id,
        }

        #[receiver(signal = $signal)]
        fn from_a_macro(event: &$signal<'_>) {
            assert!(event.created);
        }
    };
}

model!(FromAMacro(Option<i64>), FromAMacroPostSave);

#[receiver(signal = [
    HTMLPagePreSave, HTMLPagePostSave, HTMLPagePreDelete, HTMLPagePostDelete,
])]
fn any<S: ModelSignal<Model = HTMLPage>>(event: &S) -> Result<(), String> {
    let is_saved = matches!(S::event(), ModelEvent::PreSave | ModelEvent::PostSave);
    assert_eq!(event.created(), is_saved.then_some(true));
    assert!(std::ptr::eq(event.model(), event.sender()));
    match event.model().0 {
        0 => Err(S::info().name().to_owned()),
        _ => Ok(()),
    }
}

fn name<M: Model + ?Sized>(model: &M) -> (&'static str, Option<String>) {
    (model.model_name(), model.model_id())
}

fn some(id: &str) -> Option<String> {
    Some(id.to_owned())
}

#[allow(deprecated)]
fn main() {
    assert_eq!(name(&HTMLPage(7)), ("html_page", some("7")));
    assert_eq!(HTMLPagePreSave::info().name(), "html_page_pre_save");
    let fields: Vec<_> = HTMLPagePostSave::info()
        .fields()
        .iter()
        .map(|field| field.name())
        .collect();
    assert_eq!(fields, ["html_page", "created"]);
    assert_eq!(HTMLPagePostDelete::info().fields().len(), 1);
    let veto = HTMLPage(0).delete_with(|_| Ok::<_, Error>(())).unwrap_err();
    assert!(veto.to_string().ends_with("html_page_pre_delete"));
    assert_eq!(
        HTMLPage(1)
            .create_with(|page| Ok::<_, Error>(page.0))
            .unwrap(),
        1
    );
    let copy = HTMLPagePreDelete {
        html_page: &HTMLPage(1),
    };
    assert!(copy.send().is_ok() && copy.send().is_ok());

    assert_eq!(
        name(&WithoutSignals {
            id: Some("a".into())
        }),
        ("without_signals", some("a"))
    );
    let generic: &Generic<u8, [NotDisplay], 1> = &Generic {
        id: Some(7),
        sizes: [0],
        body: [NotDisplay],
    };
    assert_eq!(name(generic), ("generic", some("7")));
    assert_eq!((generic.sizes.len(), generic.body.len()), (1, 1));

    let old = Old { id: "1".to_owned() };
    assert_eq!(name(&old), ("old", some("1")));
    assert_eq!(OldPostSave::info().name(), "old_post_save");
    assert!(old.delete_with(|_| Ok::<_, Error>(())).is_ok());
    assert!(
        OldPostSave {
            old: &old,
            created: true
        }
        .send()
        .is_ok()
    );

    assert_eq!(name(&There { id: 1 }), ("there", some("1")));
    let mut there = There { id: 0 };
    let created = there.create_with(|there| {
        there.id = 8;
        Err::<(), _>(Error)
    });
    assert_eq!(
        (created.unwrap_err().to_string(), there.id),
        (Error.to_string(), 8)
    );

    assert_eq!(name(&words::r#Match { r#type: 1 }), ("match", some("1")));
    assert!(
        words::MatchPostSave {
            r#match: &words::r#Match { r#type: 1 },
            created: true
        }
        .send()
        .is_ok()
    );
    assert!(
        words::CratePostSave {
            crate_: &words::Crate { id: 1 },
            created: true
        }
        .send()
        .is_ok()
    );
    assert!(
        words::CreatedPostSave {
            created_: &words::Created { id: 1 },
            created: true
        }
        .send()
        .is_ok()
    );
    words::save_t();

    assert!(
        FromAMacro { id: None }
            .create_with(|_| Ok::<_, Error>(()))
            .is_ok()
    );
    assert_eq!(FromAMacroPostSave::info().name(), "from_a_macro_post_save");

    #[derive(Model)]
    #[model(signals(post_delete))]
    struct Local {
        #[model(id)]
        id: char,
    }

    assert_eq!(
        Local { id: 'x' }
            .delete_with(|local| Ok::<_, Error>(local.id))
            .unwrap(),
        'x'
    );
}
