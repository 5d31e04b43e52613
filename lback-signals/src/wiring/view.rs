//! The view: plain data of a wiring, from which all renderings are made.
//!
//! Its JSON is documented at `Wiring::to_json`.

mod durable;

#[cfg(feature = "serde")]
pub use self::durable::BackoffView;
pub use self::durable::{DurableReceiverView, DurableSignalView};

use super::Wiring;
use super::text::list;
#[cfg(feature = "serde")]
use crate::info::FieldInfo;
use crate::info::{Phase, ReceiverInfo, SignalInfo};

/// The wiring of this program, or of one that `cargo lback` reads from a file.
// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct View<'a> {
    /// The signals, ordered by their paths.
    pub signals: Vec<SignalView<'a>>,
    /// The names of the removed durable receivers, each once, in their order.
    pub retired: Vec<&'a str>,
}

// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SignalView<'a> {
    pub name: &'a str,
    pub type_path: &'a str,
    /// Empty if it is not known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "str::is_empty"))]
    pub file: &'a str,
    pub line: u32,
    pub docs: &'a str,
    /// The name of the field that is the sender, for JSON.
    #[cfg(feature = "serde")]
    pub sender: Option<&'a str>,
    pub sender_model: Option<&'a str>,
    pub fields: Vec<FieldView<'a>>,
    pub reply: Option<&'a str>,
    #[cfg_attr(feature = "serde", serde(rename = "async"))]
    pub is_async: bool,
    pub owned: bool,
    pub required: bool,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub durable: Option<DurableSignalView<'a>>,
    pub receivers: Vec<ReceiverView<'a>>,
    /// How often it was sent or run, for a picture.
    #[cfg(feature = "svg")]
    #[cfg_attr(feature = "serde", serde(skip))]
    pub counts: Option<String>,
}

impl SignalView<'_> {
    /// Returns the text of its payload and options: ` with order: Order (the sender); async; owned`.
    pub(super) fn details(&self) -> String {
        let fields = self.fields.iter().map(|field| {
            let sender = match (field.is_sender, self.sender_model) {
                (false, _) => String::new(),
                (true, None) => " (the sender)".to_owned(),
                (true, Some(model)) => format!(" (the sender, model {model})"),
            };
            format!("{}: {}{sender}", field.name, field.type_name)
        });
        let mut details = vec![list(" with", fields)];
        details.extend(self.reply.map(|reply| format!("answered with {reply}")));
        details.extend(self.is_async.then(|| "async".to_owned()));
        details.extend(self.owned.then(|| "owned".to_owned()));
        details.extend(self.required.then(|| "required".to_owned()));
        details.join("; ")
    }
}

// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FieldView<'a> {
    pub name: &'a str,
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub type_name: &'a str,
    pub is_sender: bool,
}

// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent properties, each a key of the JSON"
)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ReceiverView<'a> {
    pub id: &'a str,
    #[cfg_attr(feature = "serde", serde(rename = "crate"))]
    pub crate_name: &'a str,
    pub module: &'a str,
    pub name: &'a str,
    /// Empty if it is not known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "str::is_empty"))]
    pub file: &'a str,
    pub line: u32,
    #[cfg_attr(feature = "serde", serde(serialize_with = "collect_str"))]
    pub phase: Phase,
    pub background: bool,
    #[cfg_attr(feature = "serde", serde(rename = "async"))]
    pub is_async: bool,
    pub order: OrderView<'a>,
    pub fulfills: bool,
    /// Whether only this program can link it. Not in the JSON.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub of_program: bool,
    pub disabled: bool,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub durable: Option<DurableReceiverView<'a>>,
    pub resources: Vec<ResourceView<'a>>,
    /// How often it was sent or run, for a picture.
    #[cfg(feature = "svg")]
    #[cfg_attr(feature = "serde", serde(skip))]
    pub counts: Option<String>,
}

impl<'a> ReceiverView<'a> {
    /// Returns the identity of the function, which may receive several signals.
    #[must_use]
    pub fn key(&self) -> (&'a str, &'a str, u32) {
        (self.id, self.file, self.line)
    }

    /// Returns when and where it runs, unless that is inside `send`.
    fn timing(&self) -> Option<String> {
        self.phase.timing(self.background, self.is_async)
    }

    /// Returns its timing and its order, as the options of its attribute.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let order = &self.order;
        let mut options = Vec::from_iter(self.timing());
        options.extend(order.first.then(|| "first".to_owned()));
        options.extend(order.last.then(|| "last".to_owned()));
        for (key, paths) in [("before", &order.before), ("after", &order.after)] {
            if !paths.is_empty() {
                options.push(format!("{key}({})", paths.join(", ")));
            }
        }
        options
    }

    /// Returns its number among the receivers of the signal, its timing, and whether it is disabled: `3`,
    /// `3 after_commit` or `3 after_commit, disabled`.
    pub(super) fn step(&self, number: usize) -> String {
        let disabled = self.disabled.then(|| "disabled".to_owned());
        let details: Vec<_> = self.timing().into_iter().chain(disabled).collect();
        format!("{number} {}", details.join(", "))
            .trim_end()
            .to_owned()
    }
}

#[cfg(feature = "serde")]
fn collect_str<S: serde::Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OrderView<'a> {
    pub first: bool,
    pub last: bool,
    pub before: Vec<&'a str>,
    pub after: Vec<&'a str>,
}

// Not public API. Used by `cargo lback`.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ResourceView<'a> {
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub type_name: &'a str,
    pub optional: bool,
    /// `None` if it is not known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub provided: Option<bool>,
}

impl Wiring {
    pub(super) fn view(&self) -> View<'static> {
        View {
            signals: self.signals.iter().map(|signal| view(signal)).collect(),
            retired: self.retired_names(),
        }
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
        durable: signal.durable().map(DurableSignalView::new),
        receivers: receivers.map(receiver_view).collect(),
        #[cfg(feature = "svg")]
        counts: None,
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
        of_program: receiver.is_of_program(),
        disabled: receiver.is_disabled(),
        durable: receiver.durable().map(DurableReceiverView::new),
        resources: resources
            .iter()
            .map(|resource| ResourceView {
                type_name: resource.type_name(),
                optional: resource.is_optional(),
                provided: Some(resource.is_provided()),
            })
            .collect(),
        #[cfg(feature = "svg")]
        counts: None,
    }
}
