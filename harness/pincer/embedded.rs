//! The embedded files: scenarios, payloads, controls, and those of the references.

use include_dir::{Dir, include_dir};
use pincer_core::scenario::{
    Catalogue, Profile, ReadError, Source, Suite, Target, Vocabulary, read_catalogue, read_profile, read_target,
};
use pincer_core::vocab::TargetKind;

use crate::weaknesses;

/// The message if the reference is needed in a build without it.
pub(crate) const LEFT_OUT: &str = "this build leaves out the embedded reference: name your target by `--target FILE`, \
     or build Pincer with its feature `reference`, which is on by default";

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The embedded text of a file below `scenarios/`.
pub fn text(path: &str) -> &'static str {
    SCENARIOS.get_file(path).and_then(|file| file.contents_utf8()).unwrap_or_default()
}

/// The control catalogue.
pub fn catalogue() -> Result<Catalogue, ReadError> {
    read_catalogue(&Source::new("controls.yaml", text("controls.yaml")))
}

/// All profiles, in order of their names.
pub fn profiles() -> Result<Vec<Profile>, ReadError> {
    let files = SCENARIOS.get_dir("profiles").into_iter().flat_map(Dir::files);
    let sources = files.filter_map(|file| Some(Source::new(file.path().to_string_lossy(), file.contents_utf8()?)));
    let mut profiles = sources.map(|source| read_profile(&source)).collect::<Result<Vec<_>, _>>()?;
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(profiles)
}

/// The profile of this name.
pub fn profile(name: &str) -> Result<Option<Profile>, ReadError> {
    Ok(profiles()?.into_iter().find(|profile| profile.name == name))
}

/// All embedded scenarios and payload sets.
pub fn sources() -> Vec<Source> {
    let mut sources: Vec<Source> = ["gateway", "agent", "payloads"]
        .iter()
        .filter_map(|folder| SCENARIOS.get_dir(folder))
        .flat_map(Dir::files)
        .filter(|file| file.path().extension().is_some_and(|end| end == "yaml"))
        .filter_map(|file| Some(Source::new(file.path().to_string_lossy(), file.contents_utf8()?)))
        .collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

/// The embedded suite, extended or replaced by the user's own sources. These may use what the reference and any of the
/// user's targets declare.
pub fn suite(own: Vec<Source>, targets: &[Target]) -> Result<Suite, ReadError> {
    let mut all = sources();
    let layered = all.len();
    all.extend(own);
    Suite::read(catalogue()?, &all, layered, &vocabulary(targets)?)
}

/// The names that scenarios may use: what the reference and any of these targets declare.
pub fn vocabulary(targets: &[Target]) -> Result<Vocabulary, ReadError> {
    let references = [target(TargetKind::Gateway)?, target(TargetKind::Agent)?];
    Ok(Vocabulary::new(&weaknesses::names(), targets.iter().chain(&references)))
}

/// The descriptor of the reference of this kind.
pub fn target(kind: TargetKind) -> Result<Target, ReadError> {
    read_target(&Source::new(format!("{}/target.yaml", folder(kind)), file(kind, "target.yaml")))
}

/// A file of the reference of this kind.
pub fn file(kind: TargetKind, name: &str) -> &'static str {
    text(&format!("{}/{name}", folder(kind)))
}

fn folder(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Gateway => "targets/reference",
        TargetKind::Agent => "targets/reference-agent",
    }
}
