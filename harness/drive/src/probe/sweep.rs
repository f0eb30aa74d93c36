//! Asks an endpoint about everything, one connection at a time, so that a limit on connections is not mistaken for a
//! refusal. In goes an address; out comes a [`Survey`].

use std::net::SocketAddr;
use std::time::Duration;

use pincer_core::observe::tls::{
    Answer, Class, ClassProbe, Compression, Standing, Suite, Survey, Then, Version, VersionProbe,
};
use rustls::pki_types::{DnsName, ServerName};

use super::ask::ask;
use super::hello::{Hello, Randoms};

/// Surveys the endpoint at `address`. A `server_name` that is no DNS name is not sent, nor is the dot at its end: the
/// extension has no place for either (RFC 6066 3).
///
/// `deadline` is for each hello. An endpoint that answers to no version costs five of them, any other one for each
/// version and class that it leaves unanswered.
pub(crate) async fn survey(address: SocketAddr, server_name: &str, deadline: Duration) -> Survey {
    let server_name = match ServerName::try_from(server_name.trim_end_matches('.').to_owned()) {
        Ok(ServerName::DnsName(name)) => Some(name),
        _ => None,
    };
    let prober = Prober { address, server_name, deadline };
    let mut survey = Survey { versions: Vec::new(), classes: Vec::new(), compression: None, fallback: None };
    for version in Version::ALL {
        survey.versions.push(prober.version(version, |_| {}).await);
    }
    if !survey.answered() {
        return survey;
    }
    for class in Class::TLS12 {
        survey.classes.push(prober.class(class).await);
    }
    let newest = survey.newest_before_tls13().map_or(Version::TLS12, |hello| hello.version);
    let compress =
        |hello: &mut Hello| hello.compression = vec![Compression::DEFLATE, Compression::LZS, Compression::NULL];
    survey.compression = Some(prober.version(newest, compress).await);
    survey.fallback = Some(prober.version(Version::TLS11, |hello| hello.fallback_scsv = true).await);
    survey
}

struct Prober {
    address: SocketAddr,
    server_name: Option<DnsName<'static>>,
    deadline: Duration,
}

impl Prober {
    /// Offers one version, with a change to the hello.
    async fn version(&self, offered: Version, change: impl FnOnce(&mut Hello)) -> VersionProbe {
        let mut hello = Hello::offering(offered, self.server_name.clone());
        change(&mut hello);
        VersionProbe { offered, answer: ask(self.address, &hello, &randoms(), self.deadline).await }
    }

    /// Offers a class, takes out what was chosen, and offers the rest: one hello for each suite that the endpoint takes
    /// and one for all the others.
    async fn class(&self, class: Class) -> ClassProbe {
        let remaining = Suite::of(class);
        let mut probe = ClassProbe { class, accepted: Vec::new(), withdrawn: Vec::new(), remaining, end: None };
        while !probe.remaining.is_empty() {
            let offer = |hello: &mut Hello| hello.suites.clone_from(&probe.remaining);
            let answer = self.version(Version::TLS12, offer).await;
            let standing = answer.standing();
            match answer.answer {
                Answer::Hello { hello, then }
                    if hello.version == Version::TLS12
                        && probe.remaining.contains(&hello.suite)
                        && !matches!(then, Then::Cut) =>
                {
                    probe.remaining.retain(|suite| *suite != hello.suite);
                    let list = if standing == Standing::Accepted { &mut probe.accepted } else { &mut probe.withdrawn };
                    list.push(hello.suite);
                }
                end => {
                    probe.end = Some(end);
                    break;
                }
            }
        }
        probe
    }
}

/// No key ever comes of these handshakes, so the random parts (RFC 5246 7.4.1.2, RFC 8446 4.2.8) need only look like those of
/// any client; where the system has no random bytes they are zeros.
fn randoms() -> Randoms {
    let mut randoms = Randoms { random: [0; 32], share: [0; 32] };
    let system = rustls::crypto::ring::default_provider().secure_random;
    let _ = system.fill(&mut randoms.random).and_then(|()| system.fill(&mut randoms.share));
    randoms
}
