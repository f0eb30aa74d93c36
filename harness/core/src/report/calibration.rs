//! What benign calls showed of a target: a line below a run, and for `pincer probe` a table with advice.

use super::columns::columns;
use super::inert;
use super::wrap::{hanging, wrapped};
use crate::judge::cure;
use crate::observe::{By, Calibration, Change, Join, Trial};
use crate::vocab::word;

/// The calibration in one line; nothing where no call was made.
pub fn calibration_line(calibration: &Calibration) -> Option<String> {
    let calls = calibration.calls.len();
    if calls == 0 {
        return None;
    }
    let served = calibration.calls.iter().filter(|call| call.served()).count();
    let mut parts = vec![format!("{served} of {calls} benign calls served"), attribution(calibration).to_owned()];
    parts.extend(path(&calibration.path));
    let late = calibration.late_log && calibration.join == Some(Join::Silent);
    let late = late.then(|| "no audit record came within a second".to_owned());
    parts.extend(late.or_else(|| calibration.join.map(|join| joined(join).to_owned())));
    let [median, longest] = calibration.latency_us;
    parts.push(format!("{} ms, at most {} ms", millis(median), millis(longest)));
    parts.extend(
        calibration.limited.map(|limited| {
            format!("a burst of {} calls got {} after {}", limited.calls, limited.status, limited.served)
        }),
    );
    Some(format!("Calibration: {}", parts.join("; ")))
}

/// The benign calls as a table, and what to do about what they showed.
pub fn calibration_table(calibration: &Calibration) -> String {
    let head = ["operation", "caller", "status", "ms", "arrived", "by", "record"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(calibration.calls.iter().map(row));
    let mut text = columns(&rows, &[2, 3, 4]);
    if let Some(line) = calibration_line(calibration) {
        text = format!("{text}\n{}", wrapped(&line, 0));
    }
    let changed: Vec<&Trial> = calibration.calls.iter().filter(|call| !call.changes.is_empty()).collect();
    if !changed.is_empty() {
        text.push_str("\nChanges\n");
    }
    for call in changed {
        let line = format!("`{}` by `{}`: {}", call.operation, caller(call), call.changes.join("; "));
        text.push_str(&hanging("  ·", &inert(&line), 4));
    }
    let advice = advice(calibration);
    if !advice.is_empty() {
        text.push_str("\nAdvice\n");
        text.extend(advice.iter().map(|line| hanging("  ·", &inert(line), 4)));
    }
    text
}

fn row(call: &Trial) -> Vec<String> {
    let outcome = || call.failure.as_ref().map(word).unwrap_or_default();
    vec![
        inert(call.operation.as_str()),
        inert(caller(call)),
        call.status.map_or_else(outcome, |status| status.to_string()),
        millis(call.took_us),
        call.arrivals.to_string(),
        call.by.as_ref().map(word).unwrap_or_default(),
        call.join.as_ref().map(word).unwrap_or_default(),
    ]
}

/// Who made a call.
fn caller(call: &Trial) -> &str {
    call.identity.as_ref().map_or("nobody", |identity| identity.as_str())
}

fn attribution(calibration: &Calibration) -> &'static str {
    match calibration.calls.iter().filter_map(|call| call.by).max() {
        Some(By::Mark) => "Pincer's marks reach the upstream",
        Some(By::Value) => "Pincer's marks do not reach the upstream, so it matches arrivals by their values",
        Some(By::Order) => "Pincer's marks do not reach the upstream, so it matches arrivals by their order",
        None => "nothing arrived at an upstream",
    }
}

fn path(change: &Change) -> Option<String> {
    match (change.stripped.as_str(), change.added.as_str()) {
        ("", "") => None,
        (stripped, "") => Some(format!("the path arrives without `{}`", inert(stripped))),
        ("", added) => Some(format!("the path arrives with `{}` added", inert(added))),
        (stripped, added) => Some(format!("`{}` in the path arrives as `{}`", inert(stripped), inert(added))),
    }
}

fn joined(join: Join) -> &'static str {
    match join {
        Join::Mark => "audit records contain Pincer's marks",
        Join::OwnId => "audit records contain the id of the answer",
        Join::Unjoined => "audit records cannot be matched to calls",
        Join::Silent => "no audit record was written",
    }
}

/// Milliseconds with one decimal.
fn millis(micros: u64) -> String {
    format!("{}.{}", micros / 1000, micros % 1000 / 100)
}

/// What a user can do about it, the worst first.
fn advice(calibration: &Calibration) -> Vec<String> {
    let mut lines = Vec::new();
    for call in calibration.calls.iter().filter(|call| !call.served()) {
        let who = caller(call);
        let what = call.status.map_or_else(|| call.failure.as_ref().map(word).unwrap_or_default(), |s| s.to_string());
        let said = if call.said.is_empty() { String::new() } else { format!(" (`{}`)", call.said) };
        let cure = cure(call.status, who, call.operation.as_str()).map(|cure| format!(": {cure}")).unwrap_or_default();
        lines.push(format!("`{}` by `{who}` got {what}{said}{cure}", call.operation));
    }
    if let Some(limited) = calibration.limited {
        lines.push(format!(
            "a burst of {} calls got {} after {}: declare `limits.rate`, so that Pincer keeps below the limit",
            limited.calls, limited.status, limited.served
        ));
    }
    let arrived = calibration.calls.iter().any(|call| call.arrivals > 0);
    if !arrived && calibration.calls.iter().any(Trial::served) {
        lines.push("calls are served but nothing arrives: let the target call the addresses in `upstreams`".to_owned());
    }
    if calibration.calls.iter().filter_map(|call| call.by).max() > Some(By::Mark) {
        lines.push(
            "Pincer makes one call at a time because its marks do not arrive: forward `traceparent` to run faster"
                .to_owned(),
        );
    }
    match calibration.join {
        Some(Join::Unjoined) => lines.push(
            "audit records contain neither the call's trace id nor the id of the answer: log one of them, and name its \
             field in `audit.fields.id`"
                .to_owned(),
        ),
        Some(Join::Silent) => lines.push("no audit record was written: check the log's place in `audit`".to_owned()),
        Some(Join::Mark | Join::OwnId) | None => {}
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Limited;
    use crate::vocab::{Identity, Operation};

    fn call(status: u16, by: Option<By>) -> Trial {
        Trial {
            operation: Operation::new("read").unwrap(),
            identity: Identity::new("alice").ok(),
            status: Some(status),
            failure: None,
            said: if status == 200 { String::new() } else { "no such key".to_owned() },
            took_us: 1_250,
            arrivals: u32::from(by.is_some()),
            by,
            marks: Vec::new(),
            changes: Vec::new(),
            join: Some(Join::OwnId),
        }
    }

    #[test]
    fn a_line_says_how_arrivals_and_records_are_found() {
        let path = Change { stripped: "/ledger".to_owned(), added: String::new() };
        let calls = vec![call(200, Some(By::Value))];
        let found =
            Calibration { calls, latency_us: [1_250, 7_000], path, join: Some(Join::OwnId), ..Calibration::default() };
        assert_eq!(
            calibration_line(&found).unwrap(),
            "Calibration: 1 of 1 benign calls served; Pincer's marks do not reach the upstream, so it matches arrivals by their values; the path \
             arrives without `/ledger`; audit records contain the id of the answer; 1.2 ms, at most 7.0 ms"
        );
        assert_eq!(calibration_line(&Calibration::default()), None);
    }

    #[test]
    fn a_table_advises_what_to_do() {
        let limited = Some(Limited { status: 429, calls: 20, served: 8 });
        let found =
            Calibration { calls: vec![call(401, None)], limited, join: Some(Join::Silent), ..Calibration::default() };
        let table = calibration_table(&found);
        for part in [
            "alice",
            "401",
            "`no such key`",
            "identities.alice",
            "declare `limits.rate`",
            "no audit record was written",
        ] {
            assert!(table.contains(part), "{part}: {table}");
            assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        }
    }
}
