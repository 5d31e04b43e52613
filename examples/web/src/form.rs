//! Forms of requests.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::error::AppError;

/// The form of a request. One that cannot be read is answered with a page.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let form = axum::Form::from_request(request, state).await;
        form.map(|axum::Form(form)| Self(form))
            .map_err(|_| AppError::BadForm)
    }
}
