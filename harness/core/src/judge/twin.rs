//! What a failed benign call tells the user: what happened, the likely cause, and what to do.

use super::scene::Scene;
use crate::observe::{By, Failure};

/// Most characters shown of an answer's first line.
const LINE: usize = 160;
/// How an HTML page begins.
const HTML: [&str; 2] = ["<!doctype html", "<html"];

/// The note about a broken benign call: what broke, the status and first line of its answer, and a likely cause with
/// its remedy.
pub(super) fn note(scene: &Scene<'_>, what: &str) -> String {
    let mut note = format!("a benign call failed: {what}");
    if let Some(answer) = scene.seen.answer() {
        let first = first_line(&String::from_utf8_lossy(&answer.plain()));
        if !first.is_empty() {
            note = format!("{note}; the answer was {} and started with `{first}`", answer.status);
        }
    }
    match cause(scene) {
        Some(cause) => format!("{note}; {cause}"),
        None => note,
    }
}

/// The likely cause and its remedy.
fn cause(scene: &Scene<'_>) -> Option<String> {
    let who = scene.case.identity.as_ref().map_or("nobody", |identity| identity.as_str());
    let operation = &scene.case.operation;
    match (scene.seen.answer().map(|answer| answer.status), scene.seen.failure()) {
        (Some(200..=299), _) if scene.seen.arrived().next().is_none() => Some(attribution(scene)),
        (Some(status), _) => cure(Some(status), who, operation.as_str()),
        (_, Some(Failure::Unreachable)) => Some("nothing listens at its address any more".to_owned()),
        (_, Some(Failure::Timeout)) => Some("the target is slower than `--deadline`".to_owned()),
        _ => None,
    }
}

/// The likely cause of such an answer to a benign call, and what to do about it.
pub fn cure(status: Option<u16>, who: &str, operation: &str) -> Option<String> {
    match status? {
        429 => Some("the target limits the call rate: declare `limits.rate` in the descriptor".to_owned()),
        401 => Some(format!("the target does not accept the key of `{who}`: check `identities.{who}`")),
        403 => Some(format!(
            "`{who}` has no right to call it: check `identities.{who}.roles` and `operations.{operation}.allow`"
        )),
        404 | 405 => Some(format!("check the path and the method of `operations.{operation}`")),
        400 | 422 => Some(format!("check `sample` and `body` of `operations.{operation}`")),
        502..=504 => Some("the target did not reach its upstream: check `upstreams`".to_owned()),
        _ => None,
    }
}

/// How arrivals were attributed, if the call was served but none is known to be its own.
fn attribution(scene: &Scene<'_>) -> String {
    let calls = scene.around.calibration.iter().flat_map(|calibration| &calibration.calls);
    match calls.filter_map(|call| call.by).max() {
        Some(By::Mark) => "its request did not arrive at an upstream: does the target answer from a cache?".to_owned(),
        Some(By::Value | By::Order) => {
            "Pincer's marks do not reach the upstream, and no arrival fits this call by its values or its order"
                .to_owned()
        }
        None => "nothing arrived at an upstream: check that the target calls the addresses in `upstreams`".to_owned(),
    }
}

/// The first line of a body without control characters; for an HTML page its title, else its first words.
pub fn first_line(text: &str) -> String {
    let page =
        HTML.iter().any(|begin| text.trim_start().get(..begin.len()).is_some_and(|b| b.eq_ignore_ascii_case(begin)));
    let shown = if page { titled(text) } else { text.to_owned() };
    let line = shown.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE).collect()
}

/// The title of a page, or its text without tags if it has none.
fn titled(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").zip(lower.find("</title>")).and_then(|(from, to)| page.get(from + 7..to));
    if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
        return title.trim().to_owned();
    }
    let texts = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    texts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::first_line;

    #[test]
    fn title_of_a_page_is_its_first_line() {
        let apache = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">\n<html><head>\n<title>500 Internal Server Error</title>";
        assert_eq!(first_line(apache), "500 Internal Server Error");
        assert_eq!(first_line("<html><body><h1>502 Bad Gateway</h1>\nThe server"), "502 Bad Gateway");
        assert_eq!(first_line("\n{\"error\":1}\nmore"), "{\"error\":1}");
        assert_eq!(first_line("<x>\u{7}"), "<x> ");
        assert_eq!(first_line(""), "");
    }
}
