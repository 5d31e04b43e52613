//! A proxy that cuts the connection to PostgreSQL in a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Postgres};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::world::World;

/// The limit for what ends soon.
const LONG: Duration = Duration::from_secs(10);

/// An error as the server sends it.
pub(crate) fn error(severity: &str, code: &str) -> Vec<u8> {
    let fields = format!("S{severity}\0V{severity}\0C{code}\0Mfailed\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap();
    [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()
}

/// The treatment of the first COMMIT of an order by a proxy.
#[derive(Clone, Default)]
pub(crate) struct Cut {
    pub(crate) is_forwarded: bool,
    /// How long the server has the connection, if the COMMIT is not forwarded.
    pub(crate) held: Duration,
    pub(crate) answer: Vec<u8>,
    /// Whether the transaction seems to be of a server that was on another timeline.
    pub(crate) is_of_other_timeline: bool,
}

impl Cut {
    /// Returns a pool of one connection through a proxy.
    pub(crate) async fn pool(self, world: &World<Postgres>) -> PgPool {
        let options = world.place.options();
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_cut = Arc::new(AtomicBool::new(false));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(server.clone()).await.unwrap();
                tokio::spawn(self.clone().forward(client, server, Arc::clone(&is_cut)));
            }
        });
        let options = options.host("127.0.0.1").port(port);
        let pool = PgPoolOptions::new().max_connections(1);
        pool.connect_lazy_with(options)
    }

    /// Forwards both directions, and cuts the connection at the first COMMIT after an insert.
    async fn forward(self, mut client: TcpStream, mut server: TcpStream, is_cut: Arc<AtomicBool>) {
        let (mut has_order, mut from_client, mut from_server) = (false, [0; 4096], [0; 4096]);
        loop {
            tokio::select! {
                read = client.read(&mut from_client) => {
                    let Ok(length @ 1..) = read else { return };
                    let said = &from_client[..length];
                    let has = |text: &[u8]| said.windows(text.len()).any(|it| it == text);
                    has_order |= has(b"INSERT INTO paid") || has(b"INSERT INTO \"paid\"");
                    if has_order && has(b"COMMIT") && !is_cut.swap(true, Ordering::Relaxed) {
                        if self.is_forwarded {
                            server.write_all(said).await.unwrap();
                            // The answer to an earlier message may arrive before the answer to the COMMIT.
                            let mut answers = Vec::new();
                            while !answers.windows(7).any(|it| it == b"COMMIT\0") {
                                let read = timeout(LONG, server.read_buf(&mut answers)).await;
                                let length = read.expect("the server commits").unwrap();
                                assert!(length > 0);
                            }
                        }
                        client.write_all(&self.answer).await.unwrap();
                        drop(client);
                        return sleep(self.held).await;
                    }
                    server.write_all(said).await.unwrap();
                }
                read = server.read(&mut from_server) => {
                    let Ok(length @ 1..) = read else { return };
                    let said = &mut from_server[..length];
                    let timeline = said.windows(9).position(|it| it == b".00000001");
                    if self.is_of_other_timeline && let Some(timeline) = timeline {
                        said[timeline + 8] = b'9';
                    }
                    client.write_all(said).await.unwrap();
                }
            }
        }
    }
}
