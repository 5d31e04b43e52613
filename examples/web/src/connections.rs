//! The connections of the server. Unlike `axum::serve`, it limits the time for the headers of a request, and cuts off the
//! requests that outlast the shutdown.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::serve::Listener;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a client may take to send the headers of a request, and how long a connection may be idle.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long requests may go on after the program was told to end.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Serves a router until a future completes, and then waits for the requests that run. Those that go on for 10 seconds
/// are cut off: after this function, no request runs.
pub async fn serve_connections(
    mut listener: impl Listener<Addr = SocketAddr>,
    router: Router,
    ending: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut ending = pin!(ending);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut ending => break,
        };
        let router = router.clone().layer(Extension(ConnectInfo(peer)));
        let connection =
            http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        connections.spawn(graceful.watch(connection));
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off");
    }
    connections.shutdown().await;
}
