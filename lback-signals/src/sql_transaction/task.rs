//! Tasks that are not cancelled when their caller is dropped.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};

use crate::context::{CurrentContext, WithContext};
use crate::trace::Span;

/// Runs a future in a task, in the context and the span of the caller.
pub(crate) fn spawn<F>(runtime: &Handle, future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let context = CurrentContext::get();
    let span = Span::current();
    let mut future = WithContext::new(future, move || context.clone());
    runtime.spawn(poll_fn(move |task| {
        let _entered = span.enter();
        Pin::new(&mut future).poll(task)
    }))
}

/// Returns the output of a task, or the error of one that ended with its runtime.
pub(crate) fn joined<T>(result: Result<T, JoinError>) -> Result<T, JoinError> {
    result.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => error,
    })
}
