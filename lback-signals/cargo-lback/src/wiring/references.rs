//! Finds the receivers that the paths of `before(…)` and `after(…)` name.

use std::collections::{BTreeSet, HashMap};

/// The most functions of one name among which an imported path is looked for, since each path looks at all of them.
const MAX_OF_A_NAME: usize = 1000;

/// The receiver that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named<'r> {
    /// A receiver with this path.
    One(&'r str),
    /// A receiver of other signals alone: an attribute may name several signals, and receivers of each.
    OfOthers,
    /// None, or one of several.
    Unknown(Vec<&'r str>),
}

/// The paths of all receivers, by their last segments.
pub(super) struct Paths<'r> {
    by_name: HashMap<&'r str, BTreeSet<&'r str>>,
}

impl<'r> Paths<'r> {
    pub(super) fn new(paths: impl Iterator<Item = &'r str>) -> Self {
        let mut by_name = HashMap::<_, BTreeSet<_>>::new();
        for path in paths {
            by_name.entry(last_segment(path)).or_default().insert(path);
        }
        Self { by_name }
    }

    /// Finds the receiver that a path names in a module. `receives` says which receive the signal.
    pub(super) fn resolve(
        &self,
        path: &str,
        module: &str,
        receives: impl Fn(&str) -> bool,
    ) -> Named<'r> {
        let path = without_noise(path);
        let none = BTreeSet::new();
        let same_name = self.by_name.get(last_segment(&path)).unwrap_or(&none);
        let named = |full: &str| match same_name.get(full) {
            Some(path) if receives(path) => Some(Named::One(path)),
            Some(_) => Some(Named::OfOthers),
            None => None,
        };
        if let Some(full) = absolute(&path, module) {
            return named(&full).unwrap_or(Named::Unknown(Vec::new()));
        }
        // A name of the module itself, then a path that begins with its crate, then one that `use` imports.
        let in_module = format!("{module}::{path}");
        if let Some(found) = named(&in_module).or_else(|| named(&path)) {
            return found;
        }
        if same_name.len() > MAX_OF_A_NAME {
            return Named::Unknown(Vec::new());
        }
        let end = format!("::{path}");
        let imported = same_name.iter().copied().filter(|it| it.ends_with(&end));
        let (own, others): (Vec<_>, Vec<_>) = imported.partition(|it| receives(it));
        match own.as_slice() {
            [one] => Named::One(one),
            [] if !others.is_empty() => Named::OfOthers,
            _ => Named::Unknown(own),
        }
    }
}

/// Returns the function of a path: `mail::send` for `mail :: r#send::<T>`.
fn without_noise(path: &str) -> String {
    let path: String = path.chars().filter(|c| !c.is_whitespace()).collect();
    let path = path.split('<').next().unwrap_or_default();
    let path = path.trim_start_matches("::").trim_end_matches("::");
    let segments = path.split("::");
    let segments = segments.map(|segment| segment.strip_prefix("r#").unwrap_or(segment));
    segments.collect::<Vec<_>>().join("::")
}

/// Returns the path from the root of the crate, if it begins with `crate`, `self` or `super`.
fn absolute(path: &str, module: &str) -> Option<String> {
    let (first, rest) = path.split_once("::")?;
    match first {
        "crate" => Some(format!("{}::{rest}", module.split("::").next()?)),
        "self" => Some(format!("{module}::{rest}")),
        "super" => {
            let (mut module, mut rest) = (module.rsplit_once("::")?.0, rest);
            while let Some(further) = rest.strip_prefix("super::") {
                (module, rest) = (module.rsplit_once("::")?.0, further);
            }
            Some(format!("{module}::{rest}"))
        }
        _ => None,
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{MAX_OF_A_NAME, Named, Paths, absolute, without_noise};

    const PATHS: [&str; 6] = [
        "shop::audit",
        "shop::mail::audit",
        "shop::mail::send",
        "bank::book",
        "bank::pay::send",
        "bank::late",
    ];

    fn resolve(path: &str, module: &str) -> Named<'static> {
        let paths = Paths::new(PATHS.into_iter());
        paths.resolve(path, module, |path| path != "bank::late")
    }

    #[test]
    fn a_path_names_one_receiver() {
        for (path, module, named) in [
            ("audit", "shop::mail", "shop::mail::audit"),
            ("audit", "shop", "shop::audit"),
            ("book", "shop::mail", "bank::book"),
            ("r#send", "shop::mail", "shop::mail::send"),
            ("mail::send", "other", "shop::mail::send"),
            ("pay :: send::<T>", "shop::mail", "bank::pay::send"),
            ("::bank::pay::send", "shop", "bank::pay::send"),
            ("crate::audit", "shop::mail", "shop::audit"),
            ("self::audit", "shop::mail", "shop::mail::audit"),
            ("super::audit", "shop::mail", "shop::audit"),
            ("super::super::audit", "shop::mail::deep", "shop::audit"),
        ] {
            assert_eq!(resolve(path, module), Named::One(named), "{path}");
        }
    }

    #[test]
    fn other_paths_are_not_certain() {
        assert_eq!(resolve("late", "shop"), Named::OfOthers);
        assert_eq!(resolve("bank::late", "shop"), Named::OfOthers);
        let unknown = Named::Unknown(vec!["bank::pay::send", "shop::mail::send"]);
        assert_eq!(resolve("send", "shop"), unknown);
        for path in [
            "never",
            "crate::send",
            "super::audit",
            "super::super::audit",
            "",
            "::",
        ] {
            assert_eq!(resolve(path, "shop"), Named::Unknown(Vec::new()), "{path}");
        }
    }

    #[test]
    fn an_import_is_not_looked_for_among_many_functions_of_one_name() {
        let all: Vec<_> = (0..=MAX_OF_A_NAME)
            .map(|number| format!("shop::m{number}::send"))
            .collect();
        for (count, named) in [
            (MAX_OF_A_NAME, Named::One("shop::m7::send")),
            (MAX_OF_A_NAME + 1, Named::Unknown(Vec::new())),
        ] {
            let paths = Paths::new(all[..count].iter().map(String::as_str));
            let found = paths.resolve("send", "bank", |path| path == "shop::m7::send");
            assert_eq!(found, named, "{count}");
            let own = paths.resolve("send", "shop::m3", |_| true);
            assert_eq!(own, Named::One("shop::m3::send"));
        }
    }

    #[test]
    fn the_root_has_no_parent() {
        assert_eq!(absolute("super::a", "shop"), None);
        assert_eq!(without_noise("a::<b::c>"), "a");
    }
}
