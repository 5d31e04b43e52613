//! The layers of `lback-signals` and `lback-auth`: each module imports only from those below it.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// A crate whose modules are in layers.
struct Layered {
    name: &'static str,
    /// The heading of the crate's table in `ARCHITECTURE.md`.
    heading: &'static str,
    /// The modules, from the lowest layer to the highest.
    modules: &'static [&'static str],
    /// The number of imports that are found at least, so that a test that finds none fails.
    min_imports: usize,
}

const SIGNALS: Layered = Layered {
    name: "lback-signals",
    heading: "## The layers of the core",
    modules: &[
        "sync",
        "unwind",
        "info",
        "record",
        "stderr",
        "trace",
        "recursion",
        "enqueue",
        "payload",
        "report",
        "connection",
        "context",
        "observe",
        "live",
        "signal",
        "extract",
        "registry",
        "call",
        "background",
        "transaction",
        "postgres_outcome",
        "sql_transaction",
        "dispatch",
        "scope",
        "model",
        "wiring",
        "durable",
        "metrics",
        "__private",
        "macros",
        "lib",
    ],
    min_imports: 300,
};

const AUTH: Layered = Layered {
    name: "lback-auth",
    heading: "## The layers of the accounts",
    modules: &[
        "random",
        "clock",
        "user_id",
        "serialize",
        "case_folding",
        "normal_form",
        "session",
        "request_context",
        "password",
        "hasher",
        "token",
        "email_verification",
        "auth_user",
        "derive",
        "user_signal",
        "signals",
        "operations",
        "user",
        "policy",
        "store",
        "audit",
        "accounts",
        "axum",
        "testing",
        "__private",
        "lib",
    ],
    min_imports: 300,
};

/// The macros that generated code calls through `__private`.
const EXPORTED_MACROS: [&str; 2] = ["__anchor", "__record"];

#[test]
fn each_module_imports_from_below() {
    for layered in [SIGNALS, AUTH] {
        let Layered {
            name, min_imports, ..
        } = layered;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{name}/src"));
        let mut violations = Vec::new();
        let mut imports = 0;
        for file in files(&source) {
            let path = file.strip_prefix(&source).unwrap();
            let module = module_of(path);
            let syntax = syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap();
            let mut found = Imports {
                module: module.clone(),
                paths: Vec::new(),
            };
            found.visit_file(&syntax);
            imports += found.paths.len();
            let path = path.display();
            let violations_here = found.paths.iter().filter_map(|import| {
                let problem = layered.violation(&module[0], import)?;
                Some(format!("{path}: `crate::{}` {problem}", import.join("::")))
            });
            violations.extend(violations_here);
        }
        assert!(imports > min_imports, "{name}: only {imports} imports");
        assert!(violations.is_empty(), "{name}:\n{}", violations.join("\n"));
    }
}

impl Layered {
    /// Says what is wrong with a path that a module imports, from the root of the crate.
    fn violation(&self, from: &str, import: &[String]) -> Option<String> {
        let layer = |module: &str| self.modules.iter().position(|it| *it == module);
        let to = import.first().map_or("", String::as_str);
        match (layer(from), layer(to)) {
            _ if from == to => None,
            // `#[macro_export]` puts macros at the root, wherever they are written.
            _ if matches!(import, [name] if EXPORTED_MACROS.contains(&name.as_str())) => None,
            (None, _) => Some(format!("is imported by `{from}`, which has no layer")),
            (_, None) => Some("goes through the root: import from the module".to_owned()),
            (Some(lower), Some(upper)) if lower < upper => Some(format!("points up from `{from}`")),
            _ => None,
        }
    }
}

#[test]
fn the_architecture_lists_the_layers_in_their_order() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let page = fs::read_to_string(page).unwrap();
    for layered in [SIGNALS, AUTH] {
        let (_, section) = page.split_once(layered.heading).unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let rows = section.lines().filter_map(|it| it.strip_prefix("| `"));
        let modules: Vec<_> = rows.filter_map(|it| Some(it.split_once('`')?.0)).collect();
        assert_eq!(modules, layered.modules);
    }
}

#[test]
fn imports_up_and_through_the_root_are_found() {
    let text = "
        use crate::dispatch::{self, Sending};
        use super::super::wiring;
        mod inner { fn call(signal: &impl crate::Signal) { log!(x as &mut crate::scope::current()) } }
        use self::super::super::wiring;
        use crate::*;
        use crate as root;
        #[cfg(test)]
        use crate::model::Model;
        #[cfg(test)]
        mod tests { use crate::model::Model; }
    ";
    let mut found = Imports {
        module: vec!["info".to_owned(), "phase".to_owned()],
        paths: Vec::new(),
    };
    found.visit_file(&syn::parse_file(text).unwrap());
    let problems = found.paths.iter().map(|it| SIGNALS.violation("info", it));
    let problems: Vec<_> = problems.map(Option::unwrap_or_default).collect();
    let up = "points up from `info`";
    let root = "goes through the root: import from the module";
    assert_eq!(problems, [up, up, up, root, up, up, root, root]);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
    // Modules of tests are in folders of this name, too.
    files.retain(|file| {
        file.parent()
            .is_none_or(|folder| !folder.ends_with("tests"))
    });
    files
}

/// `context/frame.rs` is the module `context::frame`.
fn module_of(path: &Path) -> Vec<String> {
    let path = path.with_extension("");
    let names = path.iter().map(|name| name.to_str().unwrap().to_owned());
    names.collect()
}

/// The paths of other modules that a module names, from the root of the crate.
struct Imports {
    module: Vec<String>,
    paths: Vec<Vec<String>>,
}

impl Imports {
    /// Adds a path that begins with `crate` or `super`.
    fn add(&mut self, path: &[String]) {
        let mut rest = path;
        if let [first, second, ..] = rest
            && (first.as_str(), second.as_str()) == ("self", "super")
        {
            rest = &rest[1..];
        }
        let mut base = match rest.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("super") => {
                let mut base = self.module.clone();
                base.pop();
                base
            }
            _ => return,
        };
        rest = &rest[1..];
        while let Some(("super", tail)) = rest.split_first().map(|(it, tail)| (it.as_str(), tail)) {
            base.pop();
            rest = tail;
        }
        base.extend_from_slice(rest);
        self.paths.push(base);
    }

    fn add_tree(&mut self, mut path: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(it) => {
                path.push(it.ident.to_string());
                self.add_tree(path, &it.tree);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(path.clone(), tree);
                }
            }
            UseTree::Name(it) => {
                path.extend((it.ident != "self").then(|| it.ident.to_string()));
                self.add(&path);
            }
            UseTree::Rename(it) => {
                path.push(it.ident.to_string());
                self.add(&path);
            }
            UseTree::Glob(_) => self.add(&path),
        }
    }

    /// Adds the paths among the tokens of a macro call, which are not parsed.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut is_continued = false;
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(name) => {
                    if !is_continued {
                        self.add_token_path(&mut path);
                    }
                    path.push(name.to_string());
                    is_continued = false;
                }
                // `$crate` is resolved where the macro is called.
                TokenTree::Punct(it) if it.as_char() == '$' => drop(tokens.next()),
                TokenTree::Punct(it) if it.as_char() == ':' => is_continued = true,
                other => {
                    self.add_token_path(&mut path);
                    is_continued = false;
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(group.stream());
                    }
                }
            }
        }
        self.add_token_path(&mut path);
    }

    fn add_token_path(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        // `crate` alone is that of `pub(crate)`, and `super` alone a glob in the code that a macro generates.
        if path != ["crate"] && path != ["super"] {
            self.add(&path);
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            self.add_tree(Vec::new(), &item.tree);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|it| it.ident.to_string());
        self.add(&names.collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    /// `pub(crate)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.add_tokens(call.tokens.clone());
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| {
        it.path().is_ident("cfg")
            && it
                .parse_args::<syn::Path>()
                .is_ok_and(|it| it.is_ident("test"))
    })
}
