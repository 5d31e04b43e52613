//! Runs durable receivers in the scope of a test, through a whole encode and decode.

use std::slice;
use std::sync::Arc;

use crate::call::{DeferredCall, call_for, fail_each};
use crate::context::{Context, CurrentContext, CurrentDelivery, TestDelivery, WithContext};
use crate::info::DurableReceiver;
use crate::observe::{DeliveryAttempt, Watch};
use crate::registry::durable_receiver;
use crate::report::{FailureKind, Report, guard_user_code};

/// Calls or awaits the receiver of a delivery, in the scope in which the signal was sent and in no transaction.
pub(crate) async fn deliver(delivery: TestDelivery) -> Report {
    let current = CurrentContext {
        scope: Some(Arc::clone(&delivery.scope)),
        transaction: None,
        is_background: CurrentContext::is_background(),
    };
    WithContext::new(observed(delivery), move || current.clone()).await
}

async fn observed(delivery: TestDelivery) -> Report {
    let attempt = DeliveryAttempt {
        id: delivery.row.id(),
        attempt: delivery.attempt,
    };
    let mut watch = Watch::of_attempt(delivery.receiver, attempt);
    let report = watch.instrument(run(delivery)).await;
    watch.report_first(&report);
    report
}

async fn run(delivery: TestDelivery) -> Report {
    let TestDelivery {
        row,
        receiver,
        scope,
        sent_at,
        attempt,
    } = delivery;
    let Some(registration) = durable_receiver(receiver) else {
        unreachable!("a receiver of a durable signal");
    };
    let decode = || registration.decode(row.version(), row.payload());
    let owned = match call_for(slice::from_ref(&receiver), &|| None, None, decode) {
        Ok(Ok(owned)) => owned,
        Ok(Err(error)) => {
            let kind = || FailureKind::Error(error.clone().into());
            return fail_each(slice::from_ref(&receiver), &|| None, None, kind);
        }
        Err(report) => return report,
    };
    let attempts = receiver.durable().map_or(1, DurableReceiver::attempts);
    let current = CurrentDelivery {
        id: row.id(),
        receiver: receiver
            .durable()
            .map_or_else(String::new, |durable| durable.name().to_owned()),
        attempt,
        max_attempts: attempts.max(attempt),
        sent_at,
        transaction: None,
    };
    let context = Context::of_delivery(Some(scope), Arc::new(current));
    let call = DeferredCall {
        owned: Arc::clone(&owned),
        number: registration.number(),
        receiver,
        context,
    };
    let report = if receiver.is_async() {
        call.run().await
    } else {
        call.call()
    };
    // A receiver that has been disabled since the send is skipped.
    let report = report.unwrap_or_else(|| Report::new(0, 1, Vec::new()));
    guard_user_code(|| drop(owned));
    report
}
