//! The guide names each public item and feature, so that its table of contents leads there in two steps.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use syn::{Attribute, Item, UseTree, Visibility};

use super::{assert_none, guide, root};

/// The crates whose items and features the guide names.
const CRATES: [&str; 4] = [
    "lback-auth",
    "lback-signals",
    "lback-signals/diesel",
    "lback-signals/sea-orm",
];

/// The names that a file makes public: its items, what it re-exports, and the public modules in it.
fn public_names(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap();
    let mut names = BTreeSet::new();
    for item in syn::parse_file(&text).unwrap().items {
        match item {
            Item::Use(it) if is_public(&it.vis, &it.attrs) => add_names(&it.tree, &mut names),
            Item::Fn(it) if is_public(&it.vis, &it.attrs) => {
                names.insert(it.sig.ident.to_string());
            }
            Item::Mod(it) if is_public(&it.vis, &it.attrs) => {
                let folder = match file.file_stem() {
                    Some(stem) if stem == "lib" => file.with_file_name(""),
                    _ => file.with_extension(""),
                };
                let file = folder.join(format!("{}.rs", it.ident));
                names.extend(public_names(&file));
            }
            _ => {}
        }
    }
    names
}

fn is_public(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes)
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| {
        it.path().is_ident("doc")
            && it
                .parse_args::<syn::Path>()
                .is_ok_and(|it| it.is_ident("hidden"))
    })
}

fn add_names(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(it) => add_names(&it.tree, names),
        UseTree::Group(it) => it.items.iter().for_each(|tree| add_names(tree, names)),
        UseTree::Name(it) => {
            names.insert(it.ident.to_string());
        }
        UseTree::Rename(it) => {
            names.insert(it.rename.to_string());
        }
        UseTree::Glob(_) => panic!("a public glob import: its names are not known here"),
    }
}

/// The exported macros of a folder of sources.
fn macros(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(macros(&path));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let Ok(file) = syn::parse_file(&text) else {
            continue;
        };
        for item in file.items {
            let Item::Macro(it) = item else { continue };
            let is_exported = it.attrs.iter().any(|it| it.path().is_ident("macro_export"));
            if let Some(name) = it.ident
                && is_exported
                && !is_hidden(&it.attrs)
            {
                names.insert(format!("{name}!"));
            }
        }
    }
    names
}

/// The features of a crate, except the default ones, which is a list of others.
fn features(manifest: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let features = text.split("[features]\n").nth(1).unwrap_or_default();
    let features = features.split("\n[").next().unwrap();
    let names = features.lines().filter_map(|line| line.split_once(" = "));
    names
        .map(|(name, _)| name.to_owned())
        .filter(|name| name != "default")
        .collect()
}

/// Whether the code names an item: as a word, and not as a part of another one.
fn is_named(name: &str, code: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(start, _)| {
        !code[..start].ends_with(is_part) && !code[start + name.len()..].starts_with(is_part)
    })
}

#[test]
fn each_public_item_and_feature_is_on_a_page() {
    let pages = guide();
    let mut problems = Vec::new();
    for name in CRATES {
        let folder = root().join(name);
        let mut names = public_names(&folder.join("src/lib.rs"));
        names.extend(macros(&folder.join("src")));
        names.extend(features(&folder.join("Cargo.toml")));
        assert!(names.len() >= 10, "{name}: {names:?}");
        let missing = |item: &&String| !pages.iter().any(|page| is_named(item, &page.code));
        let missing = names.iter().filter(missing);
        problems.extend(missing.map(|item| format!("no page of docs/ names `{item}` of {name}")));
    }
    assert_none(&problems);
}

#[test]
fn an_item_is_named_by_a_whole_word() {
    assert!(is_named("Scope", "let scope = Scope::new();"));
    assert!(is_named("link!", "lback_signals::link!(mailing);"));
    assert!(!is_named("Scope", "CurrentScope::enter, Scopes"));
}
