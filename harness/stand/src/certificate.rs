//! Certificates in a target's work folder, removed with it: the target's own, made for each start, and that of its
//! upstreams' authority.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use pincer_stage::secure::Authority;

/// The PEM file in this folder with a certificate for `localhost` and `127.0.0.1`, and its key; it is made on first
/// use.
pub fn in_folder(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join("certificate.pem");
    if !path.exists() {
        let names = ["localhost".to_owned(), IpAddr::from(Ipv4Addr::LOCALHOST).to_string()];
        let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        std::fs::write(&path, made.cert.pem() + &made.signing_key.serialize_pem())?;
    }
    Ok(path)
}

/// The PEM file in this folder with the certificate of the upstreams' authority.
pub fn of_authority(folder: &Path, authority: &Authority) -> io::Result<PathBuf> {
    let path = folder.join("authority.pem");
    std::fs::write(&path, authority.pem())?;
    Ok(path)
}
