//! A TCP proxy that cuts connections in the middle of what a test names.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The direction of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Server,
    Client,
}

/// Where the next connection is cut: in the middle of the bytes after this text.
type Cut = Arc<Mutex<Option<(To, &'static str)>>>;

pub(crate) struct Proxy {
    pub(crate) port: u16,
    cut: Cut,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Cut::default();
        let of_task = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await {
                    forward(client, server, &of_task);
                }
            }
        });
        Self { port, cut }
    }

    /// Cuts the connection in the middle of the next bytes that contain this text.
    pub(crate) fn cut_at(&self, to: To, text: &'static str) {
        *self.cut.lock().unwrap() = Some((to, text));
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.cut.lock().unwrap().is_none()
    }
}

fn forward(client: TcpStream, server: TcpStream, cut: &Cut) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let closed = watch::Sender::new(());
    tokio::spawn(copy(
        from_client,
        to_server,
        To::Server,
        Arc::clone(cut),
        closed.clone(),
    ));
    tokio::spawn(copy(
        from_server,
        to_client,
        To::Client,
        Arc::clone(cut),
        closed,
    ));
}

async fn copy(
    mut from: OwnedReadHalf,
    mut target: OwnedWriteHalf,
    to: To,
    cut: Cut,
    closed: watch::Sender<()>,
) {
    let mut other = closed.subscribe();
    let mut bytes = vec![0; 64 << 10];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            _ = other.changed() => 0,
        };
        if read == 0 {
            break;
        }
        let end = cut_position(&bytes[..read], to, &cut);
        if target
            .write_all(&bytes[..end.unwrap_or(read)])
            .await
            .is_err()
            || end.is_some()
        {
            break;
        }
    }
    // Both directions end.
    let _ = closed.send(());
}

/// Returns where the bytes are cut, and does so once.
fn cut_position(bytes: &[u8], to: To, cut: &Cut) -> Option<usize> {
    let mut cut = cut.lock().unwrap();
    let (_, text) = cut.filter(|(direction, _)| *direction == to)?;
    let found = bytes
        .windows(text.len())
        .position(|it| it == text.as_bytes())?;
    *cut = None;
    Some(found + text.len() / 2)
}
