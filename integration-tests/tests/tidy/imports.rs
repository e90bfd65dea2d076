//! Who may import whom: the table in the documentation against the source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::{files_with, is_test, name, production_code, read, root};

type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_table_of_imports_is_true() {
    let documented = table(&read(&root().join("docs/architecture.md")));
    let mut found = imports("protocol");
    found.extend(imports("node"));
    let mut wrong = Vec::new();
    let modules: BTreeSet<&String> = documented.keys().chain(found.keys()).collect();
    for module in modules {
        if documented.get(module) != found.get(module) {
            let row = |of: &Imports| of.get(module).map_or_else(|| "(no such module)".to_owned(), cell);
            wrong.push(format!(
                "documented | {module} | {} |\n   in code | {module} | {} |",
                row(&documented),
                row(&found)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/architecture.md and the source disagree about who imports whom. Is the import wanted? Then \
         change the table; otherwise the source:\n{}",
        wrong.join("\n")
    );
}

fn cell(modules: &BTreeSet<String>) -> String {
    let names: Vec<&str> = modules.iter().map(String::as_str).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

/// The rows between the two marks.
fn table(text: &str) -> Imports {
    let start = text.find("<!-- imports -->").expect("docs/architecture.md has the mark `<!-- imports -->`");
    let end = text.find("<!-- /imports -->").expect("docs/architecture.md has the mark `<!-- /imports -->`");
    let rows = text[start..end].lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let modules = cells[2].split(',').map(|cell| cell.trim().trim_matches('`').to_owned());
        let modules = modules.filter(|module| module != "–" && !module.is_empty()).collect();
        (cells[1].trim_matches('`').to_owned(), modules)
    })
    .collect()
}

/// What each top-level module of a crate names of the others, and `protocol`
/// for the other crate. A module's tests may import what they like.
fn imports(package: &str) -> Imports {
    let source = root().join(package).join("src");
    let mut imports = Imports::new();
    for path in files_with(&format!("{package}/src"), "rs") {
        let inner = path.strip_prefix(&source).expect("it lies there").with_extension("");
        let parts: Vec<String> =
            inner.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        if parts[0] == "lib" || is_test(&path) {
            continue;
        }
        let named = named(&production_code(&read(&path)), parts.len());
        let module = imports.entry(format!("{package}::{}", parts[0])).or_default();
        module.extend(named.into_iter().filter(|other| *other != parts[0]));
    }
    imports
}

/// The names at the root of the crate that `code`, in a module `depth` deep,
/// refers to.
fn named(code: &str, depth: usize) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let supers = "super::".repeat(depth);
    for prefix in ["crate::", supers.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            named.extend(first_names(&code[at + prefix.len()..]));
        }
    }
    if code.contains("commons_protocol::") {
        named.insert("protocol".to_owned());
    }
    named.remove("super");
    named
}

/// `a` of `a::b`, or `a` and `b` of `{a::x, b::{y, z}}`.
fn first_names(code: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    if !code.starts_with('{') {
        return vec![word(code)];
    }
    let mut names = Vec::new();
    let (mut depth, mut start) = (0usize, 1usize);
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (c == ',' && depth == 1) {
            names.push(word(&code[start..at]));
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn names_are_found_in_all_forms() {
    let code = "use crate::{a::X, b::{Y, Z}}; fn f() { crate::c::g(); super::d::h(); } use super::super::e;";
    assert_eq!(named(code, 1).into_iter().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert!(named(code, 2).contains("e"));
}

#[test]
fn only_the_network_names_libp2p_and_only_the_store_sled() {
    let mut wrong = Vec::new();
    for package in ["protocol", "node", "cli"] {
        for path in files_with(&format!("{package}/src"), "rs") {
            let code = production_code(&read(&path));
            for (library, home) in [("libp2p", "node/src/net"), ("sled", "node/src/store")] {
                if names_crate(&code, library) && !lies_in(&path, home) {
                    wrong.push(format!("{} names {library}", name(&path)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn names_crate(code: &str, library: &str) -> bool {
    code.match_indices(library).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + library.len()..].chars().next();
        let apart = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        apart(before) && apart(after)
    })
}

/// Whether the path is `home.rs` or below `home/`.
fn lies_in(path: &Path, home: &str) -> bool {
    let name = name(path);
    name == format!("{home}.rs") || name.starts_with(&format!("{home}/"))
}
