//! What shows a finding, in lines.

use super::inert;
use crate::judge::Finding;
use crate::vocab::word;

/// The request, the answer, what arrived and the line that sends it again; nothing in them acts on a terminal.
pub(super) fn evidence(finding: &Finding) -> Vec<String> {
    let of = &finding.evidence;
    let mut lines = vec![format!("sent      {}{}", of.request, by(finding))];
    lines.extend(of.headers.iter().map(|header| format!("          {header}")));
    lines.extend(of.body.iter().map(|body| format!("          {body}")));
    match (&of.answer, of.no_answer) {
        (Some(answer), _) => {
            lines.extend(answer.interim.iter().map(|line| format!("interim   {line}")));
            lines.push(format!("answered  {}", answer.status));
            lines.extend(answer.headers.iter().map(|header| format!("          {header}")));
            lines.extend((!answer.body.is_empty()).then(|| format!("          {}", answer.body)));
            lines.extend(answer.trailers.iter().map(|line| format!("trailer   {line}")));
            lines.extend(answer.behind.iter().map(|text| format!("behind    {text}")));
        }
        (None, Some(failure)) => lines.push(format!("answered  nothing: {}", word(&failure))),
        (None, None) => {}
    }
    lines.extend(of.planted.iter().map(|planted| format!("planted   {planted}")));
    lines.extend(of.turns.iter().map(|said| format!("model     {said}")));
    for arrival in &of.arrived {
        lines.push(format!("arrived   {} at {}", arrival.request, arrival.upstream));
        lines.extend((!arrival.body.is_empty()).then(|| format!("          {}", arrival.body)));
    }
    lines.extend(of.broken.iter().skip(1).map(|broken| format!("broken    {broken}")));
    lines.extend(finding.curl.iter().map(|line| format!("again     {line}")));
    lines.iter().map(|line| inert(line)).collect()
}

/// Whose call it was, of which payload, and with which answer of the upstream.
fn by(finding: &Finding) -> String {
    let of = &finding.evidence;
    let who = of.identity.as_ref().map(|identity| format!("as {identity}"));
    let forged = of.forgery.as_ref().map(|forgery| format!("token forged: {}", word(forgery)));
    let payload = of.payload.as_ref().map(|payload| {
        let encoding = of.encoding.map(|encoding| format!(" {}", word(&encoding))).unwrap_or_default();
        let place = of.placement.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
        format!("payload {payload}{encoding}{place}")
    });
    let upstream = of.upstream.as_ref().map(|answer| format!("the upstream answers {answer}"));
    let parts: Vec<String> = [who, forged, payload, upstream].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join(", ")) }
}
