//! The renderings of wirings of any shape and of texts of any kind.

use layout::gv::DotParser;
use layout::gv::parser::ast::{Graph as Ast, Stmt};
use proptest::collection::vec;
use proptest::prelude::*;

use super::dot::Dot;
use super::mermaid::Mermaid;
use super::table::Table;
use super::view::{FieldView, OrderView, ReceiverView, ResourceView, SignalView};
use crate::phase::Phase;

fn text() -> impl Strategy<Value = &'static str> {
    let text = prop_oneof![
        "[a-z]{1,8}(::[a-z_]{1,12}){0,3}",
        "(\\PC|[<>&'\"#;`*\\\\\\[\\](){}|\n]){0,150}",
    ];
    text.prop_map(|text| &*text.leak())
}

fn texts() -> impl Strategy<Value = Vec<&'static str>> {
    vec(text(), 0..3)
}

fn resource() -> impl Strategy<Value = ResourceView<'static>> {
    (text(), any::<bool>(), any::<bool>()).prop_map(|(type_name, optional, provided)| {
        ResourceView {
            type_name,
            optional,
            provided,
        }
    })
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![
        Just(Phase::Now),
        Just(Phase::Concurrent),
        Just(Phase::Background),
        Just(Phase::AfterCommit),
        Just(Phase::AfterRollback),
    ]
}

fn receiver() -> impl Strategy<Value = ReceiverView<'static>> {
    let names = (text(), text(), text(), text(), text(), any::<u32>());
    let order = (any::<bool>(), any::<bool>(), texts(), texts());
    let timing = (phase(), any::<bool>(), any::<bool>());
    let all = (names, order, timing, any::<bool>(), vec(resource(), 0..4));
    all.prop_map(|(names, order, timing, fulfills, resources)| {
        let (id, crate_name, module, name, file, line) = names;
        let (first, last, before, after) = order;
        let (phase, background, is_async) = timing;
        ReceiverView {
            id,
            crate_name,
            module,
            name,
            file,
            line,
            phase,
            background,
            is_async,
            order: OrderView {
                first,
                last,
                before,
                after,
            },
            fulfills,
            resources,
        }
    })
}

fn signal() -> impl Strategy<Value = SignalView<'static>> {
    let names = (text(), text(), text(), any::<u32>(), text());
    let fields = vec((text(), text(), any::<bool>()), 0..4);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let options = (proptest::option::of(text()), flags);
    let receivers = vec(receiver(), 0..12);
    (names, fields, options, receivers).prop_map(|(names, fields, options, receivers)| {
        let (name, type_path, file, line, docs) = names;
        let (reply, (is_async, owned, required)) = options;
        let fields = fields.into_iter();
        SignalView {
            name,
            type_path,
            file,
            line,
            docs,
            #[cfg(feature = "serde")]
            sender: None,
            sender_model: None,
            fields: fields
                .map(|(name, type_name, is_sender)| FieldView {
                    name,
                    type_name,
                    is_sender,
                })
                .collect(),
            reply,
            is_async,
            owned,
            required,
            receivers,
        }
    })
}

/// Signals some of which share a receiver.
fn signals() -> impl Strategy<Value = Vec<SignalView<'static>>> {
    let signals = vec((signal(), any::<bool>()), 0..6);
    (signals, receiver()).prop_map(|(signals, shared)| {
        let signals = signals.into_iter();
        signals
            .map(|(mut signal, shares)| {
                signal.receivers.extend(shares.then(|| shared.clone()));
                signal
            })
            .collect()
    })
}

/// The labels of the nodes whose names begin with this letter, in the order of their numbers.
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
                    // The parser leaves entities to who draws.
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

/// A label of Mermaid as a reader sees it.
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_line_of_the_table_is_longer_than_100_characters(signals in signals()) {
        let table = Table(&signals).to_string();
        for line in table.lines() {
            prop_assert!(line.chars().count() <= 100, "{line}");
            prop_assert_eq!(line, line.trim_end(), "spaces at the end");
        }
        let blank = table.lines().filter(|line| line.is_empty()).count();
        prop_assert_eq!(blank, signals.len());
    }

    #[test]
    fn dot_is_read_as_the_labels_that_it_was_written_from(signals in signals()) {
        let dot = Dot(&signals).to_string();
        let graph = DotParser::new(&dot).process();
        let graph = graph.map_err(TestCaseError::fail)?;
        let expected: Vec<_> = signals
            .iter()
            .map(|signal| format!("{}\n{}", signal.name, signal.type_path))
            .collect();
        prop_assert_eq!(labels(&graph, 's'), expected);
        let read = labels(&graph, 'r');
        for receiver in signals.iter().flat_map(|signal| &signal.receivers) {
            let label = format!("{}\n{}", receiver.name, receiver.module);
            prop_assert!(read.contains(&label), "{label}");
        }
    }

    #[test]
    fn a_label_of_mermaid_stands_between_two_quotes_and_holds_no_html(signals in signals()) {
        let mermaid = Mermaid(&signals).to_string();
        let nodes = mermaid.lines().filter(|line| line.contains('"'));
        let labels: Vec<_> = nodes
            .map(|line| line.split('"').collect::<Vec<_>>())
            .collect();
        prop_assert!(labels.iter().all(|parts| parts.len() == 3));
        prop_assert!(labels.len() >= signals.len());
        for (signal, parts) in signals.iter().zip(labels) {
            let (name, path) = parts[1].split_once("<br>").expect("two lines");
            prop_assert!(!name.contains(['<', '>', '&']) && !path.contains(['<', '>', '&']));
            prop_assert_eq!(decoded(name), signal.name.replace('\n', " "));
            prop_assert_eq!(decoded(path), signal.type_path.replace('\n', " "));
        }
    }
}

#[cfg(feature = "svg")]
mod svg {
    use proptest::prelude::*;
    use roxmltree::{Document, Node};

    use super::super::svg::Svg;
    use super::signals;

    /// The left, top, right and bottom of all boxes.
    fn boxes(block: Node<'_, '_>) -> Vec<[u32; 4]> {
        let translate = block.attribute("transform").unwrap_or_default();
        let origin = translate.trim_start_matches("translate(");
        let origin = origin.trim_end_matches(')').split_once(' ');
        let (left, top) = origin.expect("the place of a block");
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn boxes_of_a_picture_lie_side_by_side_on_the_page(signals in signals()) {
            let svg = Svg(&signals).to_string();
            let document = Document::parse(&svg).expect("XML");
            let root = document.root_element();
            let [width, height] = ["width", "height"]
                .map(|name| root.attribute(name).and_then(|text| text.parse::<u32>().ok()));
            let blocks = root.children().filter(|node| node.has_tag_name("g"));
            let boxes: Vec<_> = blocks.flat_map(boxes).collect();

            let drawn = |signal: &super::SignalView<'_>| -> usize {
                let resources = signal.receivers.iter().map(|receiver| receiver.resources.len());
                1 + signal.receivers.len() + resources.sum::<usize>()
            };
            prop_assert_eq!(boxes.len(), signals.iter().map(drawn).sum::<usize>());
            for (index, one) in boxes.iter().enumerate() {
                prop_assert!(Some(one[2]) <= width && Some(one[3]) <= height, "{one:?}");
                for other in &boxes[..index] {
                    let apart = one[0] >= other[2]
                        || other[0] >= one[2]
                        || one[1] >= other[3]
                        || other[1] >= one[3];
                    prop_assert!(apart, "{one:?} and {other:?}");
                }
            }
        }
    }
}
