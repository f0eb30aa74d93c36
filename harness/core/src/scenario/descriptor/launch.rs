//! Checks readiness and sidecars.

use super::super::launch::Ready;
use super::{Place, Review};
use crate::scenario::read::one_of;
use crate::scenario::seg::Seg;
use crate::vocab::Identity;

impl Review<'_> {
    /// Each sidecar can be started, and has an address if its readiness is checked.
    pub(super) fn sidecars(&mut self) {
        let Some(launch) = &self.target.launch else { return };
        self.ready(&["launch".into(), "ready".into()], &launch.ready);
        for (i, sidecar) in launch.sidecars.iter().enumerate() {
            let path = |key: &'static str| ["launch".into(), "sidecars".into(), i.into(), key.into()];
            if sidecar.command.is_empty() {
                self.fault(&path("command"), "the command is empty: name a program", None);
            }
            if sidecar.url.is_none() && sidecar.ready != Ready::default() {
                let help = Some("add `url: \"http://127.0.0.1:${port:NAME}\"`".to_owned());
                self.fault(&path("ready"), "`ready` needs the sidecar's `url`", help);
            }
            self.ready(&path("ready"), &sidecar.ready);
            for (key, templates) in [
                ("command", sidecar.command.iter().collect::<Vec<_>>()),
                ("env", sidecar.env.values().collect()),
                ("url", sidecar.url.iter().collect()),
            ] {
                for template in templates {
                    self.words(&path(key), template, Place::Launched);
                }
            }
        }
    }

    /// The identity that checks readiness is declared, and `as` and `status` come with `http`.
    fn ready(&mut self, path: &[Seg], ready: &Ready) {
        if ready.http.is_none() && (ready.r#as.is_some() || ready.status.is_some()) {
            let help = Some("add `http: /healthz`".to_owned());
            self.fault(path, "`as` and `status` need `http`, the path to call", help);
        }
        let known = &self.target.identities;
        if let Some(name) = ready.r#as.as_ref().filter(|name| !known.contains_key(*name)) {
            let known: Vec<&str> = known.keys().map(Identity::as_str).collect();
            let help = one_of(name.as_str(), &known);
            self.fault(path, format!("no identity is named `{name}`"), help);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Source, read_target};

    fn faults(launch: &str) -> String {
        let text = format!(
            "pincer: target/v1\nname: t\nkind: gateway\nurl: \"http://127.0.0.1:${{port:http}}\"\n\
             launch: {{ command: [run], {launch} }}\nupstreams: {{ ledger: {{}} }}\nidentities: {{ alice: {{}} }}\n\
             operations: {{ read: {{ method: GET, path: /a, upstream: ledger }} }}\n"
        );
        match read_target(&Source::new("target.yaml", text)) {
            Ok(_) => String::new(),
            Err(error) => error.0.iter().map(|fault| format!("{fault}\n")).collect(),
        }
    }

    #[test]
    fn sidecars_and_readiness_calls_are_checked() {
        let sound = "ready: { http: /a, as: alice, status: [200, 4xx], within: 5s }, sidecars: \
            [ { command: [db, \"${upstream:ledger.port}\"], url: \"tcp://127.0.0.1:${port:db}\" }, { command: [once] } ]";
        assert_eq!(faults(sound), "");
        for (launch, fault) in [
            ("ready: { tcp: true, as: alice, within: 5s }", "need `http`, the path to call"),
            ("ready: { http: /a, as: alise, within: 5s }", "no identity is named `alise`"),
            ("ready: { tcp: true, within: 5s }, sidecars: [ { command: [] } ]", "the command is empty"),
            (
                "ready: { tcp: true, within: 5s }, sidecars: [ { command: [a], ready: { tcp: true, within: 5s } } ]",
                "`ready` needs the sidecar's `url`",
            ),
            (
                "ready: { tcp: true, within: 5s }, sidecars: [ { command: [\"${upstream:lodger.host}\"] } ]",
                "no upstream is named `lodger`",
            ),
        ] {
            assert!(faults(launch).contains(fault), "{launch}: {}", faults(launch));
        }
    }
}
