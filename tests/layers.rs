//! Crates, the rooms of core, and the files of every crate import one another in one direction only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree};

/// Each crate, its root, and the crates of this repository that it may use.
const CRATES: &[(&str, &str, &[&str])] = &[
    ("pincer_core", "harness/core/src/lib.rs", &[]),
    ("pincer_intake", "harness/intake/src/lib.rs", &["pincer_core"]),
    ("pincer_stage", "harness/stage/src/lib.rs", &["pincer_core"]),
    ("pincer_drive", "harness/drive/src/lib.rs", &["pincer_core"]),
    ("pincer_stand", "harness/stand/src/lib.rs", &["pincer_core", "pincer_stage", "pincer_drive"]),
    ("pincer_reference", "reference/src/lib.rs", &[]),
    (
        "pincer",
        "harness/pincer/lib.rs",
        &["pincer_core", "pincer_intake", "pincer_stage", "pincer_drive", "pincer_stand", "pincer_reference"],
    ),
];

/// Each room of core and the rooms that it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("vocab", &[]),
    ("frame", &[]),
    ("measure", &["vocab"]),
    ("scenario", &["vocab"]),
    ("observe", &["vocab", "scenario"]),
    ("plan", &["vocab", "scenario"]),
    ("judge", &["vocab", "scenario", "plan", "observe"]),
    ("report", &["vocab", "scenario", "plan", "observe", "judge"]),
    ("accept", &["vocab", "scenario", "judge", "report"]),
    ("certify", &["vocab", "scenario", "observe", "judge"]),
    ("property", &["vocab", "scenario", "observe", "plan", "judge", "report", "certify"]),
];

/// Rooms of the root crate that name no concrete target: they import none of these.
const ABSTRACT: &[(&str, &[&str])] = &[
    ("conduct", &["embedded", "reference", "weaknesses", "selftest", "measure", "cli"]),
    ("replay", &["embedded", "reference", "conduct", "cli"]),
];

/// A module, as its path from the crate's root.
type Module = Vec<String>;

/// A crate's modules and their imports.
struct Crate {
    /// The file of each module. A module inside a file has none.
    files: BTreeMap<Module, PathBuf>,
    /// The names that each module brings into scope, with their paths.
    uses: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
    /// All paths in a module.
    paths: BTreeMap<Module, BTreeSet<Vec<String>>>,
}

/// The paths of one module.
struct Reader<'a> {
    of: &'a mut Crate,
    module: Module,
    folder: PathBuf,
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string().starts_with("test"))
    })
}

/// The file in the attribute `path`.
fn named(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(file), .. }) =
        &attribute.meta.require_name_value().ok()?.value
    else {
        return None;
    };
    Some(file.value())
}

#[expect(clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]
impl Crate {
    fn read(root: &Path) -> Self {
        let mut read = Self { files: BTreeMap::new(), uses: BTreeMap::new(), paths: BTreeMap::new() };
        read.file(Vec::new(), root, root.parent().expect("a folder").to_owned());
        read
    }

    fn file(&mut self, module: Module, path: &Path, folder: PathBuf) {
        let text = fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        self.files.insert(module.clone(), path.to_owned());
        Reader { of: self, module, folder }.visit_file(&parsed);
    }

    /// The module that defines the item of this path, by the names that modules bring into scope.
    fn defining(&self, from: &Module, path: &[String], depth: u32) -> Option<Module> {
        let mut module: Module = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            first => {
                let child: Module = from.iter().cloned().chain([first.to_owned()]).collect();
                if self.files.contains_key(&child) {
                    child
                } else {
                    let meant = self.uses.get(from)?.get(first)?;
                    // A name that stands for itself comes from another crate.
                    if meant.first() == path.first() || depth == 0 {
                        return None;
                    }
                    let whole: Vec<String> = meant.iter().chain(&path[1..]).cloned().collect();
                    return self.defining(from, &whole, depth - 1);
                }
            }
        };
        let mut rest = &path[1..];
        while let Some((next, after)) = rest.split_first() {
            if next == "super" {
                module.pop();
            } else {
                let child: Module = module.iter().cloned().chain([next.clone()]).collect();
                if self.files.contains_key(&child) {
                    module = child;
                } else {
                    let here = self.uses.get(&module).and_then(|uses| uses.get(next));
                    return match here {
                        Some(meant) if depth > 0 => {
                            let whole: Vec<String> = meant.iter().chain(after).cloned().collect();
                            self.defining(&module, &whole, depth - 1)
                        }
                        _ => Some(module),
                    };
                }
            }
            rest = after;
        }
        Some(module)
    }

    /// What each module imports from which other.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut all = BTreeMap::new();
        for (module, paths) in &self.paths {
            let meant = paths.iter().filter_map(|path| self.defining(module, path, 8));
            all.insert(module.clone(), meant.filter(|other| other != module).collect());
        }
        all
    }

    /// The names of other crates at the start of paths.
    fn heads(&self) -> BTreeSet<String> {
        self.paths.values().flatten().filter_map(|path| path.first().cloned()).collect()
    }
}

impl Reader<'_> {
    fn names(&mut self, path: Vec<String>) {
        self.of.paths.entry(self.module.clone()).or_default().insert(path);
    }

    fn brings(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.brings(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.brings(tree, before)),
            UseTree::Glob(_) => self.names(before.to_vec()),
            UseTree::Name(name) => {
                let whole = if name.ident == "self" { before.to_vec() } else { with(&name.ident) };
                self.scope(whole.last().cloned().unwrap_or_default(), whole);
            }
            UseTree::Rename(name) => self.scope(name.rename.to_string(), with(&name.ident)),
        }
    }

    fn scope(&mut self, name: String, whole: Vec<String>) {
        self.of.uses.entry(self.module.clone()).or_default().insert(name, whole);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(module) => &module.attrs,
            Item::Fn(function) => &function.attrs,
            Item::Use(uses) => &uses.attrs,
            Item::Impl(block) => &block.attrs,
            _ => return visit::visit_item(self, item),
        };
        if is_test(attributes) {
            return;
        }
        let Item::Mod(module) = item else { return visit::visit_item(self, item) };
        let name = module.ident.to_string();
        let mut inner = self.module.clone();
        inner.push(name.clone());
        // A module inside its parent's file belongs to it.
        if module.content.is_some() {
            return visit::visit_item(self, item);
        }
        let [flat, nested] = [self.folder.join(format!("{name}.rs")), self.folder.join(&name).join("mod.rs")];
        let path = match named(&module.attrs) {
            Some(file) => self.folder.join(file),
            None if flat.exists() => flat,
            None => nested,
        };
        let folder = self.folder.join(&name);
        self.of.file(inner, &path, folder);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.brings(&item.tree, &[]);
        // A re-export alone is not a use.
        if matches!(item.vis, syn::Visibility::Inherited) {
            let brought = self.of.uses.get(&self.module).into_iter().flatten();
            let paths: Vec<_> = brought.map(|(_, path)| path.clone()).collect();
            for path in paths {
                self.names(path);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.names(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

/// Imports between siblings: modules with the same parent, each with everything below it. Imports between a module and
/// its ancestors do not count, because a parent is the interface of its children.
fn between_neighbours(imports: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut between: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, others) in imports {
        for to in others {
            let common = from.iter().zip(to).take_while(|(one, other)| one == other).count();
            if common < from.len() && common < to.len() {
                between.entry(from[..=common].to_vec()).or_default().insert(to[..=common].to_vec());
            }
        }
    }
    between
}

/// An import ring, if there is one: each module imports the next, and the last the first.
fn ring(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    fn walk(
        at: &Module,
        imports: &BTreeMap<Module, BTreeSet<Module>>,
        way: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> Option<Vec<Module>> {
        if let Some(begin) = way.iter().position(|module| module == at) {
            return Some(way[begin..].to_vec());
        }
        if !done.insert(at.clone()) {
            return None;
        }
        way.push(at.clone());
        let found = imports.get(at).into_iter().flatten().find_map(|next| walk(next, imports, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|module| walk(module, imports, &mut Vec::new(), &mut done))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn no_modules_of_a_crate_form_an_import_ring() {
    for (name, file, _) in CRATES {
        let imports = Crate::read(&root().join(file)).imports();
        assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 5, "the test sees the imports of {name}");
        if let Some(ring) = ring(&between_neighbours(&imports)) {
            let shown: Vec<String> = ring.iter().map(|module| module.join("::")).collect();
            panic!("{name}: {}", shown.join(" → "));
        }
    }
}

#[test]
fn crates_use_one_another_as_the_architecture_allows() {
    for (name, file, allowed) in CRATES {
        let heads = Crate::read(&root().join(file)).heads();
        for (other, _, _) in CRATES.iter().filter(|(other, _, _)| other != name) {
            assert!(!heads.contains(*other) || allowed.contains(other), "{name} uses {other}");
        }
    }
}

/// Fails if a module of `room` imports one of a room that is `forbidden`.
fn rooms_hold(file: &str, room: &str, forbidden: impl Fn(&str) -> bool) -> usize {
    let mut seen = 0;
    for (module, imports) in Crate::read(&root().join(file)).imports() {
        if module.first().is_none_or(|first| first != room) {
            continue;
        }
        for other in imports.iter().filter_map(|other| other.first()).filter(|other| *other != room) {
            seen += 1;
            assert!(!forbidden(other), "{} imports {other}", module.join("::"));
        }
    }
    seen
}

#[test]
fn rooms_of_core_import_as_the_architecture_allows() {
    let hold = |(room, allowed): &(&str, &[&str])| {
        let known = |other: &str| ROOMS.iter().any(|(room, _)| *room == other);
        rooms_hold("harness/core/src/lib.rs", room, |other| known(other) && !allowed.contains(&other))
    };
    assert!(ROOMS.iter().map(hold).sum::<usize>() > 50, "the test sees imports at all");
}

#[test]
fn the_loop_and_the_judging_of_traces_name_no_concrete_target() {
    for (room, forbidden) in ABSTRACT {
        rooms_hold("harness/pincer/lib.rs", room, |other| forbidden.contains(&other));
    }
}
