//! A proxy that cuts connections to PostgreSQL in the middle of a statement.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The server does not get the statement.
    BeforeStatement,
    /// The server has executed the statement, whose answer is lost.
    AfterStatement,
    /// The server does not get the COMMIT of its transaction.
    BeforeCommit,
    /// The server has committed, and the answer is lost.
    AfterCommit,
}

/// A cut of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) moment: Moment,
    /// Whether the server says that an administrator has ended the session.
    pub(super) is_told: bool,
}

/// A proxy that cuts connections, one after the other, at a statement.
pub(super) struct Proxy {
    /// A part of the statement.
    statement: &'static str,
    left: Mutex<VecDeque<Cut>>,
}

impl Proxy {
    /// Starts a proxy, and returns options that connect through it. They prepare each statement anew, so that the
    /// proxy sees its text.
    pub(super) async fn start(
        statement: &'static str,
        cuts: impl IntoIterator<Item = Cut>,
        options: PgConnectOptions,
    ) -> (Arc<Self>, PgConnectOptions) {
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let left = Mutex::new(cuts.into_iter().collect());
        let proxy = Arc::new(Self { statement, left });
        let of_task = Arc::clone(&proxy);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(server.clone()).await.unwrap();
                let proxy = Arc::clone(&of_task);
                tokio::spawn(async move { proxy.forward(client, server).await });
            }
        });
        let options = options.host("127.0.0.1").port(port);
        (proxy, options.statement_cache_capacity(0))
    }

    /// Returns whether all connections have been cut.
    pub(super) fn is_done(&self) -> bool {
        self.left.lock().unwrap().is_empty()
    }

    /// Returns the cut of a connection that says this, in a transaction that has executed the statement or not.
    fn cut_at(&self, said: &[u8], has_statement: bool) -> Option<Cut> {
        let mut left = self.left.lock().unwrap();
        let is_now = match left.front()?.moment {
            Moment::BeforeStatement | Moment::AfterStatement => has(said, self.statement),
            Moment::BeforeCommit | Moment::AfterCommit => has_statement && has(said, "COMMIT"),
        };
        if is_now { left.pop_front() } else { None }
    }

    /// Forwards both directions, until the connection is to be cut.
    async fn forward(&self, mut client: TcpStream, mut server: TcpStream) {
        let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
        let mut has_statement = false;
        loop {
            tokio::select! {
                read = client.read(&mut from_client) => {
                    let Ok(length @ 1..) = read else { return };
                    let said = &from_client[..length];
                    has_statement |= has(said, self.statement);
                    let Some(cut) = self.cut_at(said, has_statement) else {
                        has_statement &= !has(said, "COMMIT");
                        if server.write_all(said).await.is_err() {
                            return;
                        }
                        continue;
                    };
                    if matches!(cut.moment, Moment::AfterStatement | Moment::AfterCommit) {
                        server.write_all(said).await.unwrap();
                        let length = server.read(&mut from_server).await.unwrap();
                        assert!(length > 0);
                    }
                    if cut.is_told {
                        // The client may be gone.
                        let _ = client.write_all(&session_ended()).await;
                    }
                    return;
                }
                read = server.read(&mut from_server) => {
                    let Ok(length @ 1..) = read else { return };
                    if client.write_all(&from_server[..length]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

fn has(said: &[u8], text: &str) -> bool {
    said.windows(text.len()).any(|it| it == text.as_bytes())
}

/// The message of `pg_terminate_backend`.
fn session_ended() -> Vec<u8> {
    let fields = "SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";
    let length = u32::try_from(fields.len() + 4).unwrap();
    [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()
}
