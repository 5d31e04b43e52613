//! The shop with Diesel.

mod shop;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use lback_signals::Signal as _;
use lback_signals_diesel::transaction;
use shop::OrderPaid;

diesel::table! {
    paid (number) {
        number -> BigInt,
        email -> Text,
    }
}

diesel::table! {
    used (voucher) {
        voucher -> Text,
    }
}

const TABLES: &str = "CREATE TABLE paid (number INTEGER PRIMARY KEY, email TEXT NOT NULL); \
    CREATE TABLE used (voucher TEXT PRIMARY KEY)";

fn insert(connection: &mut SqliteConnection, number: i64, email: &str) -> QueryResult<()> {
    let values = (paid::number.eq(number), paid::email.eq(email));
    diesel::insert_into(paid::table)
        .values(values)
        .execute(connection)?;
    OrderPaid { number, email }.send(); // no receipt yet
    Ok(())
}

/// Pays an order. A voucher that is used already does not undo the payment.
fn pay(
    connection: &mut SqliteConnection,
    number: i64,
    email: &str,
    voucher: &str,
) -> QueryResult<()> {
    transaction(connection, |connection| {
        insert(connection, number, email)?;
        let used = transaction(connection, |connection| {
            let insert = diesel::insert_into(used::table).values(used::voucher.eq(voucher));
            insert.execute(connection)
        });
        if used.is_err() {
            println!("{voucher} is used already");
        }
        Ok(())
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = SqliteConnection::establish(":memory:")?;
    connection.batch_execute(TABLES)?;
    pay(&mut connection, 1, "ada@example.org", "SPRING")?;
    pay(&mut connection, 2, "bob@example.org", "SPRING")?;
    let twice = transaction(&mut connection, |connection| {
        insert(connection, 3, "eve@example.org")?;
        insert(connection, 1, "eve@example.org")
    });
    assert!(twice.is_err());
    let paid: i64 = paid::table.count().get_result(&mut connection)?;
    println!("{paid} orders are paid");
    Ok(())
}
