//! Serves the numbers of a worker to Prometheus (feature `prometheus`).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use lback_signals::durable::Outbox;
use lback_signals::metrics::{OutboxMetrics, record_background};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The upper bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0];

/// The time that a client has to send its request, and then to read the answer.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

/// The time that the storage has to count the deliveries.
const COUNT_TIMEOUT: Duration = Duration::from_secs(5);

/// The number of clients that are answered at once, so that they do not use up the sockets of the worker.
const MAX_CLIENTS: usize = 16;

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

    /// Answers each request with all numbers.
    pub(crate) async fn serve(self, outbox: impl Outbox) {
        let Self { listener, handle } = self;
        let numbers = Arc::new(Numbers {
            handle,
            deliveries: Mutex::new(OutboxMetrics::new(&outbox)),
        });
        let mut clients = JoinSet::new();
        loop {
            while clients.try_join_next().is_some() {}
            if clients.len() == MAX_CLIENTS {
                clients.join_next().await;
            }
            match listener.accept().await {
                Ok((client, _)) => {
                    let numbers = Arc::clone(&numbers);
                    clients.spawn(async move {
                        if let Err(error) = answer(client, &numbers).await {
                            eprintln!("orders: cannot answer Prometheus: {error}");
                        }
                    });
                }
                Err(error) => {
                    eprintln!("orders: cannot accept a client: {error}");
                    // The error may last.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// The numbers of the process and of its outbox.
struct Numbers<O> {
    handle: PrometheusHandle,
    deliveries: Mutex<OutboxMetrics<O>>,
}

impl<O: Outbox> Numbers<O> {
    async fn text(&self) -> String {
        record_background();
        let count = async { self.deliveries.lock().await.record().await };
        match timeout(COUNT_TIMEOUT, count).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("orders: cannot count the deliveries: {error}"),
            Err(late) => eprintln!("orders: cannot count the deliveries: {late}"),
        }
        self.handle.run_upkeep();
        self.handle.render()
    }
}

async fn answer(mut client: TcpStream, numbers: &Numbers<impl Outbox>) -> io::Result<()> {
    // The request is one of Prometheus, whatever its path and headers are.
    timeout(CLIENT_TIMEOUT, read_request(&mut client)).await??;
    let text = numbers.text().await;
    timeout(CLIENT_TIMEOUT, write_answer(&mut client, &text)).await?
}

/// Reads a request of at most 8 KiB.
async fn read_request(client: &mut TcpStream) -> io::Result<()> {
    let mut request = [0; 8192];
    let mut read = 0;
    while !request[..read].windows(4).any(|it| it == b"\r\n\r\n") {
        match client.read(&mut request[read..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => read += more,
        }
    }
    Ok(())
}

async fn write_answer(client: &mut TcpStream, text: &str) -> io::Result<()> {
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
