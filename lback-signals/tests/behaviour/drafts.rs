//! Receivers edit a model before it is saved.

use std::cell::Cell;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::thread;

use lback_signals::{
    Draft, FailureKind, Model, OperationError, Res, Scope, Signal, receiver, wiring,
};

#[derive(Clone, Debug, PartialEq, Model)]
#[model(signals(pre_save, post_save, owned), editable)]
struct Article {
    #[model(id)]
    id: u32,
    title: String,
    slug: String,
    saves: u32,
}

#[receiver(signal = ArticlePreSave, first)]
fn set_slug(event: &ArticlePreSave<'_>) {
    event.article.edit(|article| {
        article.slug = article.title.to_lowercase();
        assert_ne!(article.slug, "panic");
    });
}

#[receiver(signal = ArticlePreSave, after(set_slug))]
fn count(event: &ArticlePreSave<'_>) {
    let before = &event.article.slug;
    event.article.edit(|article| {
        article.slug.push('!');
        article.saves += 1;
    });
    assert_eq!(format!("{before}!"), event.article.slug);
}

#[receiver(signal = ArticlePreSave, last)]
fn check(event: &ArticlePreSave<'_>) -> Result<(), String> {
    if event.article.slug == "spam!" {
        return Err(format!("{} is spam", event.article.slug));
    }
    Ok(())
}

#[derive(Default)]
struct Saved(Mutex<Vec<String>>);

#[receiver(signal = ArticlePostSave)]
fn index(event: &ArticlePostSave<'_>, saved: Option<Res<'_, Saved>>) {
    if let Some(saved) = saved {
        saved.0.lock().unwrap().push(event.article.slug.clone());
    }
}

fn article(title: &str) -> Article {
    Article {
        id: 7,
        title: title.to_owned(),
        slug: String::new(),
        saves: 0,
    }
}

type Outcome = Result<String, OperationError<&'static str>>;

fn insert(article: &mut Article) -> Outcome {
    article.create_with(|article| Ok(article.slug.clone()))
}

fn update(article: &mut Article) -> Outcome {
    article.update_with(|article| Ok(article.slug.clone()))
}

fn insert_async(article: &mut Article) -> Outcome {
    pollster::block_on(article.create_with_async(async |article| Ok(article.slug.clone())))
}

fn update_async(article: &mut Article) -> Outcome {
    pollster::block_on(article.update_with_async(async |article| Ok(article.slug.clone())))
}

const OPERATIONS: [fn(&mut Article) -> Outcome; 4] = [insert, update, insert_async, update_async];

#[test]
fn later_receivers_and_the_operation_get_the_edited_model() {
    for save in OPERATIONS {
        let saved = std::sync::Arc::new(Saved::default());
        let scope = Scope::new().provide_dyn(std::sync::Arc::clone(&saved));
        let mut article = article("Signals");
        let stored = scope.run(|| save(&mut article)).unwrap();
        assert_eq!(stored, "signals!");
        assert_eq!((&*article.slug, article.saves), ("signals!", 1));
        assert_eq!(*saved.0.lock().unwrap(), ["signals!"]);
        // An update of the edited model edits it again.
        scope.run(|| save(&mut article)).unwrap();
        assert_eq!(article.saves, 2);
    }
}

#[test]
fn a_veto_discards_the_edits() {
    for save in OPERATIONS {
        let mut spam = article("Spam");
        let Err(OperationError::Vetoed(failure)) = save(&mut spam) else {
            panic!("it is spam");
        };
        let text = failure.to_string();
        let expected = "`article_pre_save` (article 7) failed: spam! is spam";
        assert!(text.ends_with(expected), "{text}");
        assert_eq!(spam, article("Spam"));
    }
}

#[test]
fn a_panic_in_an_edit_is_a_veto_and_changes_nothing() {
    for save in OPERATIONS {
        let mut other = article("Panic");
        let Err(OperationError::Vetoed(failure)) = save(&mut other) else {
            panic!("a receiver panics");
        };
        assert_eq!(failure.receiver().name(), "set_slug");
        assert!(matches!(failure.kind(), FailureKind::Panic(_)));
        assert_eq!(other, article("Panic"));
    }

    // With `send`, the other receivers run, and do not see the edit that panicked.
    let other = article("Panic");
    let signal = ArticlePreSave {
        article: Draft::new(&other),
        created: true,
    };
    assert_eq!(signal.send().failures().len(), 1);
    let edited = Draft::into_edited(signal.article).unwrap();
    assert_eq!((&*edited.slug, edited.saves), ("!", 1));
}

#[test]
fn a_failed_operation_keeps_the_edits() {
    let mut article = article("Signals");
    let failed = article.update_with(|_| Err::<(), _>("no disk"));
    assert!(matches!(failed, Err(OperationError::Failed("no disk"))));
    assert_eq!(article.slug, "signals!");
}

#[test]
fn a_dropped_operation_keeps_the_edits() {
    let mut article = article("Signals");
    let mut saving =
        Box::pin(article.update_with_async(|_| std::future::pending::<Result<(), ()>>()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(saving.as_mut().poll(&mut context), Poll::Pending));
    drop(saving);
    assert_eq!(article.slug, "signals!");
}

#[test]
fn a_connected_closure_and_a_capture_get_the_draft() {
    let connection = ArticlePreSave::connect(|event| {
        if event.article.title == "Connected" {
            event.article.edit(|article| article.saves = 7);
        }
    });
    let mut connected = article("Connected");
    update(&mut connected).unwrap();
    assert_eq!(connected.saves, 7);
    drop(connection);

    let scope = Scope::new();
    let captured = scope.capture::<ArticlePreSave<'_>, _>(|event| {
        let slug = event.article.slug.clone();
        event.article.edit(|article| article.saves = 5);
        slug
    });
    scope.run(|| update(&mut connected)).unwrap();
    assert_eq!(captured.take(), ["connected!"]); // before the receivers run
    assert_eq!(connected.saves, 6);
}

thread_local!(static CLONES: Cell<u32> = const { Cell::new(0) });

#[derive(Debug)]
struct Secret(u32);

impl Clone for Secret {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        Self(self.0)
    }
}

#[test]
fn each_edit_is_one_clone() {
    let secret = Secret(4711);
    let draft = Draft::new(&secret);
    assert_eq!((draft.0, CLONES.get()), (4711, 0));
    assert!(std::ptr::eq(&raw const *draft, &raw const secret));
    let first = draft.edit(|secret| {
        secret.0 += 1;
        secret.0
    });
    let edited = &*draft;
    draft.edit(|secret| secret.0 += 1);
    assert_eq!(
        (first, edited.0, draft.0, secret.0),
        (4712, 4712, 4713, 4711)
    );
    assert_eq!(format!("{draft:?}"), "Draft { .. }");
    assert_eq!(Draft::into_edited(draft).map(|secret| secret.0), Some(4713));
    assert_eq!(CLONES.get(), 2);
    assert!(Draft::into_edited(Draft::new(&secret)).is_none());
}

#[test]
fn many_edits_are_dropped_on_a_small_stack() {
    let edit = || {
        let draft = Draft::new(&0);
        for _ in 0..5_000 {
            draft.edit(|number| *number += 1);
        }
        let number = *draft;
        drop(draft);
        number
    };
    let thread = thread::Builder::new().stack_size(64 * 1024).spawn(edit);
    assert_eq!(thread.unwrap().join().unwrap(), 5_000);
}

#[test]
fn a_draft_can_be_sent_to_another_thread() {
    let article = article("Signals");
    let draft = Draft::new(&article);
    let edited = thread::scope(|scope| {
        let edit = move || {
            draft.edit(|article| article.saves = 9);
            Draft::into_edited(draft)
        };
        scope.spawn(edit).join().unwrap()
    });
    assert_eq!(edited.unwrap().saves, 9);
}

#[test]
fn the_lock_shows_the_draft() {
    let lock = wiring().to_lock();
    let path = concat!(module_path!(), "::ArticlePreSave is sent as ");
    let line = lock.lines().find(|line| line.starts_with(path)).unwrap();
    let expected = "`article_pre_save` with article: Draft<'a, Article> (the sender, model article), created: bool";
    assert_eq!(line.strip_prefix(path), Some(expected));
}
