//! The wiring as plain data, which is all that the renderings know of it.
//!
//! Its JSON is documented at `Wiring::to_json`.

use super::Wiring;
#[cfg(feature = "serde")]
use crate::info::FieldInfo;
use crate::info::{Phase, ReceiverInfo, SignalInfo};

#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(super) struct SignalView<'a> {
    pub(super) name: &'a str,
    pub(super) type_path: &'a str,
    pub(super) file: &'a str,
    pub(super) line: u32,
    pub(super) docs: &'a str,
    /// What the fields say too.
    #[cfg(feature = "serde")]
    pub(super) sender: Option<&'a str>,
    pub(super) sender_model: Option<&'a str>,
    pub(super) fields: Vec<FieldView<'a>>,
    pub(super) reply: Option<&'a str>,
    #[cfg_attr(feature = "serde", serde(rename = "async"))]
    pub(super) is_async: bool,
    pub(super) owned: bool,
    pub(super) required: bool,
    pub(super) receivers: Vec<ReceiverView<'a>>,
}

#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(super) struct FieldView<'a> {
    pub(super) name: &'a str,
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub(super) type_name: &'a str,
    pub(super) is_sender: bool,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each a key of the JSON"
)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(super) struct ReceiverView<'a> {
    pub(super) id: &'a str,
    #[cfg_attr(feature = "serde", serde(rename = "crate"))]
    pub(super) crate_name: &'a str,
    pub(super) module: &'a str,
    pub(super) name: &'a str,
    pub(super) file: &'a str,
    pub(super) line: u32,
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_shown"))]
    pub(super) phase: Phase,
    pub(super) background: bool,
    #[cfg_attr(feature = "serde", serde(rename = "async"))]
    pub(super) is_async: bool,
    pub(super) order: OrderView<'a>,
    pub(super) fulfills: bool,
    pub(super) disabled: bool,
    pub(super) resources: Vec<ResourceView<'a>>,
}

impl<'a> ReceiverView<'a> {
    /// The same for all views of one function, whichever signal it hears.
    pub(super) fn key(&self) -> (&'a str, &'a str, u32) {
        (self.id, self.file, self.line)
    }

    /// When and where it runs, where that is not simply inside `send`.
    pub(super) fn timing(&self) -> Option<String> {
        self.phase.timing(self.background, self.is_async)
    }

    /// Its place among the receivers of the signal, its timing if it has one, and whether it is
    /// disabled: `3`, `3 after_commit` or `3 after_commit, disabled`.
    pub(super) fn step(&self, number: usize) -> String {
        let disabled = self.disabled.then(|| "disabled".to_owned());
        let details: Vec<_> = self.timing().into_iter().chain(disabled).collect();
        format!("{number} {}", details.join(", "))
            .trim_end()
            .to_owned()
    }
}

#[cfg(feature = "serde")]
fn as_shown<S: serde::Serializer>(
    shown: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(shown)
}

#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(super) struct OrderView<'a> {
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) before: Vec<&'a str>,
    pub(super) after: Vec<&'a str>,
}

#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(super) struct ResourceView<'a> {
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub(super) type_name: &'a str,
    pub(super) optional: bool,
    pub(super) provided: bool,
}

impl Wiring {
    pub(super) fn view(&self) -> Vec<SignalView<'static>> {
        self.signals.iter().map(|signal| view(signal)).collect()
    }
}

fn view(signal: &SignalInfo) -> SignalView<'static> {
    let fields = signal.fields().iter();
    let receivers = signal.receivers().into_iter();
    SignalView {
        name: signal.name(),
        type_path: signal.type_path(),
        file: signal.file(),
        line: signal.line(),
        docs: signal.docs(),
        #[cfg(feature = "serde")]
        sender: signal.sender().map(FieldInfo::name),
        sender_model: signal.sender_model(),
        fields: fields
            .map(|field| FieldView {
                name: field.name(),
                type_name: field.type_name(),
                is_sender: field.is_sender(),
            })
            .collect(),
        reply: signal.reply(),
        is_async: signal.is_async(),
        owned: signal.is_owned(),
        required: signal.is_required(),
        receivers: receivers.map(receiver_view).collect(),
    }
}

fn receiver_view(receiver: &'static ReceiverInfo) -> ReceiverView<'static> {
    let order = receiver.order();
    let resources = receiver.resources();
    ReceiverView {
        id: receiver.id(),
        crate_name: receiver.crate_name(),
        module: receiver.module(),
        name: receiver.name(),
        file: receiver.file(),
        line: receiver.line(),
        phase: receiver.phase(),
        background: receiver.is_background(),
        is_async: receiver.is_async(),
        order: OrderView {
            first: order.is_first(),
            last: order.is_last(),
            before: order.before_paths().collect(),
            after: order.after_paths().collect(),
        },
        fulfills: receiver.fulfills(),
        disabled: receiver.is_disabled(),
        resources: resources
            .iter()
            .map(|resource| ResourceView {
                type_name: resource.type_name(),
                optional: resource.is_optional(),
                provided: resource.is_provided(),
            })
            .collect(),
    }
}
