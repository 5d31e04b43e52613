//! The command `orders durable`, in separate processes.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

/// A shop in a temporary folder.
struct Shop(TempDir);

/// The output of a process, and its exit code.
struct Printed {
    out: String,
    error: String,
    code: i32,
}

impl Shop {
    /// A shop with two orders, and no folder for their receipts.
    fn new() -> Self {
        let shop = Self(tempfile::tempdir().unwrap());
        let orders =
            "number,email,item,quantity\n1,ada@example.org,tea,2\n2,alan@example.org,mug,1\n";
        let placed = shop.orders(&["place"], orders);
        assert_eq!(
            (placed.code, &*placed.out),
            (0, "placed 2 orders, refused 0\n")
        );
        shop
    }

    /// A shop whose receipts are dead letters, with the numbers 2 and 4.
    fn with_dead_letters() -> Self {
        let shop = Self::new();
        let drained = shop.drain();
        assert_eq!(
            drained.out, "no delivery waits or runs\n",
            "{}",
            drained.error
        );
        shop
    }

    fn orders(&self, arguments: &[&str], input: &str) -> Printed {
        let mut process = Command::new(env!("CARGO_BIN_EXE_orders"))
            .args(arguments)
            .current_dir(&self.0)
            .env("LOGNAME", "ada")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The process may end before it has read its input.
        let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
        let Output {
            status,
            stdout,
            stderr,
        } = process.wait_with_output().unwrap();
        Printed {
            out: String::from_utf8(stdout).unwrap(),
            error: String::from_utf8(stderr).unwrap(),
            code: status.code().unwrap(),
        }
    }

    fn durable(&self, arguments: &[&str]) -> Printed {
        self.orders(&[&["durable"], arguments].concat(), "")
    }

    /// Drains, with a limit that no successful test reaches.
    fn drain(&self) -> Printed {
        self.durable(&["drain", "--within", "1m"])
    }

    /// Returns the values of a column of a table.
    fn column(&self, arguments: &[&str], name: &str) -> Vec<String> {
        let Printed { out, error, code } = self.durable(arguments);
        assert_eq!(code, 0, "{error}");
        let mut lines = out.lines();
        let at = lines.next().unwrap().find(name).unwrap();
        let cells = lines.map(|line| line[at..].split("  ").next().unwrap().to_owned());
        cells.collect()
    }

    /// Executes a statement on the database.
    async fn execute(&self, sql: &'static str) {
        let file = SqliteConnectOptions::new().filename(self.0.path().join("orders.db"));
        let mut database = file.connect().await.unwrap();
        sqlx::query(sql).execute(&mut database).await.unwrap();
    }

    fn receipts(&self) -> usize {
        fs::read_dir(self.0.path().join("receipts"))
            .unwrap()
            .count()
    }
}

#[test]
fn deliveries_are_listed_in_pages_and_by_state() {
    let shop = Shop::new();
    assert_eq!(shop.column(&["list"], "NUMBER"), ["1", "2", "3", "4"]);
    let receivers = shop.column(&["list", "--limit", "2", "--after", "1"], "RECEIVER");
    assert_eq!(receivers.len(), 2);
    let page = shop.durable(&["list", "--limit", "3"]);
    assert_eq!(page.error, "there are more: add --after 3\n");
    assert!(
        shop.column(&["list", "--state", "dead"], "NUMBER")
            .is_empty()
    );
    let of_receiver = shop.column(&["list", "--receiver", "book-stock"], "STATE");
    assert_eq!(of_receiver, ["waiting", "waiting"]);
}

#[test]
fn a_payload_is_shown_only_on_demand() {
    let shop = Shop::new();
    for arguments in [&["show", "1"][..], &["show", "1", "--json"]] {
        let shown = shop.durable(arguments);
        assert_eq!(shown.code, 0, "{}", shown.error);
        assert!(!shown.out.contains("ada@example.org"), "{}", shown.out);
        let with_payload = shop.durable(&[arguments, &["--payload"]].concat());
        assert!(
            with_payload.out.contains("ada@example.org"),
            "{}",
            with_payload.out
        );
    }
    let none = shop.durable(&["show", "7"]);
    assert_eq!(
        (none.code, &*none.error),
        (1, "error: there is no delivery 7\n")
    );
}

#[test]
fn dead_letters_are_grouped_and_retried() {
    let shop = Shop::with_dead_letters();
    assert_eq!(shop.column(&["dead"], "STATE"), ["dead", "dead"]);
    assert_eq!(shop.column(&["dead", "--group"], "COUNT"), ["2"]);
    assert_eq!(
        shop.column(&["dead", "--group"], "ERROR"),
        ["failed: there is no folder `receipts`"]
    );

    fs::create_dir(shop.0.path().join("receipts")).unwrap();
    let retried = shop.durable(&[
        "retry",
        "--receiver",
        "send-receipt",
        "--rate",
        "4",
        "--yes",
    ]);
    assert_eq!((retried.code, &*retried.out), (0, "retried 2 deliveries\n"));
    assert!(shop.column(&["dead"], "NUMBER").is_empty());
    assert_eq!(shop.drain().code, 0);
    assert_eq!(shop.receipts(), 2);
}

#[test]
fn a_change_is_asked_for_on_a_terminal_only() {
    let shop = Shop::with_dead_letters();
    let refused = shop.orders(&["durable", "retry", "--all"], "yes\n");
    assert_eq!(refused.code, 2);
    assert!(
        refused.error.starts_with("retry 2 dead letters?\n"),
        "{}",
        refused.error
    );
    assert!(
        refused.error.contains("repeat the command with --yes"),
        "{}",
        refused.error
    );
    assert_eq!(shop.column(&["dead"], "NUMBER").len(), 2);
    assert!(shop.column(&["log"], "TIME").is_empty());
}

#[test]
fn only_dead_letters_are_retried() {
    let shop = Shop::new();
    let retried = shop.durable(&["retry", "1", "2", "--yes"]);
    assert_eq!((retried.code, &*retried.out), (1, "retried 0 deliveries\n"));
    assert_eq!(retried.error, "error: 2 deliveries are not dead letters\n");
    assert_eq!(
        shop.durable(&["retry", "--yes"]).code,
        2,
        "nothing is selected"
    );
}

#[test]
fn kept_signals_are_delivered_once_more() {
    let shop = Shop::new();
    fs::create_dir(shop.0.path().join("receipts")).unwrap();
    assert_eq!(shop.drain().code, 0);
    assert_eq!(shop.receipts(), 2);
    for file in fs::read_dir(shop.0.path().join("receipts")).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    let replay = [
        "replay",
        "--receiver",
        "send-receipt",
        "--since",
        "1h",
        "--rate",
        "4",
        "--yes",
    ];
    let replayed = shop.durable(&replay);
    assert_eq!(
        (replayed.code, &*replayed.out),
        (0, "replayed 2 deliveries\n")
    );
    assert!(
        replayed.error.starts_with("signals are kept since 20"),
        "{}",
        replayed.error
    );
    assert_eq!(shop.drain().code, 0);
    assert_eq!(shop.receipts(), 2);

    let unknown = shop.durable(&["replay", "--receiver", "mail", "--since", "1h", "--yes"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.error.ends_with("it has book-stock, send-receipt\n"),
        "{}",
        unknown.error
    );
}

#[test]
fn each_change_is_noted() {
    let shop = Shop::new();
    let discarded = shop.durable(&["discard", "1", "--because", "a test order", "--yes"]);
    assert_eq!(
        (discarded.code, &*discarded.out),
        (0, "discarded 1 delivery\n")
    );
    assert_eq!(
        shop.durable(&["discard", "1", "--yes"]).code,
        2,
        "without a reason"
    );
    assert_eq!(shop.column(&["list"], "NUMBER"), ["2", "3", "4"]);
    let log = ["log"];
    assert_eq!(shop.column(&log, "COMMAND"), ["discard 1"]);
    assert_eq!(shop.column(&log, "BECAUSE"), ["a test order"]);
    assert_eq!(shop.column(&log, "OPERATOR"), ["ada"]);
}

/// The receiver of delivery 1 was renamed, and its earlier name is not in `was(…)`.
#[tokio::test]
async fn a_delivery_without_a_receiver_is_named_and_not_waited_for() {
    let shop = Shop::new();
    fs::create_dir(shop.0.path().join("receipts")).unwrap();
    let rename = "UPDATE lback_delivery SET receiver = 'gone' WHERE number = 1";
    shop.execute(rename).await;

    let checked = shop.durable(&["check"]);
    assert_eq!(checked.code, 1);
    let begin = "1 delivery of `order.placed` v1 for `gone`: no receiver has the name";
    assert!(checked.out.starts_with(begin), "{}", checked.out);
    assert_eq!(shop.drain().code, 0);
    assert_eq!(shop.column(&["list"], "RECEIVER"), ["gone"]);
}

#[tokio::test]
async fn deliveries_that_are_left_after_the_time_are_reported() {
    let shop = Shop::new();
    let tomorrow = "UPDATE lback_delivery SET due_at = due_at + 24 * 60 * 60 * 1000";
    shop.execute(tomorrow).await;
    let drained = shop.durable(&["drain", "--within", "0s"]);
    assert_eq!(
        (drained.code, &*drained.out),
        (1, "4 deliveries are left\n")
    );
}

#[test]
fn the_deliveries_that_a_lock_would_leave_are_named() {
    let shop = Shop::new();
    assert_eq!(shop.durable(&["check"]).code, 0);
    let lock = "durable signal order.placed v1 is orders::shop::OrderPlaced, stored as 7f3a19c2\n\
                durable book-stock of order.placed by orders::receivers::book_stock, attempts 20\n";
    fs::write(shop.0.path().join("signals.lock"), lock).unwrap();
    let checked = shop.durable(&["check", "--lock", "signals.lock"]);
    assert_eq!(checked.code, 1);
    let begin = "2 deliveries of `order.placed` v1 for `send-receipt`: no receiver has the name";
    assert!(checked.out.starts_with(begin), "{}", checked.out);
    assert_eq!(checked.error, "error: 2 deliveries have no receiver\n");
    assert_eq!(shop.durable(&["check", "--lock", "none.lock"]).code, 2);
}

/// With a subject such as stores of accounts use.
#[tokio::test]
async fn a_subject_is_exported_and_erased() {
    let shop = Shop::new();
    let name =
        "UPDATE lback_signal SET subject = 'account:7' WHERE payload LIKE '%ada@example.org%'";
    shop.execute(name).await;
    let exported = shop.durable(&["export", "account:7"]);
    assert_eq!(exported.out.lines().count(), 1);
    assert!(exported.out.contains("ada@example.org"), "{}", exported.out);

    let erased = shop.durable(&["erase", "account:7", "--yes"]);
    assert_eq!(
        (erased.code, &*erased.out),
        (0, "erased 1 signal and 2 deliveries\n")
    );
    assert_eq!(shop.durable(&["export", "account:7"]).out, "");
    assert_eq!(shop.column(&["list"], "NUMBER"), ["3", "4"]);
    assert_eq!(
        shop.column(&["log"], "COMMAND"),
        ["erase"],
        "which does not name the subject"
    );
}

/// Their deliveries are done.
#[tokio::test]
async fn kept_signals_are_erased_and_counted() {
    let shop = Shop::new();
    fs::create_dir(shop.0.path().join("receipts")).unwrap();
    assert_eq!(shop.drain().code, 0);
    shop.execute("UPDATE lback_signal SET subject = 'account:7'")
        .await;
    let asked = shop.durable(&["erase", "account:7"]);
    assert!(
        asked.error.starts_with("erase 2 signals of this subject"),
        "{}",
        asked.error
    );
    let erased = shop.durable(&["erase", "account:7", "--yes", "--json"]);
    assert!(
        erased.out.contains(r#""deliveries":0"#) && erased.out.contains(r#""signals":2"#),
        "{}",
        erased.out
    );
    let erased = shop.durable(&["erase", "account:7", "--yes"]);
    assert_eq!(erased.out, "erased 0 signals and 0 deliveries\n");
}

#[tokio::test]
async fn an_error_has_another_exit_code_than_a_finding() {
    let shop = Shop::new();
    assert_eq!(
        shop.orders(&["--database", ".", "durable", "check"], "")
            .code,
        2
    );
    shop.execute("ALTER TABLE lback_delivery RENAME COLUMN version TO form")
        .await;
    let checked = shop.durable(&["check"]);
    assert_eq!(checked.code, 2, "{}", checked.error);
}

#[test]
fn the_help_is_for_operators() {
    let help = Shop::new().durable(&["--help"]);
    let begin = "Inspect and change the deliveries of receipts and bookings\n\nUsage:";
    assert!(help.out.starts_with(begin), "{}", help.out);
    assert!(!help.out.contains("```"), "{}", help.out);
}

#[test]
fn the_schema_is_the_one_of_the_database() {
    let schema = Shop::new().durable(&["schema"]);
    assert!(schema.out.contains("STRICT"), "{}", schema.out);
}

#[test]
fn a_delivery_in_json_has_the_same_fields_in_a_list_and_alone() {
    let shop = Shop::new();
    let listed = shop.durable(&["list", "--limit", "1", "--json"]).out;
    let fields = listed.trim_end().strip_suffix('}').unwrap();
    let shown = shop.durable(&["show", "1", "--json"]).out;
    for field in fields[1..].split(',') {
        assert!(shown.contains(field), "{field} in {shown}");
    }
    assert!(shown.contains(r#""stored_signal":{"#), "{shown}");
}

#[test]
fn json_has_one_object_per_line() {
    let shop = Shop::with_dead_letters();
    for arguments in [
        &["list"][..],
        &["dead", "--group"],
        &["retry", "--all", "--yes"],
        &["log"],
    ] {
        let Printed { out, error, code } = shop.durable(&[arguments, &["--json"]].concat());
        assert_eq!(code, 0, "{error}");
        assert!(!out.is_empty());
        for line in out.lines() {
            assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
        }
    }
}
