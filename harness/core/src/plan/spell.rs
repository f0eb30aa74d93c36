//! Other spellings of a path.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

use super::declared::is_route;
use crate::scenario::{Callers, OperationSpec, Spelling, Step, Target, fits};

/// A request target in this spelling; none if the spelling does not change it.
pub fn spell(target: &str, spelling: Spelling) -> Option<String> {
    let (path, query) = target.find('?').map_or((target, ""), |at| target.split_at(at));
    let last = path.rfind('/')?;
    let behind = |tail: &str| Some(format!("{path}{tail}"));
    let in_front = |head: &str| path.strip_prefix('/').map(|rest| format!("{head}{rest}"));
    let instead = |(at, text): (usize, &str), with: &str| {
        let (before, after) = (path.get(..at)?, path.get(at + text.len()..)?);
        Some(format!("{before}{with}{after}"))
    };
    let first = |with: fn(char) -> String| {
        let (at, letter) = letter(path)?;
        instead((at, letter.encode_utf8(&mut [0; 4])), &with(letter))
    };
    // A path of one segment has no inside.
    let inside = |with: &str| if last > 0 { instead((last, "/"), with) } else { None };
    let slash = |with: &str| if last > 0 { instead((last, "/"), with) } else { in_front(&format!("/{with}")) };
    let written = match spelling {
        Spelling::Absolute => in_front("http://gateway.invalid/"),
        Spelling::Slash => behind("/"),
        Spelling::Doubled => in_front("//"),
        Spelling::DoubledInside => inside("//"),
        Spelling::Case => Some(path.to_uppercase()),
        Spelling::Capital => first(other_case),
        Spelling::Dot => in_front("/./"),
        Spelling::DotInside => inside("/./"),
        Spelling::DotEnd => behind("/."),
        Spelling::Up => in_front("/x/../"),
        Spelling::UpInside => inside("/x/../"),
        Spelling::UpEnd => behind("/x/.."),
        Spelling::Above => in_front("/../"),
        Spelling::EncodedUp => in_front("/x/%2e%2e/"),
        Spelling::EncodedUpSlash => in_front("/x/..%2f"),
        Spelling::Encoded => {
            let (at, last) = path.char_indices().next_back()?;
            let before = path.get(..at)?;
            last.is_ascii_alphanumeric().then(|| format!("{before}%{:02X}", u32::from(last)))
        }
        Spelling::EncodedFirst => first(|letter| format!("%{:02x}", u32::from(letter))),
        Spelling::EncodedAll => Some(escaped(path)),
        Spelling::EncodedSlash => slash("%2f"),
        Spelling::EncodedTwice => first(|letter| format!("%25{:02x}", u32::from(letter))),
        Spelling::EncodedTwiceSlash => slash("%252f"),
        Spelling::PercentUnicode => first(|letter| format!("%u{:04x}", u32::from(letter))),
        Spelling::Overlong => first(overlong),
        Spelling::OverlongSlash => slash("%c0%af"),
        Spelling::FullWidth => first(wide),
        Spelling::Backslash => slash("\\"),
        Spelling::EncodedBackslash => slash("%5c"),
        Spelling::Parameter => inside_first(path, ";x=1"),
        Spelling::ParameterEnd => behind(";x=1"),
        Spelling::Semicolon => behind(";"),
        Spelling::ParameterSegment => in_front("/;x=1/"),
        Spelling::ParameterUp => in_front("/x/..;/"),
        Spelling::EncodedQuestion => behind("%3f"),
        Spelling::Question if query.is_empty() => behind("?"),
        Spelling::Question => None,
        Spelling::Fragment => behind("#x"),
        Spelling::EncodedFragment => behind("%23"),
        Spelling::Space => behind("%20"),
        Spelling::Tab => behind("%09"),
        Spelling::LineFeed => behind("%0a"),
        Spelling::Nul => behind("%00"),
        Spelling::FullStop => behind("."),
        Spelling::Suffix => behind(".json"),
        Spelling::DoubledEnd => behind("//"),
        Spelling::EncodedDot => in_front("/%2e/"),
        Spelling::EncodedSlashEnd => behind("%2f"),
        Spelling::CarriageReturn => behind("%0d"),
        Spelling::Plus => behind("+"),
        Spelling::ZeroWidth => behind("%e2%80%8b"),
        Spelling::Folded => folded(path),
        Spelling::Action => behind(":x"),
        Spelling::Static => behind(".css"),
        Spelling::Version => in_front("/v1/"),
        Spelling::Api => in_front("/api/"),
    };
    written.filter(|written| written != path).map(|written| format!("{written}{query}"))
}

/// The spellings of a step that change the operation's path without turning it into that of another operation which a
/// caller of the step may call.
pub(super) fn telling(step: &Step, operation: &OperationSpec, path: &str, target: &Target) -> Vec<Spelling> {
    let method = step.send.method.as_ref().unwrap_or(&operation.method);
    let callers = Callers::new(step, operation, target).chosen(&step.send.identities);
    let callers: Vec<_> = callers.into_iter().filter(|who| fits(step, operation, who, target)).collect();
    let open = |known: &OperationSpec| {
        callers.iter().any(|who| target.identities.get(*who).is_some_and(|shown| known.allows(shown)))
    };
    let taken = |written: &str| {
        let plain = percent_decode_str(written).decode_utf8_lossy();
        let others = target.operations.values().filter(|known| known.method == *method && open(known));
        others.into_iter().any(|known| is_route(&known.path, written) || is_route(&known.path, &plain))
    };
    let tells = |spelling: &Spelling| spell(path, *spelling).is_some_and(|written| !taken(&written));
    step.spell.iter().copied().filter(tells).collect()
}

/// The first letter outside an escape, and its position.
fn letter(path: &str) -> Option<(usize, char)> {
    let bytes = path.as_bytes();
    let escape = |at: usize| (1..=2).any(|back| at.checked_sub(back).and_then(|at| bytes.get(at)) == Some(&b'%'));
    path.char_indices().find(|(at, c)| c.is_ascii_alphabetic() && !escape(*at))
}

fn other_case(letter: char) -> String {
    let upper = letter.to_ascii_uppercase();
    if upper == letter { letter.to_ascii_lowercase() } else { upper }.to_string()
}

/// An ASCII letter as 110xxxxx 10xxxxxx, with its six lower bits in the second byte.
fn overlong(letter: char) -> String {
    let code = u32::from(letter);
    format!("%{:02x}%{:02x}", 0xc0 | (code >> 6), 0x80 | (code & 0x3f))
}

/// The path with each letter and digit outside an escape percent-encoded.
fn escaped(path: &str) -> String {
    let mut rest = path.chars();
    let mut out = String::with_capacity(path.len() * 3);
    while let Some(c) = rest.next() {
        match c {
            '%' => {
                out.push(c);
                out.extend(rest.by_ref().take(2));
            }
            // Writing to a String can't fail.
            c if c.is_ascii_alphanumeric() => drop(write!(out, "%{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The full-width form (U+FF21 to U+FF5A) of an ASCII letter, percent-encoded.
fn wide(letter: char) -> String {
    let wide = char::from_u32(u32::from(letter) + 0xfee0).unwrap_or(letter);
    wide.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// The path with the long s for its first `s`, or the kelvin sign for its first `k`: case folding turns these into the
/// letters.
fn folded(path: &str) -> Option<String> {
    let with = |letter: char, fold: &str| path.contains(letter).then(|| path.replacen(letter, fold, 1));
    with('s', "%c5%bf").or_else(|| with('k', "%e2%84%aa"))
}

/// The path with this after its first segment; none if that is its last.
fn inside_first(path: &str, tail: &str) -> Option<String> {
    let (first, rest) = path.strip_prefix('/')?.split_once('/')?;
    Some(format!("/{first}{tail}/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::{attacks, plan};

    #[test]
    fn each_spelling_is_as_documented() {
        let spelled = |spelling| spell("/accounts/1001?a=/b", spelling).unwrap_or_default();
        for (spelling, expected) in [
            (Spelling::Absolute, "http://gateway.invalid/accounts/1001"),
            (Spelling::Slash, "/accounts/1001/"),
            (Spelling::Doubled, "//accounts/1001"),
            (Spelling::DoubledInside, "/accounts//1001"),
            (Spelling::Case, "/ACCOUNTS/1001"),
            (Spelling::Capital, "/Accounts/1001"),
            (Spelling::Dot, "/./accounts/1001"),
            (Spelling::DotInside, "/accounts/./1001"),
            (Spelling::DotEnd, "/accounts/1001/."),
            (Spelling::Up, "/x/../accounts/1001"),
            (Spelling::UpInside, "/accounts/x/../1001"),
            (Spelling::UpEnd, "/accounts/1001/x/.."),
            (Spelling::Above, "/../accounts/1001"),
            (Spelling::EncodedUp, "/x/%2e%2e/accounts/1001"),
            (Spelling::EncodedUpSlash, "/x/..%2faccounts/1001"),
            (Spelling::Encoded, "/accounts/100%31"),
            (Spelling::EncodedFirst, "/%61ccounts/1001"),
            (Spelling::EncodedAll, "/%61%63%63%6f%75%6e%74%73/%31%30%30%31"),
            (Spelling::EncodedSlash, "/accounts%2f1001"),
            (Spelling::EncodedTwice, "/%2561ccounts/1001"),
            (Spelling::EncodedTwiceSlash, "/accounts%252f1001"),
            (Spelling::PercentUnicode, "/%u0061ccounts/1001"),
            (Spelling::Overlong, "/%c1%a1ccounts/1001"),
            (Spelling::OverlongSlash, "/accounts%c0%af1001"),
            (Spelling::FullWidth, "/%ef%bd%81ccounts/1001"),
            (Spelling::Backslash, "/accounts\\1001"),
            (Spelling::EncodedBackslash, "/accounts%5c1001"),
            (Spelling::Parameter, "/accounts;x=1/1001"),
            (Spelling::ParameterEnd, "/accounts/1001;x=1"),
            (Spelling::Semicolon, "/accounts/1001;"),
            (Spelling::ParameterSegment, "/;x=1/accounts/1001"),
            (Spelling::ParameterUp, "/x/..;/accounts/1001"),
            (Spelling::EncodedQuestion, "/accounts/1001%3f"),
            (Spelling::Fragment, "/accounts/1001#x"),
            (Spelling::EncodedFragment, "/accounts/1001%23"),
            (Spelling::Space, "/accounts/1001%20"),
            (Spelling::Tab, "/accounts/1001%09"),
            (Spelling::LineFeed, "/accounts/1001%0a"),
            (Spelling::Nul, "/accounts/1001%00"),
            (Spelling::FullStop, "/accounts/1001."),
            (Spelling::Suffix, "/accounts/1001.json"),
            (Spelling::DoubledEnd, "/accounts/1001//"),
            (Spelling::EncodedDot, "/%2e/accounts/1001"),
            (Spelling::EncodedSlashEnd, "/accounts/1001%2f"),
            (Spelling::CarriageReturn, "/accounts/1001%0d"),
            (Spelling::Plus, "/accounts/1001+"),
            (Spelling::ZeroWidth, "/accounts/1001%e2%80%8b"),
            (Spelling::Folded, "/account%c5%bf/1001"),
            (Spelling::Action, "/accounts/1001:x"),
            (Spelling::Static, "/accounts/1001.css"),
            (Spelling::Version, "/v1/accounts/1001"),
            (Spelling::Api, "/api/accounts/1001"),
        ] {
            assert_eq!(spelled(spelling), format!("{expected}?a=/b"), "{spelling:?}");
        }
        assert_eq!(spell("/accounts", Spelling::Question).as_deref(), Some("/accounts?"));
    }

    #[test]
    fn all_spellings_of_a_path_are_different() {
        for path in ["/accounts/1001", "/transfers", "/A/b/c"] {
            let written: Vec<String> = Spelling::ALL.iter().filter_map(|spelling| spell(path, *spelling)).collect();
            let different: std::collections::BTreeSet<&str> =
                written.iter().map(String::as_str).chain([path]).collect();
            assert_eq!(different.len(), written.len() + 1, "{path}: {written:?}");
        }
    }

    #[test]
    fn spelling_that_changes_nothing_is_skipped() {
        assert_eq!(spell("/1", Spelling::Case), None);
        assert_eq!(spell("/%41", Spelling::EncodedFirst), None);
        assert_eq!(spell("/transfers", Spelling::DotInside), None);
        assert_eq!(spell("/transfers", Spelling::EncodedSlash).as_deref(), Some("/%2ftransfers"));
        assert_eq!(spell("/a?b", Spelling::Question), None);
        assert_eq!(spell("", Spelling::Slash), None);
        assert_eq!(spell("/1", Spelling::Folded), None);
        assert_eq!(spell("/tokens", Spelling::Folded).as_deref(), Some("/token%c5%bf"));
    }

    /// Two operations on one path, and one with a further segment.
    const TARGET: &str = "\
pincer: target/v1
name: t
kind: gateway
url: http://127.0.0.1:8080
upstreams: { ledger: {} }
identities: { alice: { roles: [reader] }, operator: { roles: [admin] } }
operations:
  read: { method: GET, path: '/accounts/{id}', upstream: ledger, allow: [reader, admin] }
  remove: { method: DELETE, path: '/accounts/{id}', upstream: ledger, allow: [admin] }
  create: { method: POST, path: /accounts, body: { owner: Ada }, upstream: ledger, allow: [admin] }
  change: { method: POST, path: '/accounts/{id}', body: { owner: Ada }, upstream: ledger, allow: [reader] }
";

    /// The cases of a step: who calls what.
    fn called(step: &str) -> Vec<String> {
        let scenario = format!(
            "{{ pincer: scenario/v1, id: RBAC-02.made, title: T, control: RBAC-02, for: gateway, severity: high, \
             kills: [], benign: [{{ send: {{ op: read, as: alice }}, expect: {{ status: 200 }} }}], attack: [{step}] }}"
        );
        let cases = attacks(&plan(TARGET, &[&scenario]));
        let said = cases.iter().map(|case| {
            let who = case.identity.as_ref().map_or("nobody", |identity| identity.as_str());
            let call = case.call.http().unwrap();
            format!("{who} {} {}", call.method, call.target.lossy())
        });
        said.collect()
    }

    #[test]
    fn spelled_step_has_a_case_for_each_spelling_and_refused_caller() {
        let step =
            "{ send: { op: '*', as: '*', may: false, wire: raw }, spell: [slash, dot], expect: { arrives: never } }";
        let expected = [
            "operator POST /accounts/1/",
            "operator POST /./accounts/1",
            "alice POST /accounts/",
            "alice POST /./accounts",
            "alice DELETE /accounts/1/",
            "alice DELETE /./accounts/1",
        ];
        assert_eq!(called(step), expected);
    }

    #[test]
    fn spelling_of_another_operation_of_the_caller_is_skipped() {
        let step = "{ send: { op: create, as: alice, may: false, wire: raw }, spell: [dot-end, parameter-end, encoded-all], \
                    expect: { arrives: never } }";
        let expected = ["alice POST /accounts;x=1", "alice POST /%61%63%63%6f%75%6e%74%73"];
        assert_eq!(called(step), expected);
    }

    #[test]
    fn another_method_is_for_callers_who_may_do_neither() {
        let step = |method: &str| {
            format!("{{ send: {{ op: remove, as: '*', may: false, method: {method} }}, expect: {{ arrives: never }} }}")
        };
        assert_eq!(called(&step("PATCH")), ["alice PATCH /accounts/1"]);
        for method in ["HEAD", "GET", "POST"] {
            assert_eq!(called(&step(method)), Vec::<String>::new(), "{method}");
        }
    }
}
