//! A proxy that cuts connections to PostgreSQL in the middle of a statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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

/// The connections that are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// A part of a statement.
    pub(super) statement: &'static str,
    pub(super) moment: Moment,
    /// Whether the server says that an administrator has ended the session.
    pub(super) is_told: bool,
}

/// How many connections are cut.
const CUTS: u32 = 3;

/// Starts a proxy, and returns options that connect through it. They prepare each statement anew, so that the proxy
/// sees its text.
pub(super) async fn start(cut: Cut, options: PgConnectOptions) -> (PgConnectOptions, Arc<AtomicU32>) {
    let server = (options.get_host().to_owned(), options.get_port());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let left = Arc::new(AtomicU32::new(CUTS));
    let of_proxy = Arc::clone(&left);
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(server.clone()).await.unwrap();
            tokio::spawn(forward(cut, client, server, Arc::clone(&of_proxy)));
        }
    });
    let options = options.host("127.0.0.1").port(port);
    (options.statement_cache_capacity(0), left)
}

/// Forwards both directions, until the connection is to be cut.
async fn forward(cut: Cut, mut client: TcpStream, mut server: TcpStream, left: Arc<AtomicU32>) {
    let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
    // Whether the transaction has executed the statement.
    let mut has_statement = false;
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(length @ 1..) = read else { return };
                let said = &from_client[..length];
                let has = |text: &str| said.windows(text.len()).any(|it| it == text.as_bytes());
                has_statement |= has(cut.statement);
                let is_now = match cut.moment {
                    Moment::BeforeStatement | Moment::AfterStatement => has(cut.statement),
                    Moment::BeforeCommit | Moment::AfterCommit => has_statement && has("COMMIT"),
                };
                let is_last = |left: u32| left.checked_sub(1);
                if !is_now || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_last).is_err() {
                    has_statement &= !has("COMMIT");
                    server.write_all(said).await.unwrap();
                    continue;
                }
                if matches!(cut.moment, Moment::AfterStatement | Moment::AfterCommit) {
                    server.write_all(said).await.unwrap();
                    let length = server.read(&mut from_server).await.unwrap();
                    assert!(length > 0);
                }
                if cut.is_told {
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

/// The message of `pg_terminate_backend`.
fn session_ended() -> Vec<u8> {
    let fields = "SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";
    let length = u32::try_from(fields.len() + 4).unwrap();
    [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()
}
