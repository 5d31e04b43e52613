//! The bodies of requests.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;

use crate::error::AppError;

/// The largest body, in bytes. All bodies are small forms.
const MAX_BODY: usize = 16 * 1024;

/// How long a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Buffers the body of a request before the layer of the accounts finds the session. Otherwise a client that withholds
/// the last byte could use a session that has ended since.
pub(crate) async fn buffer(request: Request, next: Next) -> Result<Response, AppError> {
    let (parts, body) = request.into_parts();
    let body = read(body).await?;
    Ok(next.run(Request::from_parts(parts, body.into())).await)
}

async fn read(body: Body) -> Result<Bytes, AppError> {
    match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await {
        Ok(body) => body.map_err(|_| AppError::BadForm),
        Err(_) => Err(AppError::SlowForm),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_end_is_refused() {
        let endless = stream::pending::<Result<Bytes, Infallible>>();
        let hour = Duration::from_hours(1);
        let read = timeout(hour, read(Body::from_stream(endless)))
            .await
            .unwrap();
        assert!(matches!(read, Err(AppError::SlowForm)), "{read:?}");
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_refused() {
        assert_eq!(
            read(vec![b'a'; MAX_BODY].into()).await.unwrap().len(),
            MAX_BODY
        );
        let read = read(vec![b'a'; MAX_BODY + 1].into()).await;
        assert!(matches!(read, Err(AppError::BadForm)), "{read:?}");
    }
}
