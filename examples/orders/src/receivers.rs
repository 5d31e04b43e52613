//! The durable receivers of a placed order.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use lback_signals::durable::{Delivery, DeliveryError, DurableTx, Either};
use lback_signals::{Res, receiver};

use crate::database::execute;
use crate::shop::OrderPlaced;

/// The folder of the receipts, which stands for a mail server.
pub(crate) struct Receipts(PathBuf);

impl Receipts {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

/// Writes a receipt. It may run again after a crash, and then writes the same file.
#[receiver(signal = OrderPlaced, durable(name = "send-receipt"))]
fn send_receipt(
    event: &OrderPlaced<'_>,
    delivery: Delivery<'_>,
    receipts: Res<'_, Receipts>,
) -> Result<(), DeliveryError> {
    let OrderPlaced {
        number,
        email,
        item,
        quantity,
    } = event;
    let Receipts(folder) = receipts.get();
    if !folder.is_dir() {
        // The next attempt would not find it either: an operator creates it, and retries the delivery.
        let error = format!("there is no folder `{}`", folder.display());
        return Err(DeliveryError::permanent(error));
    }
    // Not the final name, so that a receipt is whole or not there.
    let draft = folder.join(format!("{}.draft", delivery.id()));
    let mut file = File::create(&draft)?;
    writeln!(
        file,
        "To: {email}\nThank you for order {number}: {quantity} {item}."
    )?;
    file.sync_all()?;
    fs::rename(draft, folder.join(format!("{number}.txt")))?;
    Ok(())
}

/// Books the stock in the transaction that completes the delivery, and so exactly once.
#[receiver(signal = OrderPlaced, durable(name = "book-stock"))]
async fn book_stock(
    event: &OrderPlaced<'_>,
    mut transaction: DurableTx<'_, Either>,
) -> Result<(), lback_signals::BoxError> {
    execute!(
        transaction.rows().await?,
        "UPDATE item SET in_stock = in_stock - $1 WHERE name = $2",
        event.quantity,
        event.item,
    )?;
    execute!(
        transaction.rows().await?,
        "INSERT INTO booking (order_number, quantity) VALUES ($1, $2)",
        event.number,
        event.quantity,
    )?;
    Ok(())
}
