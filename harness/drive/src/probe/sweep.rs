//! Probes an endpoint completely, one connection at a time, so that a connection limit is not mistaken for a refusal.
//! An address comes in; a [`Survey`] goes out.

use std::net::SocketAddr;
use std::time::Duration;

use pincer_core::observe::tls::{
    Answer, Class, ClassProbe, Compression, Standing, Suite, Survey, Then, Version, VersionProbe,
};
use rustls::pki_types::{DnsName, ServerName};

use super::ask::ask;
use super::hello::{Hello, Randoms};

/// Surveys the endpoint at `address`. A `server_name` that is not a DNS name is not sent, nor is a trailing dot: the
/// extension allows neither (RFC 6066 3).
///
/// `deadline` is for each hello. An endpoint that answers no version takes five of them, any other one takes one for
/// each version and class that it leaves unanswered.
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

    /// Offers a class, removes the chosen suite, and offers the rest: one hello for each suite that the endpoint
    /// accepts and one for all the others.
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

/// No key is ever derived from these handshakes, so the random parts (RFC 5246 7.4.1.2, RFC 8446 4.2.8) only need to
/// look real; without system randomness they are zeros.
fn randoms() -> Randoms {
    let mut randoms = Randoms { random: [0; 32], share: [0; 32] };
    let system = rustls::crypto::ring::default_provider().secure_random;
    let _ = system.fill(&mut randoms.random).and_then(|()| system.fill(&mut randoms.share));
    randoms
}
