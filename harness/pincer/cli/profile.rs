//! Profiles at the command line.

use std::fmt::Write as _;
use std::io::Write as _;

use pincer_core::certify::{Outcome, Scored, Status};
use pincer_core::report::{hanging, inert, wrapped};
use pincer_core::scenario::Profile;
use pincer_core::vocab::Exit;

use super::CliError;
use crate::embedded;
use crate::replay::Judged;

/// The profile of this name.
pub(super) fn find(name: &str) -> Result<Profile, CliError> {
    if let Some(profile) = embedded::profile(name)? {
        return Ok(profile);
    }
    let known: Vec<String> = embedded::profiles()?.into_iter().map(|profile| profile.name).collect();
    // Without year and number the newest is meant by people, but a frozen list has one name.
    let text = format!("no profile is named `{}`; there are {}", inert(name), known.join(", "));
    Err(CliError::Usage(text))
}

/// What a run is by a profile.
pub(super) fn score(profile: &Profile, judged: &Judged) -> Scored {
    pincer_core::certify::score(profile, (&judged.suite, judged.ran), &judged.results)
}

/// Whether a profile is met, control by control where it is not.
pub(super) fn told(scored: &Scored) -> String {
    let mut text = String::new();
    for (status, head) in
        [(Status::Failed, "failed"), (Status::NotTestable, "not testable"), (Status::Warned, "warned")]
    {
        for control in scored.controls.iter().filter(|control| control.status == status) {
            let note = control.note.as_deref().unwrap_or_default();
            text.push_str(&hanging(&format!("  {:<12} {}", head, control.id), &inert(note), 26));
        }
    }
    for fault in &scored.faults {
        text.push_str(&hanging("  the run", &inert(fault), 15));
    }
    // Writing to a String can't fail.
    let _ = writeln!(
        text,
        "  {} of {} controls passed or warned, {} scenarios not scored (added after the profile's release)",
        scored.those(Status::Passed).len() + scored.those(Status::Warned).len(),
        scored.controls.len(),
        scored.not_scored.len()
    );
    text
}

/// Shows whether a run meets its profile; gives its exit code.
pub(super) fn show(scored: &Scored, quiet: bool) -> Result<Exit, CliError> {
    let met = scored.result != Outcome::Failed;
    if !quiet {
        let word = if met { "met" } else { "NOT met" };
        let head = wrapped(&format!("Profile {}: {word}", scored.profile), 0);
        write!(anstream::stdout(), "{head}{}", told(scored))?;
    }
    Ok(if met { Exit::Green } else { Exit::Failed })
}

/// Lists the profiles.
pub(super) fn list() -> Result<Exit, CliError> {
    for profile in embedded::profiles()? {
        let scenarios: usize = profile.controls.values().map(|required| required.scenarios.len()).sum();
        let text = format!("{} ({} controls, {scenarios} scenarios)", profile.title, profile.controls.len());
        write!(anstream::stdout(), "{}", hanging(&profile.name, &text, 26))?;
    }
    Ok(Exit::Green)
}
