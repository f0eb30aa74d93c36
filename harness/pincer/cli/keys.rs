//! `pincer keygen` and `pincer challenge`, and key files.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use pincer_core::certify::{Challenge, PrivateKey, PublicKey, read_challenge};
use pincer_core::vocab::Exit;

use super::args::MakeChallenge;
use super::print::pretty;
use super::start::nonce;
use super::subject::{now, subject};
use super::{CliError, files};

/// Writes a new pair of keys; files that are there stay.
pub(super) fn keygen(out: &Path) -> Result<Exit, CliError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(CliError::Random)?;
    let key = PrivateKey::from_seed(seed).map_err(|error| CliError::Report(error.to_string()))?;
    let [private, public] = [ending(out, "pem"), ending(out, "pub")];
    // Nobody but the owner may read it, from the first byte on.
    create(&private, &key.to_pem(), 0o600)?;
    create(&public, &key.public().to_pem(), 0o644)?;
    writeln!(
        anstream::stdout(),
        "Written: {} (keep it secret), {} (give it to whoever checks)\nKey id: {}",
        private.display(),
        public.display(),
        key.public().id()
    )?;
    Ok(Exit::Green)
}

fn ending(out: &Path, end: &str) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    PathBuf::from(name)
}

fn create(path: &Path, text: &str, mode: u32) -> Result<(), CliError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = file.map_err(|why| match why.kind() {
        std::io::ErrorKind::AlreadyExists => {
            CliError::Usage(format!("{} already exists, and no key is overwritten: use another name", path.display()))
        }
        _ => files::fault(path, why),
    })?;
    file.write_all(text.as_bytes()).map_err(|why| files::fault(path, why))
}

/// Reads a private key.
pub(super) fn private(path: &Path) -> Result<PrivateKey, CliError> {
    PrivateKey::from_pem(&files::read(path)?.text).map_err(|why| CliError::Usage(format!("{}: {why}", path.display())))
}

/// Reads a public key.
pub(super) fn public(path: &Path) -> Result<PublicKey, CliError> {
    PublicKey::from_pem(&files::read(path)?.text).map_err(|why| CliError::Usage(format!("{}: {why}", path.display())))
}

/// Writes a challenge: seed and nonce that nobody could foresee, for one artefact.
pub(super) fn challenge(args: &MakeChallenge) -> Result<Exit, CliError> {
    let artefact = subject(&args.artefact)?.ok_or_else(|| {
        let text = "a challenge is for a file or an image with its digest (NAME@sha256:…), as the vendor has named it";
        CliError::Usage(text.to_owned())
    })?;
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(CliError::Random)?;
    let challenge = Challenge {
        pincer: "challenge/v1".to_owned(),
        artefact: artefact.digest,
        // JSON's readers keep 53 bits of a number.
        seed: u64::from_be_bytes(seed) >> 11,
        nonce: nonce()?,
        issued: now().to_string(),
    };
    files::write(&args.out, pretty(&challenge)?)?;
    writeln!(
        anstream::stdout(),
        "Written: {0}\nNext: the vendor runs `pincer run --challenge {0}` and `pincer certify DIR --challenge {0}`",
        args.out.display()
    )?;
    Ok(Exit::Green)
}

/// Reads a challenge.
pub(super) fn challenged(path: Option<&PathBuf>) -> Result<Option<Challenge>, CliError> {
    path.map(|path| Ok(read_challenge(&files::read(path)?)?)).transpose()
}
