//! Files of the user's: read and written here only.

use std::path::Path;

use pincer_core::scenario::{Source, Target};
use pincer_core::vocab::Identity;
use pincer_drive::Credentials;

use super::CliError;

/// Reads a text.
pub(super) fn read(path: &Path) -> Result<Source, CliError> {
    let text = std::fs::read_to_string(path).map_err(|why| fault(path, why))?;
    Ok(Source::new(path.display().to_string(), text))
}

/// All YAML files of a folder and its folders, in order of their names.
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

/// Writes a text, and the folder that it is in.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|why| fault(folder, why))?;
    }
    std::fs::write(path, text).map_err(|why| fault(path, why))
}

/// Resolves `${env:NAME}` and `${file:PATH}` in the credentials of a target.
pub(super) fn credentials(target: &Target, folder: &Path) -> Result<Credentials, CliError> {
    let mut all: Vec<(Identity, Vec<(String, String)>)> = Vec::new();
    for (identity, credential) in &target.identities {
        let mut headers = Vec::new();
        for (name, template) in &credential.header {
            headers.push((name.clone(), resolve(template, folder)?));
        }
        all.push((identity.clone(), headers));
    }
    Ok(Credentials::new(all))
}

fn resolve(template: &str, folder: &Path) -> Result<String, CliError> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (word, behind) = after
            .split_once('}')
            .ok_or_else(|| CliError::Usage(format!("`{template}` has a `${{` without its `}}`")))?;
        out.push_str(before);
        out.push_str(&match word.split_once(':') {
            Some(("env", name)) => std::env::var(name).map_err(|_| {
                CliError::Usage(format!("the environment variable `{name}` is not set; the descriptor asks for it"))
            })?,
            Some(("file", path)) => {
                let path = folder.join(path);
                std::fs::read_to_string(&path).map_err(|why| fault(&path, why))?.trim().to_owned()
            }
            _ => return Err(CliError::Usage(format!("`${{{word}}}` is neither `${{env:NAME}}` nor `${{file:PATH}}`"))),
        });
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

pub(super) fn fault(path: &Path, why: std::io::Error) -> CliError {
    CliError::File { path: path.display().to_string(), why }
}
