//! The connections of the server. Unlike `axum::serve`, it limits the time for the headers of a request, and cuts off the
//! requests that outlast the shutdown.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a client may take to send the headers of a request, and how long a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long running requests, and then the background queue, may take to finish at the shutdown.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Serves `router` until `ending` completes, and then waits up to 10 seconds for running requests. Requests that take
/// longer are cut off, so none runs after this function has returned.
pub async fn serve_connections(
    mut listener: impl Listener<Addr = SocketAddr>,
    router: Router,
    ending: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut ending = pin!(ending);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut ending => break,
        };
        let service = TowerToHyperService::new(router.clone());
        // A layer of the router would copy its routes for each connection.
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            service.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        connections.spawn(graceful.watch(connection));
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off");
    }
    connections.shutdown().await;
}
