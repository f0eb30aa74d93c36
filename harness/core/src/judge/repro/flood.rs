//! A flood as a script: its calls at its pace, with its variations in turn.

use super::{Repro, ReproFile, credentials, curl, place, shell};
use crate::plan::{Call, Case, FloodPlan, HttpCall, Plan, spell};
use crate::scenario::Spelling;

/// What is replaced by the call's number, in a header's value and in a target.
const COUNTS: [&str; 2] = ["${n}", "%24%7Bn%7D"];

/// The script, and the line that runs it; none if a client library refuses to send the call, or its body needs a file.
pub(super) fn flood(plan: &Plan, case: &Case, flood: &FloodPlan) -> Option<Repro> {
    let stream = flood.streams.first()?;
    let varied = |name: &str| flood.vary.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    // What is varied stands in each call by itself.
    let call = case.call.http()?;
    let headers = call.headers.iter().filter(|(name, _)| !varied(name)).cloned().collect();
    let base = Case { call: Call::Http(HttpCall { headers, ..call.clone() }), ..case.clone() };
    let Repro { line: Some(line), file: None } = curl::curl(plan, &base)? else { return None };
    let (client, _) = line.rsplit_once("\"$PINCER_TARGET\"")?;
    let own = |but: Option<&str>| -> String {
        let kept = call.headers.iter().filter(|(name, _)| varied(name) && but != Some(name.as_str()));
        kept.map(|(name, value)| format!(" -H {}", counted(&format!("{name}: {}", value.lossy())))).collect()
    };
    let target = call.target.lossy();
    let spelled = |spelling: &Spelling| spell(&target, *spelling).unwrap_or_else(|| target.to_string());
    let headers = flood
        .vary
        .iter()
        .map(|(name, value)| format!("set --{} -H {}", own(Some(name)), counted(&format!("{name}: {value}"))));
    let turns = headers.chain(flood.spell.iter().map(|spelling| format!("target={}", counted(&spelled(spelling)))));
    let arms: String = turns.enumerate().map(|(at, turn)| format!("  {}) {turn} ;;\n", at + 1)).collect();
    let needed: String =
        credentials(plan, case).iter().map(|shown| format!(" \"${{{}:?}}\"", shown.variable)).collect();
    let (per_second, lasts) = (stream.per_second.max(0.01), flood.lasts.as_secs_f64());
    let text = format!(
        "#!/bin/sh\n\
         # {}, case {}, seed {}: {:.0} calls, {per_second:.0} a second; how many got which status. Needs curl.\n\
         : \"${{PINCER_TARGET:?}}\"{needed}\n\
         call() {{\n\
         {client}-o /dev/null -w '%{{http_code}}\\n' \"$@\" \"$PINCER_TARGET\"\"$target\"\n\
         }}\n\
         n=0\n\
         {{ while [ \"$n\" -lt {:.0} ]; do\n\
         \x20 target={}\n\
         \x20 set --{}\n\
         \x20 case $((n % {})) in\n\
         {arms}\x20 esac\n\
         \x20 call \"$@\" &\n\
         \x20 n=$((n + 1))\n\
         \x20 sleep {:.4}\n\
         done; wait; }} | sort | uniq -c\n",
        case.scenario,
        case.id.index,
        plan.seed,
        per_second * lasts,
        per_second * lasts,
        counted(&target),
        own(None),
        1 + flood.vary.len() + flood.spell.len(),
        1.0 / per_second,
    );
    let name = format!("{}-{}.sh", case.scenario, case.id.index);
    Some(Repro { line: Some(format!("sh {}", place(&name))), file: Some(ReproFile { name, bytes: text.into_bytes() }) })
}

/// A shell word with the call's number where it counts.
fn counted(text: &str) -> String {
    let plain = COUNTS.iter().fold(text.to_owned(), |text, count| text.replace(count, "\0"));
    plain.split('\0').map(|part| shell::word(part.as_bytes())).collect::<Vec<_>>().join("\"$n\"")
}
