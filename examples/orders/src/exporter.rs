//! Serves the numbers of a worker to Prometheus (feature `prometheus`).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use lback_signals::durable::Outbox;
use lback_signals::metrics::{OutboxMetrics, record_background};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The upper bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0];

/// The time that a client has to send its request and to read the answer.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

/// A recorder, and the socket on which Prometheus asks for its numbers.
pub(crate) struct Exporter {
    listener: TcpListener,
    handle: PrometheusHandle,
}

impl Exporter {
    /// Installs the recorder of the process, and listens.
    pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let is_duration = Matcher::Suffix("_seconds".to_owned());
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(is_duration, &SECONDS)?
            .install_recorder()?;
        Ok(Self { listener, handle })
    }

    /// Answers each request with all numbers, one at a time.
    pub(crate) async fn serve(self, outbox: impl Outbox) {
        let mut deliveries = OutboxMetrics::new(&outbox);
        loop {
            let answered = async {
                let (client, _) = self.listener.accept().await?;
                let text = self.text(&mut deliveries).await;
                timeout(CLIENT_TIMEOUT, answer(client, &text)).await?
            };
            if let Err(error) = answered.await {
                eprintln!("orders: cannot answer Prometheus: {error}");
                // An error of `accept` may last.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    async fn text(&self, deliveries: &mut OutboxMetrics<impl Outbox>) -> String {
        record_background();
        if let Err(error) = deliveries.record().await {
            eprintln!("orders: cannot count the deliveries: {error}");
        }
        self.handle.run_upkeep();
        self.handle.render()
    }
}

async fn answer(mut client: TcpStream, text: &str) -> io::Result<()> {
    // The request is one of Prometheus, whatever its path and headers are.
    let mut request = [0; 8192];
    let mut read = 0;
    while !request[..read].windows(4).any(|it| it == b"\r\n\r\n") {
        match client.read(&mut request[read..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => read += more,
        }
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(text.as_bytes()).await?;
    client.shutdown().await
}

#[cfg(test)]
mod tests;
