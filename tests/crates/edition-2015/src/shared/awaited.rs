// Included by the crate of each edition that has `async fn`.

use lback_signals::AsyncSignal;

#[signal(async, owned)]
struct Published<'a> {
    path: &'a str,
}

#[receiver(signal = Published)]
async fn publish(event: &Published<'_>) {
    assert_eq!(event.path, "/");
}

#[receiver(signal = Published, background)]
async fn index(_: &Published<'_>) {}

/// Sends an async signal.
///
/// # Panics
///
/// If a receiver is not called.
pub fn async_signals_work_in_this_edition() {
    let report = pollster::block_on(Published { path: "/" }.send_async());
    assert_eq!((report.delivered(), report.deferred()), (1, 1));
    let saved = pollster::block_on(async {
        let mut model = Await { id: 0 };
        model.update_with_async(|_| async { Ok::<(), ()>(()) }).await
    });
    assert!(saved.is_ok());
}
