//! `rate_fields`.

use super::fixture::{answer, attack, fails, open, passes};
use crate::judge::ScenarioResult;
use crate::observe::Answered;
use crate::vocab::{Octets, Reason};

fn told(fields: &[(&str, &str)]) -> ScenarioResult {
    attack("{ send: { op: read, as: alice }, expect: { rate_fields: true } }", |run| {
        let sound = answer(200, "{}");
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), Octets::from(*value)));
        run.answered(1, Answered { headers: fields.collect(), ..sound });
    })
}

#[test]
fn consistent_fields_hold() {
    passes(&told(&[("ratelimit-policy", r#""quote";q=20;w=1"#), ("ratelimit", r#""quote";r=7;t=1"#)]));
    passes(&told(&[("ratelimit", r#""quote";r=0"#)]));
    passes(&told(&[("ratelimit-policy", r#""a";q=1, "b";q=2"#), ("ratelimit", r#""b";r=2"#)]));
}

#[test]
fn inconsistent_fields_break() {
    fails(&told(&[("ratelimit", r#""quote";r=-1"#)]), "`r` of zero or more");
    fails(&told(&[("ratelimit", r#""quote";t=1"#)]), "`r` of zero or more");
    fails(&told(&[("ratelimit-policy", r#""quote";q=0"#)]), "a policy with `q` above zero");
    fails(&told(&[("ratelimit-policy", r#""quote";q=x"#)]), "a policy with `q` above zero");
    fails(&told(&[("ratelimit-policy", r#""a";q=1"#), ("ratelimit", r#""b";r=1"#)]), "seen `b`");
    fails(&told(&[("ratelimit", "limit=100, remaining=50;")]), "a list in `RateLimit`");
}

#[test]
fn answer_without_fields_shows_nothing() {
    open(&told(&[("x-ratelimit-remaining", "7")]), Reason::NotProvoked);
}
