//! The ordering options of attributes against the same rules.

use std::any::TypeId;
use std::collections::BTreeSet;

use test_support::cases::{Result, Unstructured, check, vec};

use super::super::arrange;
use super::{CASES, Case, Group, SIZE, group, order_of, shuffle};
use crate::info::{
    Declaration, Introspection, Phase, Position, ReceiverInfo, ReceiverOptions, Reference,
    SignalDeclaration, SignalInfo,
};

static SIGNAL: SignalInfo = SignalInfo::__new(SignalDeclaration::EMPTY);

/// Stands for the function item of receiver `N`.
struct Item<const N: usize>;

const ITEMS: [TypeId; 6] = [
    TypeId::of::<Item<0>>(),
    TypeId::of::<Item<1>>(),
    TypeId::of::<Item<2>>(),
    TypeId::of::<Item<3>>(),
    TypeId::of::<Item<4>>(),
    TypeId::of::<Item<5>>(),
];

/// The index of an item that is not a receiver of the signal.
const OUTSIDER: usize = 5;

/// The options of one receiver: its phase and position, and the receivers in `before` and `after`.
type Attribute = (Group, Vec<usize>, Vec<usize>);

/// Returns the receiver with this index. The last two have the same id, and differ in their source location.
fn receiver(index: usize, ((phase, position), before, after): &Attribute) -> &'static ReceiverInfo {
    const ORIGINS: [&str; OUTSIDER] = [
        "tests::a@tests.rs:0:1",
        "tests::b@tests.rs:1:1",
        "tests::c@tests.rs:2:1",
        "tests::d@tests.rs:3:1",
        "tests::d@tests.rs:4:1",
    ];
    let references = |indices: &[usize]| -> &'static [Reference] {
        let references: Vec<_> = indices
            .iter()
            .map(|&index| Reference::new("named", ITEMS[index]))
            .collect();
        references.leak()
    };
    let mut options = ReceiverOptions::new()
        .before(references(before))
        .after(references(after));
    match phase {
        Phase::Now => {}
        Phase::AfterCommit => options = options.after_commit(),
        Phase::AfterRollback => options = options.after_rollback(),
        Phase::Concurrent | Phase::Background | Phase::Durable => unreachable!("not among them"),
    }
    match position {
        Position::First => options = options.first(),
        Position::Between => {}
        Position::Last => options = options.last(),
    }
    let options = Box::leak(Box::new(options));
    let introspection = Introspection::Plain(ITEMS[index]);
    let declaration = Declaration::new(ORIGINS[index], introspection, options);
    let declaration = Box::leak(Box::new(declaration));
    Box::leak(Box::new(ReceiverInfo::new(&SIGNAL, declaration, false)))
}

/// Returns the receivers in one list of an attribute: mostly none, or up to two.
fn named(u: &mut Unstructured<'_>) -> Result<Vec<usize>> {
    if !u.ratio(1_u8, 4)? {
        return Ok(Vec::new());
    }
    let count = u.int_in_range(1..=2)?;
    let mut named: Vec<_> = (0..=OUTSIDER).collect();
    while named.len() > count {
        named.remove(u.choose_index(named.len())?);
    }
    Ok(named)
}

fn attributes(u: &mut Unstructured<'_>) -> Result<Vec<Attribute>> {
    vec(u, OUTSIDER..=OUTSIDER, |u| {
        Ok((group(u)?, named(u)?, named(u)?))
    })
}

#[test]
fn the_order_does_not_depend_on_the_order_of_registration() {
    check(CASES, SIZE, |u| {
        let attributes = attributes(u)?;
        let mut registered: Vec<_> = (0..OUTSIDER).collect();
        shuffle(u, &mut registered)?;

        let mut receivers: Vec<_> = registered
            .into_iter()
            .map(|index| receiver(index, &attributes[index]))
            .collect();
        // The registry sorts the receivers like this.
        receivers.sort_unstable_by_key(|receiver| receiver.order_key());
        let arrangement = arrange(&receivers);
        let lines: Vec<_> = receivers.iter().map(|receiver| receiver.line()).collect();
        assert_eq!(lines, [0, 1, 2, 3, 4]);

        let (mut unresolved, mut across_phases) = (Vec::new(), Vec::new());
        let groups: Vec<_> = attributes.iter().map(|(group, ..)| *group).collect();
        let mut case = Case {
            groups,
            edges: Vec::new(),
        };
        for (index, (_, before, after)) in attributes.iter().enumerate() {
            let before = before.iter().map(|&other| (index, other));
            let after = after.iter().map(|&other| (other, index));
            for edge in before.chain(after) {
                if edge.0 == OUTSIDER || edge.1 == OUTSIDER {
                    unresolved.push((index, "named"));
                } else if case.groups[edge.0].0 != case.groups[edge.1].0 {
                    across_phases.push((index, "named"));
                } else {
                    case.edges.push(edge);
                }
            }
        }
        let (sequence, cycles) = order_of(&case.groups, &case.edges);
        assert_eq!(arrangement.sequence, sequence);
        assert_eq!(arrangement.cycles, cycles);
        assert_eq!(arrangement.unresolved, unresolved);
        assert_eq!(arrangement.across_phases, across_phases);
        Ok(())
    });
}

#[test]
fn each_phase_is_ordered_independently() {
    check(CASES, SIZE, |u| {
        let attributes = attributes(u)?;
        let receivers: Vec<_> = (0..OUTSIDER)
            .map(|index| receiver(index, &attributes[index]))
            .collect();
        let (mut sequence, mut cycles) = (Vec::new(), BTreeSet::new());
        for phase in [Phase::Now, Phase::AfterCommit, Phase::AfterRollback] {
            let (indices, alone): (Vec<_>, Vec<&ReceiverInfo>) = receivers
                .iter()
                .enumerate()
                .filter(|(_, receiver)| receiver.phase() == phase)
                .unzip();
            let arrangement = arrange(&alone);
            let among_all = |alone: Vec<usize>| -> Vec<usize> {
                alone.into_iter().map(|index| indices[index]).collect()
            };
            sequence.extend(among_all(arrangement.sequence));
            cycles.extend(arrangement.cycles.into_iter().map(among_all));
        }
        let arrangement = arrange(&receivers);
        assert_eq!(arrangement.sequence, sequence);
        assert_eq!(BTreeSet::from_iter(arrangement.cycles), cycles);
        Ok(())
    });
}
