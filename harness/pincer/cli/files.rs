//! The user's files: read and written only here.

use std::path::{Path, PathBuf};

use pincer_core::scenario::{Launch, Source, Target};
use pincer_core::vocab::{Digest, Identity, Template, Tracer, Word, hex};
use pincer_drive::Credentials;
use pincer_stand::External;
use sha2::{Digest as _, Sha256};

use super::CliError;

/// Reads a text.
pub(super) fn read(path: &Path) -> Result<Source, CliError> {
    let text = std::fs::read_to_string(path).map_err(|why| fault(path, why))?;
    Ok(Source::new(path.display().to_string(), text))
}

/// All YAML files below a folder, in order of their names.
pub(super) fn read_folder(folder: &Path) -> Result<Vec<Source>, CliError> {
    let mut sources = Vec::new();
    let mut entries =
        std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|why| fault(folder, why))?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            sources.extend(read_folder(&path)?);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            sources.push(read(&path)?);
        }
    }
    Ok(sources)
}

/// Writes a file, and creates its folder.
pub(super) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|why| fault(folder, why))?;
    }
    std::fs::write(path, bytes).map_err(|why| fault(path, why))
}

/// Writes a file completely or not at all, and creates its folder.
pub(super) fn replace(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), CliError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = write(&part, bytes).and_then(|()| std::fs::rename(&part, path).map_err(|why| fault(path, why)));
    if written.is_err() {
        // A second failure has nothing to add.
        let _ = std::fs::remove_file(&part);
    }
    written
}

/// A user's target, with `${env:NAME}`, `${file:PATH}` and `${canary:NAME}` filled into its credentials and its launch.
pub(super) fn external(target: &Target, folder: PathBuf, tracer: &Tracer) -> Result<External, CliError> {
    let mut all: Vec<(Identity, Vec<(String, String)>)> = Vec::new();
    let mut declared = Vec::new();
    for (identity, credential) in &target.identities {
        let mut headers = Vec::new();
        for (name, template) in &credential.header {
            headers.push((name.clone(), shown(template, &folder, tracer)?));
            for word in template.words() {
                declared.extend(look_up(word, &folder, tracer)?.map(|value| (identity.clone(), value)));
            }
        }
        all.push((identity.clone(), headers));
    }
    let mut launch = target.launch.clone();
    let mut secrets = Vec::new();
    for template in launch.iter_mut().flat_map(Launch::templates_mut) {
        *template = template.settle(|word| {
            let value = look_up(word, &folder, tracer)?;
            secrets.extend(value.iter().map(|value| (word.to_string(), value.clone())));
            Ok::<_, CliError>(value)
        })?;
    }
    Ok(External { folder, credentials: Credentials::new(all).declaring(declared), launch, secrets })
}

/// The header value of a template.
pub(super) fn shown(template: &Template, folder: &Path, tracer: &Tracer) -> Result<String, CliError> {
    template.fill(|word| look_up(word, folder, tracer)?.ok_or_else(|| unknown(word)))
}

/// The value of a placeholder from the environment, a file or the seed; none for other placeholders.
fn look_up(word: &Word, folder: &Path, tracer: &Tracer) -> Result<Option<String>, CliError> {
    match word {
        Word::Env(name) => std::env::var(name).map(Some).map_err(|_| {
            CliError::Usage(format!("the environment variable `{name}` is not set; a credential or `launch` uses it"))
        }),
        Word::File(path) => {
            let path = folder.join(path);
            let text = std::fs::read_to_string(&path).map_err(|why| fault(&path, why))?;
            Ok(Some(text.trim().to_owned()))
        }
        Word::Canary(name) => Ok(Some(tracer.secret(name))),
        _ => Ok(None),
    }
}

fn unknown(word: &Word) -> CliError {
    CliError::Usage(format!("`${{{word}}}` cannot be used in a credential"))
}

/// The digest of a file, read piece by piece.
pub(super) fn digest(path: &Path) -> Result<Digest, CliError> {
    let mut file = std::fs::File::open(path).map_err(|why| fault(path, why))?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        let length = std::io::Read::read(&mut file, &mut piece).map_err(|why| fault(path, why))?;
        if length == 0 {
            break;
        }
        hash.update(piece.get(..length).unwrap_or_default());
    }
    Digest::from_hex(&hex(&hash.finalize())).ok_or_else(|| CliError::Report("a digest of another length".to_owned()))
}

/// The digest of this program, if its file can be read.
pub(super) fn program() -> Option<Digest> {
    digest(&std::env::current_exe().ok()?).ok()
}

pub(super) fn fault(path: &Path, why: std::io::Error) -> CliError {
    CliError::File { path: path.display().to_string(), why }
}
