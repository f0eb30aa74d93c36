//! Starts and watches a run or a probe.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use pincer_core::plan::Plan;
use pincer_core::scenario::Target;
use pincer_core::vocab::Nonce;
use pincer_stand::Subject;
use tokio::sync::watch;

use super::args::Selection;
use super::progress::Line;
use super::signals::Signals;
use super::{CliError, files, plan};
use crate::conduct::{Job, Progress, conduct};
use crate::embedded;

/// The runtime of a command.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Runtime::new().map_err(CliError::Output)
}

/// Fails in a build without the reference.
pub(super) fn embedded_reference() -> Result<(), CliError> {
    if cfg!(feature = "reference") { Ok(()) } else { Err(left_out()) }
}

/// The error of a build without the reference.
pub(super) fn left_out() -> CliError {
    CliError::Usage(embedded::LEFT_OUT.to_owned())
}

/// The target under test, with its files and environment read.
pub(super) fn subject(selection: &Selection, plan: &Plan, weaken: &[String]) -> Result<Arc<dyn Subject>, CliError> {
    let Some(file) = &selection.target else {
        return reference(weaken);
    };
    warn(&plan.target);
    Ok(Arc::new(files::external(&plan.target, plan::folder(file), plan.tracer())?))
}

/// The embedded reference with the weaknesses of these names.
#[cfg(feature = "reference")]
fn reference(weaken: &[String]) -> Result<Arc<dyn Subject>, CliError> {
    let parsed = |name: &String| {
        name.parse().map_err(|why: pincer_reference::weakness::UnknownWeakness| CliError::Usage(why.to_string()))
    };
    let weaken = weaken.iter().map(parsed).collect::<Result<_, _>>()?;
    Ok(Arc::new(crate::reference::Reference::weakened(weaken)))
}

#[cfg(not(feature = "reference"))]
fn reference(_: &[String]) -> Result<Arc<dyn Subject>, CliError> {
    Err(left_out())
}

/// An unpredictable nonce.
pub(super) fn nonce() -> Result<Nonce, CliError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(CliError::Random)?;
    Ok(Nonce::new(u128::from_be_bytes(bytes)))
}

/// Warns of listeners that other machines can reach.
fn warn(target: &Target) {
    let upstreams = target.upstreams.iter().map(|(name, spec)| (format!("the upstream `{name}`"), spec.listen));
    let idp = target.idp.as_ref().and_then(|idp| idp.listen);
    let audit = target.audit.as_ref().and_then(|audit| audit.post);
    let others = [("the identity provider".to_owned(), idp), ("the audit log".to_owned(), audit)];
    for (what, listen) in upstreams.chain(others) {
        if let Some(listen) = listen.filter(|listen| !listen.ip().to_canonical().is_loopback()) {
            // A closed standard error cannot be written to, so nothing is left to do.
            let _ = writeln!(
                anstream::stderr(),
                "pincer: warning: {what} listens on {listen}, not on loopback: every host that reaches this machine can call it"
            );
        }
    }
}

/// Runs a job, shows its progress, and stops it on a signal.
pub(super) async fn with_progress(job: Job, progress: Arc<Progress>, line: &Line) -> Result<(), CliError> {
    let (stop, stopped) = watch::channel(false);
    // Receive signals from before the run begins to its end.
    let mut signals = Signals::new()?;
    let work = conduct(job, progress.clone(), stopped);
    tokio::pin!(work);
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            result = &mut work => return Ok(result?),
            () = signals.any() => { stop.send_replace(true); }
            _ = tick.tick() => line.show(&progress),
        }
    }
}
