//! The rendering of the wiring as JSON.

use serde::{Serialize, Serializer};

use super::Wiring;
use super::view::{SignalView, View};

#[derive(Serialize)]
struct Document<'v> {
    version: u32,
    signals: &'v [SignalView<'v>],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    retired: &'v [&'v str],
}

impl Wiring {
    /// Returns JSON for other programs (feature `serde`). The keys are in this order. Later releases may add
    /// keys without a new `version`.
    ///
    /// ```json
    /// {
    ///   "version": 1,
    ///   "signals": [                      // by type_path
    ///     {
    ///       "name": "order_paid",
    ///       "type_path": "shop::orders::OrderPaid",
    ///       "file": "src/orders.rs",      // as the compiler names it
    ///       "line": 12,                   // from 1
    ///       "docs": "An order has been paid.",
    ///       "sender": "order",            // the name of the field, or null
    ///       "sender_model": "order",      // the name of the sender's model, or null
    ///       "fields": [
    ///         { "name": "order", "type": "&'a Order", "is_sender": true }
    ///       ],
    ///       "reply": null,                // the type of the receivers' replies, or null
    ///       "async": false,               // whether receivers are awaited
    ///       "owned": true,                // whether receivers may run later
    ///       "required": false,
    ///       "durable": {                  // the `durable(…)` options; no key without them
    ///         "name": "order.paid", "version": 2, "oldest_version": 1, "was": ["order_paid"],
    ///         "stored_form": "7f3a19c2",  // the hash of the payload's JSON Schema
    ///         "key": "order",             // the name of the field; no key without one
    ///         "keep_ms": 604800000        // no key without `keep`
    ///       },
    ///       "receivers": [                // in the order in which they run
    ///         {
    ///           "id": "mailing::receipts::send_receipt",
    ///           "crate": "mailing",
    ///           "module": "mailing::receipts",
    ///           "name": "send_receipt",
    ///           "file": "src/receipts.rs",
    ///           "line": 8,
    ///           "phase": "after_commit",  // or "now", "async", "background", "after_rollback", "durable"
    ///           "background": true,       // whether it runs in the background queue
    ///           "async": false,           // whether it is an `async fn`
    ///           "order": {                // the attribute's options; paths as it spells them
    ///             "first": false, "last": true, "before": [], "after": ["write_audit_line"]
    ///           },
    ///           "fulfills": false,
    ///           "disabled": false,        // whether it is disabled now
    ///           "durable": {              // the `durable(…)` options; no key without them
    ///             "name": "send-receipt", "was": ["mail-receipt"], "ordered": true, "attempts": 20,
    ///             "backoff": { "first_ms": 2000, "max_ms": 3600000 },
    ///             "timeout_ms": 300000,   // null for a `fn`
    ///             "concurrency": 4, "on_dead": "block"
    ///           },
    ///           "resources": [
    ///             { "type": "dyn mailing::Mailer", "optional": false, "provided": true }
    ///           ]
    ///         }
    ///       ]
    ///     }
    ///   ],
    ///   "retired": ["push-legacy"]        // the removed durable receivers; no key if there are none
    /// }
    /// ```
    ///
    /// `provided` and `disabled` are the state at the time of the call. The rest is the same in every run of a
    /// program.
    ///
    /// ```
    /// # #[lback_signals::signal]
    /// # struct ParcelSent;
    /// let json = lback_signals::wiring().to_json();
    /// let wiring: serde_json::Value = serde_json::from_str(&json)?;
    /// let signals = wiring["signals"].as_array().into_iter().flatten();
    /// assert!(signals.into_iter().any(|signal| signal["name"] == "parcel_sent"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        self.view().to_json()
    }
}

impl View<'_> {
    #[must_use]
    pub fn to_json(&self) -> String {
        match serde_json::to_string_pretty(self) {
            Ok(json) => json,
            Err(error) => unreachable!("all values can be written as JSON: {error}"),
        }
    }
}

/// The JSON of [`to_json`](Wiring::to_json).
impl Serialize for Wiring {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = Document {
            version: 1,
            signals: &self.signals,
            retired: &self.retired,
        };
        document.serialize(serializer)
    }
}
