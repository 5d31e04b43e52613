//! A network that loses connections silently.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lback_signals::durable::{Outbox as _, PostgresOutbox};
use tokio::sync::mpsc;

use crate::postgres_schema::Schema;

/// Forwards connections to the server.
pub(super) struct Network {
    pub(super) port: u16,
    counts: Arc<Counts>,
    /// A message for each packet to the server on a connection that is lost.
    asked: mpsc::UnboundedReceiver<()>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    /// The number of the first connections, which are lost.
    lost: AtomicUsize,
}

impl Network {
    pub(super) fn start(schema: &Schema) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = (
            schema.server.get_host().to_owned(),
            schema.server.get_port(),
        );
        let counts = Arc::new(Counts::default());
        let (asks, asked) = mpsc::unbounded_channel();
        let of_thread = Arc::clone(&counts);
        thread::spawn(move || {
            for client in listener.incoming() {
                let number = of_thread.connections.fetch_add(1, Ordering::SeqCst);
                let (client, asks) = (client.unwrap(), asks.clone());
                let server = TcpStream::connect((server.0.as_str(), server.1)).unwrap();
                let to_server = (client.try_clone().unwrap(), server.try_clone().unwrap());
                for ((from, to), is_asked) in [(to_server, true), ((server, client), false)] {
                    let (counts, asks) = (Arc::clone(&of_thread), asks.clone());
                    let arrives = move || {
                        let arrives = number >= counts.lost.load(Ordering::SeqCst);
                        if !arrives && is_asked {
                            let _ = asks.send(());
                        }
                        arrives
                    };
                    thread::spawn(move || forward(from, to, arrives));
                }
            }
        });
        Self {
            port,
            counts,
            asked,
        }
    }

    /// Loses all connections so far: they stay open, and nothing arrives.
    pub(super) fn lose_connections(&self) {
        let count = self.counts.connections.load(Ordering::SeqCst);
        self.counts.lost.store(count, Ordering::SeqCst);
    }

    /// Waits until something is sent on a lost connection. Returns `false` if the outbox has changed before.
    pub(super) async fn until_asked(&mut self, outbox: &PostgresOutbox, seen: u64) -> bool {
        tokio::select! {
            biased;
            _ = outbox.changed(seen) => false,
            asked = self.asked.recv() => asked.is_some(),
        }
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, arrives: impl Fn() -> bool) {
    let mut packet = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut packet) {
        if arrives() && to.write_all(&packet[..length]).is_err() {
            break;
        }
    }
    if arrives() {
        drop(to.shutdown(Shutdown::Both));
    }
}
