//! Requests per second, measured by `wrk`: the page of an account beside a handler with one statement, and sign-ins
//! beside the hasher alone.
//!
//! `cargo bench --locked --manifest-path examples/web/Cargo.toml` prints the ratios and their goals.

use std::fs;
use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use axum::routing::get;
use clap::Parser;
use lback_auth::{Authentication, Hasher, Remember, SessionDigest, User};
use sqlx::SqlitePool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use web::{App, Cli, routes, serve_connections};

const PASSWORD: &str = "correct horse battery staple";

/// The goals: the page of an account, and sign-ins.
const GOALS: [f64; 2] = [0.6, 0.9];

const ROUNDS: usize = 9;
const SECONDS: u64 = 4;
const CONNECTIONS: usize = 8;

/// The statement of a handler without the library.
const STATEMENT: &str = "SELECT account.username, account.email FROM lback_session AS session
    JOIN lback_account AS account ON account.id = CAST(session.account AS INTEGER)
    WHERE session.digest = ?1 AND session.idle_expires_at > ?2 AND account.is_active";

#[derive(Clone)]
struct Bare {
    pool: SqlitePool,
    /// The page of the application.
    page: Arc<str>,
}

async fn bare_page(State(bare): State<Bare>, headers: HeaderMap) -> Html<String> {
    let cookie = headers["cookie"].to_str().unwrap();
    let digest = SessionDigest::of(cookie.split('=').nth(1).unwrap()).unwrap();
    let now = i64::try_from(time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000).unwrap();
    let (name, email): (String, String) = sqlx::query_as(STATEMENT)
        .bind(&digest.as_bytes()[..])
        .bind(now)
        .fetch_one(&bare.pool)
        .await
        .unwrap();
    Html(
        bare.page
            .replace("{name}", &name)
            .replace("{email}", &email),
    )
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    // The program creates this folder. It would refuse the temporary one if other users can open it.
    let data = folder.path().join("data");
    let arguments = ["web", "--data", data.to_str().unwrap()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = App::open(Cli::parse_from(arguments).settings(), address)
        .await
        .unwrap();
    tokio::spawn(serve_connections(listener, routes(&app), pending()));

    let accounts = app.accounts();
    let pool = accounts.store().pool().clone();
    accounts
        .register(User::new("ada", "ada@example.org").unwrap(), PASSWORD)
        .await
        .unwrap();
    sqlx::query("UPDATE lback_account SET verified_email = email")
        .execute(&pool)
        .await
        .unwrap();
    let signed_in = accounts.sign_in("ada", PASSWORD, Remember::No).await;
    let Ok(Authentication::Granted((session, _))) = signed_in else {
        panic!("{signed_in:?}");
    };
    let cookie = format!("session={}", session.token.expose());

    let page = format!("http://{address}/account");
    let bare_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bare_address = bare_listener.local_addr().unwrap();
    let script = folder.path().join("page.lua");
    fs::write(&script, format!("wrk.headers['Cookie'] = '{cookie}'")).unwrap();
    let text = fetch(address, &cookie).await;
    let text = text
        .replace("ada@example.org", "{email}")
        .replace(">ada<", ">{name}<");
    let bare = Router::new()
        .route("/account", get(bare_page))
        .with_state(Bare {
            pool,
            page: text.into(),
        });
    tokio::spawn(serve_connections(bare_listener, bare, pending()));
    let bare_url = format!("http://{bare_address}/account");

    let ratio =
        median_ratio(async || (wrk(&page, &script).await, wrk(&bare_url, &script).await)).await;
    report(
        "the page of an account, beside one statement",
        ratio,
        GOALS[0],
    );

    let script = folder.path().join("sign-in.lua");
    let form = "login=ada&password=correct+horse+battery+staple&return_to=%2F";
    let lua = format!(
        "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/x-www-form-urlencoded'\n\
         wrk.headers['Sec-Fetch-Site'] = 'same-origin'\nwrk.body = '{form}'"
    );
    fs::write(&script, lua).unwrap();
    let sign_in = format!("http://{address}/sign-in");
    let ratio =
        median_ratio(async || (wrk(&sign_in, &script).await, hashes_per_second().await)).await;
    report("sign-ins, beside the hasher", ratio, GOALS[1]);
}

/// Returns the page of the account.
async fn fetch(address: SocketAddr, cookie: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /account HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Runs both candidates in turn, and returns the median of their ratios.
async fn median_ratio(measure: impl AsyncFn() -> (f64, f64)) -> f64 {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let (ours, theirs) = measure().await;
        println!("{ours:10.1} {theirs:10.1} per second");
        ratios.push(ours / theirs);
    }
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

fn report(what: &str, ratio: f64, goal: f64) {
    println!("{what}: {ratio:.2}, goal {goal}");
}

/// Returns the requests per second, none of which may fail.
async fn wrk(url: &str, script: &Path) -> f64 {
    let mut command = Command::new("wrk");
    command
        .args([
            "-t",
            "1",
            "-c",
            &CONNECTIONS.to_string(),
            "-d",
            &format!("{SECONDS}s"),
            "-s",
        ])
        .arg(script)
        .arg(url);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .expect("wrk is installed");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "{text}"
    );
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))
        .unwrap();
    line.trim().parse().unwrap()
}

async fn hashes_per_second() -> f64 {
    let hashes = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let tasks = (0..CONNECTIONS).map(|_| {
        let hashes = Arc::clone(&hashes);
        tokio::spawn(async move {
            while start.elapsed() < Duration::from_secs(SECONDS) {
                let verified = Hasher::current().verify_decoy_async(PASSWORD).await;
                let _ = verified.unwrap();
                hashes.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let hashes = hashes.load(Ordering::Relaxed) as f64;
    hashes / start.elapsed().as_secs_f64()
}
