//! Forms of requests.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::failed::Failed;

/// The form of a request. One that cannot be read is answered with a page.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        let form = axum::Form::from_request(request, state).await;
        form.map(|axum::Form(form)| Self(form))
            .map_err(|_| Failed::BadForm)
    }
}
