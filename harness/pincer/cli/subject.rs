//! What a certificate is about, and when.

use std::path::Path;

use pincer_core::certify::{Moment, Subject};
use pincer_core::vocab::Digest;

use super::{CliError, files};

/// The file that holds a certificate.
pub(super) const CERTIFICATE: &str = "certificate.intoto.jsonl";

/// What a word means as the subject of a certificate: a file, or an image with its digest. Nothing for `descriptor`.
pub(super) fn subject(given: &str) -> Result<Option<Subject>, CliError> {
    if given == "descriptor" {
        return Ok(None);
    }
    if let Some((name, digest)) = given.split_once("@sha256:") {
        let digest = Digest::from_hex(digest);
        let digest =
            digest.ok_or_else(|| CliError::Usage(format!("`{given}` names no digest of 64 hexadecimal digits")))?;
        return Ok(Some(Subject { name: name.to_owned(), digest }));
    }
    let path = Path::new(given);
    if !path.is_file() && given.contains(':') {
        let text = format!("`{given}` is no file; an image needs its digest: NAME@sha256:…");
        return Err(CliError::Usage(text));
    }
    let name = path.file_name().map_or_else(|| given.to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(Some(Subject { name, digest: files::digest(path)? }))
}

/// The digest of an artefact in hand.
pub(super) fn digest_of(given: &str) -> Result<Digest, CliError> {
    let subject = subject(given)?;
    subject.map(|subject| subject.digest).ok_or_else(|| CliError::Usage("give a file or NAME@sha256:…".to_owned()))
}

/// Now, to the second.
pub(super) fn now() -> Moment {
    moment(jiff::Timestamp::now()).unwrap_or_else(|_| Moment::earliest())
}

/// A time, to the second.
pub(super) fn moment(time: jiff::Timestamp) -> Result<Moment, CliError> {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().parse().map_err(CliError::Usage)
}
