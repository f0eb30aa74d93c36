//! Surveys of scripted servers.

use std::time::Duration;

use super::script::{Offered, Reply, listen};
use super::*;

/// The capabilities of a scripted server of TLS 1.2 and before.
#[derive(Debug, Clone)]
struct Server {
    oldest: u16,
    newest: u16,
    suites: Vec<u16>,
    /// A suite that it chooses and then rejects with an alert.
    broken: Option<u16>,
    compression: Vec<u8>,
    guards_fallback: bool,
}

impl Server {
    fn weak() -> Self {
        Self {
            oldest: 0x0300,
            newest: 0x0303,
            suites: vec![0x0005, 0x0004, 0x002f, 0xc02f, 0x0034, 0x0003],
            broken: None,
            compression: vec![1],
            guards_fallback: false,
        }
    }

    fn reply(&self, offered: &Offered) -> Reply {
        if offered.tls13 || offered.version < self.oldest {
            return Reply::of(fatal(70));
        }
        let fallback = offered.suites.contains(&Suite::FALLBACK_SCSV.0) && offered.version < self.newest;
        if fallback && self.guards_fallback {
            return Reply::of(fatal(86));
        }
        let Some(suite) = self.suites.iter().find(|suite| offered.suites.contains(suite)) else {
            return Reply::of(fatal(40));
        };
        let compression = self.compression.iter().find(|method| offered.compression.contains(method));
        let choice = Choice {
            compression: compression.copied().unwrap_or_default(),
            ..Choice::of(offered.version.min(self.newest), *suite)
        };
        if self.broken == Some(*suite) {
            return Reply::of([record(22, &choice.message()), fatal(80)].concat());
        }
        Reply::of(record(22, &choice.flight()))
    }

    async fn survey(self) -> Survey {
        let address = listen(move |offered| self.reply(&offered)).await;
        survey(address, "localhost", AMPLE).await
    }
}

fn accepted(survey: &Survey) -> Vec<(Class, Vec<u16>)> {
    let some = survey.classes.iter().filter(|class| !class.accepted.is_empty());
    some.map(|class| (class.class, class.accepted.iter().map(|suite| suite.0).collect())).collect()
}

#[tokio::test]
async fn weak_server_is_found() {
    let survey = Server::weak().survey().await;
    for version in [Version::SSL30, Version::TLS10, Version::TLS11, Version::TLS12] {
        assert_eq!(survey.speaks(version), Standing::Accepted, "{version}");
    }
    assert_eq!(survey.speaks(Version::TLS13), Standing::Refused);
    let expected = [
        (Class::Aead, vec![0xc02f]),
        (Class::StaticKey, vec![0x002f]),
        (Class::Rc4, vec![0x0005, 0x0004]),
        (Class::Export, vec![0x0003]),
        (Class::Anonymous, vec![0x0034]),
    ];
    assert_eq!(accepted(&survey), expected);
    assert_eq!(survey.compresses(), Standing::Accepted);
    assert_eq!(survey.falls_back(), Standing::Accepted);
    assert_eq!(survey.secures_renegotiation(), Some(false));
    let text = serde_json::to_string(&survey).unwrap();
    assert_eq!(serde_json::from_str::<Survey>(&text).unwrap(), survey);
}

#[tokio::test]
async fn each_suite_is_in_one_list_of_its_class() {
    let survey = Server { broken: Some(0x0005), ..Server::weak() }.survey().await;
    for class in &survey.classes {
        let mut lists = [class.accepted.clone(), class.withdrawn.clone(), class.remaining.clone()].concat();
        lists.sort_unstable();
        assert_eq!(lists, Suite::of(class.class));
        assert_eq!(class.end, Some(Answer::Alert(alert(2, 40))));
    }
    let rc4 = survey.classes.iter().find(|class| class.class == Class::Rc4).unwrap();
    assert_eq!((&rc4.accepted[..], &rc4.withdrawn[..]), (&[Suite(4)][..], &[Suite(5)][..]));
}

#[tokio::test]
async fn server_that_accepts_a_whole_class_ends_it() {
    let survey = Server { suites: Suite::of(Class::Null).iter().map(|suite| suite.0).collect(), ..Server::weak() };
    let survey = survey.survey().await;
    let null = survey.classes.iter().find(|class| class.class == Class::Null).unwrap();
    assert_eq!((null.accepted.len(), null.remaining.len(), &null.end), (7, 0, &None));
}

#[tokio::test]
async fn fallback_protection_is_seen() {
    let survey = Server { guards_fallback: true, ..Server::weak() }.survey().await;
    assert_eq!(survey.speaks(Version::TLS11), Standing::Accepted);
    let fallback = survey.fallback.clone().unwrap().answer;
    assert_eq!(
        fallback,
        Answer::Alert(Alert { level: AlertLevel::FATAL, description: AlertDescription::INAPPROPRIATE_FALLBACK })
    );
    assert_eq!(survey.falls_back(), Standing::Refused);
}

#[tokio::test]
async fn old_server_refuses_newer_versions_and_has_no_fallback() {
    let survey = Server { newest: 0x0302, ..Server::weak() }.survey().await;
    assert_eq!(survey.speaks(Version::TLS11), Standing::Accepted);
    assert_eq!(survey.speaks(Version::TLS12), Standing::Refused);
    assert_eq!(survey.falls_back(), Standing::Undecided);
    assert_eq!(survey.compression.as_ref().unwrap().offered, Version::TLS11);
    assert!(survey.classes.iter().all(|class| class.remaining == Suite::of(class.class)));
    assert!(survey.classes.iter().all(|class| class.standing() == Standing::Refused));
}

#[tokio::test]
async fn suite_that_was_not_offered_proves_nothing() {
    let address = listen(|offered| Reply::of(record(22, &Choice::of(offered.version, 0x0a0a).flight()))).await;
    let survey = survey(address, "localhost", AMPLE).await;
    for class in &survey.classes {
        assert_eq!(class.standing(), Standing::Undecided);
        assert_eq!(class.remaining, Suite::of(class.class));
    }
}

#[tokio::test]
async fn silence_costs_only_five_hellos() {
    let (count, mut counted) = tokio::sync::mpsc::unbounded_channel();
    let address = listen(move |offered| {
        count.send(offered.version).unwrap();
        Reply { pieces: Vec::new(), close: false }
    })
    .await;
    let survey = survey(address, "localhost", Duration::from_millis(200)).await;
    assert!(survey.versions.iter().all(|probe| probe.answer == Answer::Silent), "{survey:?}");
    assert_eq!((survey.classes.len(), &survey.compression, &survey.fallback), (0, &None, &None));
    assert_eq!((survey.compresses(), survey.secures_renegotiation()), (Standing::Undecided, None));
    for version in [0x0300, 0x0301, 0x0302, 0x0303, 0x0303] {
        assert_eq!(counted.recv().await, Some(version));
    }
    assert!(counted.try_recv().is_err());
}
