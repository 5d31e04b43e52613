//! Tests the renderings of arbitrary wirings with arbitrary texts.

use layout::gv::DotParser;
use layout::gv::parser::ast::{Graph as Ast, Stmt};
use test_support::cases::{Result, Unstructured, check, vec};

use super::dot::Dot;
use super::mermaid::Mermaid;
use super::table::Table;
#[cfg(feature = "serde")]
use super::view::BackoffView;
use super::view::{
    DurableReceiverView, DurableSignalView, FieldView, OrderView, ReceiverView, ResourceView,
    SignalView,
};
use crate::info::Phase;

/// Returns a character that is not a control character: one with a meaning in some format, or any character
/// of Unicode, where ASCII is more likely.
fn character(u: &mut Unstructured<'_>) -> Result<char> {
    if u.arbitrary()? {
        let special = b"<>&'\"#;`*\\[](){}|\n";
        return Ok(char::from(*u.choose(special)?));
    }
    let last = *u.choose(&[0x7e, 0xff, 0x7ff, 0xffff, 0x10_ffff])?;
    let character = char::from_u32(u.int_in_range(0x20..=last)?);
    Ok(character
        .filter(|it| !it.is_control())
        .unwrap_or('\u{2028}'))
}

/// Returns a path like the id of a receiver.
fn path(u: &mut Unstructured<'_>) -> Result<String> {
    fn name(u: &mut Unstructured<'_>, most: usize, letters: &[u8]) -> Result<String> {
        let name = vec(u, 1..=most, |u| Ok(char::from(*u.choose(letters)?)))?;
        Ok(name.into_iter().collect())
    }

    let letters = b"abcdefghijklmnopqrstuvwxyz_";
    let mut path = name(u, 8, &letters[..26])?;
    for module in vec(u, 0..=3, |u| name(u, 12, letters))? {
        path.push_str("::");
        path.push_str(&module);
    }
    Ok(path)
}

fn text(u: &mut Unstructured<'_>) -> Result<&'static str> {
    let text = if u.arbitrary()? {
        path(u)?
    } else {
        vec(u, 0..=150, character)?.into_iter().collect()
    };
    Ok(text.leak())
}

fn texts(u: &mut Unstructured<'_>) -> Result<Vec<&'static str>> {
    vec(u, 0..=2, text)
}

fn resource(u: &mut Unstructured<'_>) -> Result<ResourceView<'static>> {
    Ok(ResourceView {
        type_name: text(u)?,
        optional: u.arbitrary()?,
        provided: u.arbitrary()?,
    })
}

fn receiver(u: &mut Unstructured<'_>) -> Result<ReceiverView<'static>> {
    const PHASES: [Phase; 6] = [
        Phase::Now,
        Phase::Concurrent,
        Phase::Background,
        Phase::AfterCommit,
        Phase::AfterRollback,
        Phase::Durable,
    ];
    Ok(ReceiverView {
        #[cfg(feature = "svg")]
        counts: None,
        id: text(u)?,
        crate_name: text(u)?,
        module: text(u)?,
        name: text(u)?,
        file: text(u)?,
        line: u.arbitrary()?,
        phase: *u.choose(&PHASES)?,
        background: u.arbitrary()?,
        is_async: u.arbitrary()?,
        order: OrderView {
            first: u.arbitrary()?,
            last: u.arbitrary()?,
            before: texts(u)?,
            after: texts(u)?,
        },
        fulfills: u.arbitrary()?,
        of_program: u.arbitrary()?,
        disabled: u.arbitrary()?,
        durable: if u.arbitrary()? {
            Some(durable_receiver(u)?)
        } else {
            None
        },
        resources: vec(u, 0..=3, resource)?,
    })
}

fn durable_receiver(u: &mut Unstructured<'_>) -> Result<DurableReceiverView<'static>> {
    Ok(DurableReceiverView {
        name: durable_name(u)?,
        was: vec(u, 0..=3, durable_name)?,
        ordered: u.arbitrary()?,
        attempts: u.arbitrary()?,
        #[cfg(feature = "serde")]
        backoff: Some(BackoffView {
            first_ms: u.arbitrary()?,
            max_ms: u.arbitrary()?,
        }),
        #[cfg(feature = "serde")]
        timeout_ms: u.arbitrary()?,
        #[cfg(feature = "serde")]
        concurrency: u.arbitrary()?,
        on_dead: (*u.choose(&["skip", "block"])?).to_owned(),
    })
}

/// Returns a name that `durable(…)` accepts. Many are words of a lock.
pub(super) fn durable_name(u: &mut Unstructured<'_>) -> Result<&'static str> {
    let words = ["signal", "of", "is", "by", "and", "was", "v2", "durable"];
    let word = |u: &mut Unstructured<'_>| -> Result<String> {
        let letters = b"abvz09_-";
        if u.arbitrary()? {
            return Ok((*u.choose(&words)?).to_owned());
        }
        let letters = vec(u, 1..=9, |u| Ok(char::from(*u.choose(letters)?)))?;
        Ok(letters.into_iter().collect())
    };
    Ok(vec(u, 1..=3, word)?.join(".").leak())
}

fn field(u: &mut Unstructured<'_>) -> Result<FieldView<'static>> {
    Ok(FieldView {
        name: text(u)?,
        type_name: text(u)?,
        is_sender: u.arbitrary()?,
    })
}

fn signal(u: &mut Unstructured<'_>) -> Result<SignalView<'static>> {
    Ok(SignalView {
        #[cfg(feature = "svg")]
        counts: None,
        name: text(u)?,
        type_path: text(u)?,
        file: text(u)?,
        line: u.arbitrary()?,
        docs: text(u)?,
        #[cfg(feature = "serde")]
        sender: None,
        sender_model: None,
        fields: vec(u, 0..=3, field)?,
        reply: if u.arbitrary()? { Some(text(u)?) } else { None },
        is_async: u.arbitrary()?,
        owned: u.arbitrary()?,
        required: u.arbitrary()?,
        durable: if u.arbitrary()? {
            let version = u.arbitrary()?;
            Some(DurableSignalView {
                name: durable_name(u)?,
                version,
                oldest_version: u.int_in_range(0..=version)?,
                was: vec(u, 0..=3, durable_name)?,
                stored_form: if u.arbitrary()? {
                    Some(format!("{:08x}", u.arbitrary::<u32>()?))
                } else {
                    None
                },
                key: if u.arbitrary()? {
                    Some(durable_name(u)?)
                } else {
                    None
                },
                #[cfg(feature = "serde")]
                keep_ms: u.arbitrary()?,
            })
        } else {
            None
        },
        receivers: vec(u, 0..=11, receiver)?,
    })
}

/// Checks a property of signals, some of which share a receiver.
pub(super) fn check_signals(property: impl Fn(&[SignalView<'static>])) {
    // Enough bytes for most cases.
    check(128, 1 << 18, |u| {
        let shared = receiver(u)?;
        let signals = vec(u, 0..=5, |u| {
            let mut signal = signal(u)?;
            if u.arbitrary()? {
                signal.receivers.push(shared.clone());
            }
            Ok(signal)
        })?;
        property(&signals);
        Ok(())
    });
}

/// Returns the labels of the nodes whose names begin with this letter, in the order of their numbers.
fn labels(graph: &Ast, kind: char) -> Vec<String> {
    fn collect(graph: &Ast, kind: char, labels: &mut Vec<(usize, String)>) {
        for statement in &graph.list.list {
            match statement {
                Stmt::Node(node) => {
                    let Some(number) = node.id.name.strip_prefix(kind) else {
                        continue;
                    };
                    let label = node.list.iter().find(|(key, _)| key == "label");
                    let (_, label) = label.expect("a label");
                    // The parser does not decode entities.
                    let label = label.replace("&amp;", "&");
                    labels.push((number.parse().expect("a number"), label));
                }
                Stmt::SubGraph(graph) => collect(graph, kind, labels),
                Stmt::Edge(_) | Stmt::Attribute(_) => {}
            }
        }
    }
    let mut labels = Vec::new();
    collect(graph, kind, &mut labels);
    labels.sort_unstable();
    labels.into_iter().map(|(_, label)| label).collect()
}

/// Decodes a Mermaid label.
fn decoded(label: &str) -> String {
    let mut parts = label.split('#');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once(';').expect("the end of an entity");
        let code = code.parse().expect("the number of a character");
        decoded.extend(char::from_u32(code));
        decoded.push_str(rest);
    }
    decoded
}

#[test]
fn no_line_of_the_table_is_longer_than_100_characters() {
    check_signals(|signals| {
        let table = Table(signals).to_string();
        for line in table.lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert_eq!(line, line.trim_end(), "spaces at the end");
        }
        let blank = table.lines().filter(|line| line.is_empty()).count();
        assert_eq!(blank, signals.len());
    });
}

#[test]
fn dot_is_read_as_the_labels_that_it_was_written_from() {
    check_signals(|signals| {
        let dot = Dot(signals).to_string();
        let graph = DotParser::new(&dot).process();
        let graph = graph.unwrap_or_else(|error| panic!("{error}"));
        let expected: Vec<_> = signals
            .iter()
            .map(|signal| {
                let stored = signal
                    .durable
                    .as_ref()
                    .map(|it| format!("\n{}", it.details()));
                let stored = stored.unwrap_or_default();
                format!("{}\n{}{stored}", signal.name, signal.type_path)
            })
            .collect();
        assert_eq!(labels(&graph, 's'), expected);
        let read = labels(&graph, 'r');
        for receiver in signals.iter().flat_map(|signal| &signal.receivers) {
            let stored = receiver.durable.as_ref();
            let stored = stored.map(|it| format!("\n{}", it.stored_name()));
            let stored = stored.unwrap_or_default();
            let label = format!("{}\n{}{stored}", receiver.name, receiver.module);
            assert!(read.contains(&label), "{label}");
        }
    });
}

#[test]
fn a_label_of_mermaid_stands_between_two_quotes_and_holds_no_html() {
    check_signals(|signals| {
        let mermaid = Mermaid(signals).to_string();
        let nodes = mermaid.lines().filter(|line| line.contains('"'));
        let labels: Vec<_> = nodes
            .map(|line| line.split('"').collect::<Vec<_>>())
            .collect();
        assert!(labels.iter().all(|parts| parts.len() == 3));
        assert!(labels.len() >= signals.len());
        for (signal, parts) in signals.iter().zip(labels) {
            let (name, path) = parts[1].split_once("<br>").expect("two lines");
            assert_eq!(decoded(name), signal.name.replace('\n', " "));
            let stored = signal.durable.as_ref().map(DurableSignalView::details);
            let path = match &stored {
                None => path,
                Some(stored) => {
                    let (path, details) = path.split_once("<br>").expect("three lines");
                    assert_eq!(decoded(details), *stored);
                    path
                }
            };
            assert!(!name.contains(['<', '>', '&']) && !path.contains(['<', '>', '&']));
            assert_eq!(decoded(path), signal.type_path.replace('\n', " "));
        }
    });
}

#[cfg(feature = "svg")]
mod svg {
    use roxmltree::{Document, Node};

    use super::super::svg::Svg;
    use super::check_signals;

    /// Returns the left, top, right and bottom of all boxes.
    fn boxes(block: Node<'_, '_>) -> Vec<[u32; 4]> {
        let translate = block.attribute("transform").unwrap_or_default();
        let origin = translate.trim_start_matches("translate(");
        let origin = origin.trim_end_matches(')').split_once(' ');
        let (left, top) = origin.expect("the position of a block");
        let number = |text: &str| text.parse::<u32>().expect("a number of pixels");
        let (left, top) = (number(left), number(top));
        let rects = block.descendants().filter(|node| node.has_tag_name("rect"));
        rects
            .map(|rect| {
                let [x, y, width, height] = ["x", "y", "width", "height"]
                    .map(|name| rect.attribute(name).map_or(0, number));
                [left + x, top + y, left + x + width, top + y + height]
            })
            .collect()
    }

    #[test]
    fn boxes_of_a_picture_lie_side_by_side_on_the_page() {
        check_signals(|signals| {
            let svg = Svg(signals).to_string();
            let document = Document::parse(&svg).expect("XML");
            let root = document.root_element();
            let [width, height] = ["width", "height"].map(|name| {
                root.attribute(name)
                    .and_then(|text| text.parse::<u32>().ok())
            });
            let blocks = root.children().filter(|node| node.has_tag_name("g"));
            let boxes: Vec<_> = blocks.flat_map(boxes).collect();

            let drawn = |signal: &super::SignalView<'_>| -> usize {
                let resources = signal
                    .receivers
                    .iter()
                    .map(|receiver| receiver.resources.len());
                1 + signal.receivers.len() + resources.sum::<usize>()
            };
            assert_eq!(boxes.len(), signals.iter().map(drawn).sum::<usize>());
            for (index, one) in boxes.iter().enumerate() {
                assert!(Some(one[2]) <= width && Some(one[3]) <= height, "{one:?}");
                for other in &boxes[..index] {
                    let apart = one[0] >= other[2]
                        || other[0] >= one[2]
                        || one[1] >= other[3]
                        || other[1] >= one[3];
                    assert!(apart, "{one:?} and {other:?}");
                }
            }
        });
    }

    /// Returns the width of a text in pixels, as the widest common font has it.
    fn width(text: Node<'_, '_>) -> usize {
        let parts = text.descendants().filter(Node::is_text);
        let content: String = parts.filter_map(|part| part.text()).collect();
        let columns: usize = content
            .chars()
            .map(|c| if c.is_ascii() { 1 } else { 2 })
            .sum();
        let size = match text.attribute("class") {
            Some("path") => 10,
            _ => 12,
        };
        columns * 15 / 2 * size / 12
    }

    #[test]
    fn texts_of_a_picture_lie_in_their_boxes() {
        check_signals(|signals| {
            let svg = Svg(signals).to_string();
            let document = Document::parse(&svg).expect("XML");
            let number = |node: Node<'_, '_>, name: &str| {
                let number = node.attribute(name).map_or(Ok(0), str::parse::<usize>);
                number.expect("a number of pixels")
            };
            for group in document.descendants() {
                let child = |name: &'static str| {
                    let children = group.children();
                    children.filter(move |node| group.has_tag_name("g") && node.has_tag_name(name))
                };
                let Some(rect) = child("rect").next() else {
                    continue;
                };
                let [left, top, width_of_box, height] =
                    ["x", "y", "width", "height"].map(|name| number(rect, name));
                for text in child("text") {
                    let (x, baseline) = (number(text, "x"), number(text, "y"));
                    assert!(x + width(text) <= left + width_of_box, "{svg}");
                    assert!((top + 10..=top + height - 5).contains(&baseline), "{svg}");
                }
            }
        });
    }
}
