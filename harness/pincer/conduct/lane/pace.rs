//! Calls of an operation whose rate is limited keep below that limit, so that they show the operation and not the limiter.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pincer_core::plan::Case;
use pincer_core::scenario::{Rate, Scenario};
use pincer_core::vocab::Identity;
use tokio::time::{Instant, sleep_until};

/// How long the calls of one scenario are held back in all. What is left then goes at once, and is told as throttled where
/// the limiter refuses it.
const PATIENCE: Duration = Duration::from_mins(2);

/// The pace of a lane's calls.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Option<Rate>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Until when calls are held back; nothing where the limiter itself is looked at.
    until: Option<Instant>,
    /// When the calls so far are used up, by whose they count as: the theoretical arrival time of the generic cell rate
    /// algorithm (ITU-T I.371, annex A).
    used_up: BTreeMap<Option<Identity>, Instant>,
}

impl Pace {
    /// A pace below this limit, if there is one.
    pub(super) fn new(rate: Option<&Rate>) -> Self {
        let state = State { until: Some(Instant::now() + PATIENCE), used_up: BTreeMap::new() };
        Self { rate: rate.filter(|rate| rate.quota > 0).cloned(), state: Mutex::new(state) }
    }

    /// A scenario begins. Floods, and what is to raise an alert, are not held back.
    pub(super) fn begin(&self, scenario: &Scenario) {
        let hurries = scenario.measures() || scenario.steps().any(|step| step.expect.alerts.is_some());
        self.state(|state| state.until = (!hurries).then(|| Instant::now() + PATIENCE));
    }

    /// Waits until the call of this case keeps to the limit.
    pub(super) async fn wait(&self, case: &Case) {
        let Some(rate) = self.rate.as_ref().filter(|rate| rate.covers(&case.operation)) else { return };
        let who = case.identity.clone().filter(|_| rate.per == "identity");
        let due = self.state(|state| state.due(rate, who, Instant::now()));
        if let Some(due) = due {
            sleep_until(due).await;
        }
    }

    fn state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// When a call may leave; nothing where it need not wait.
    fn due(&mut self, rate: &Rate, who: Option<Identity>, now: Instant) -> Option<Instant> {
        let until = self.until?;
        // A limiter may be that much stricter than it says.
        let apart = (rate.window.0 / rate.quota.max(1)).mul_f64(1.0 + rate.tolerance());
        let used_up = self.used_up.entry(who).or_insert(now);
        // Half of the burst is kept for what a busy machine lets leave together.
        let due = used_up.checked_sub(apart * (rate.burst / 2)).unwrap_or(now).max(now);
        if due > until {
            return None;
        }
        *used_up = (*used_up).max(due) + apart;
        (due > now).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(burst: u32) -> Rate {
        let text = format!(r#"{{"quota": 10, "window": "1s", "burst": {burst}, "tolerance": "0%"}}"#);
        serde_json::from_str(&text).unwrap()
    }

    /// How long after the start each of so many calls of a caller leaves that all come at once.
    fn leaves(rate: &Rate, state: &mut State, (who, calls): (&str, usize), now: Instant) -> Vec<u128> {
        let who = Some(Identity::new(who).unwrap());
        (0..calls).map(|_| state.due(rate, who.clone(), now).map_or(0, |due| (due - now).as_millis())).collect()
    }

    #[test]
    fn calls_of_one_caller_keep_apart_and_those_of_others_need_not_wait() {
        let now = Instant::now();
        let mut state = State { until: Some(now + PATIENCE), used_up: BTreeMap::new() };
        assert_eq!(leaves(&rate(0), &mut state, ("alice", 4), now), [0, 100, 200, 300]);
        assert_eq!(leaves(&rate(0), &mut state, ("bob", 2), now), [0, 100]);
        // What was not used is not gathered.
        let later = now + Duration::from_secs(9);
        assert_eq!(leaves(&rate(0), &mut state, ("alice", 2), later), [0, 100]);
    }

    #[test]
    fn half_of_a_declared_burst_goes_at_once() {
        let now = Instant::now();
        let mut state = State { until: Some(now + PATIENCE), used_up: BTreeMap::new() };
        assert_eq!(leaves(&rate(4), &mut state, ("alice", 5), now), [0, 0, 0, 100, 200]);
    }

    #[test]
    fn nobody_waits_longer_than_a_scenario_may_take_or_in_one_that_looks_at_the_limiter() {
        let now = Instant::now();
        let mut state = State { until: Some(now + Duration::from_millis(150)), used_up: BTreeMap::new() };
        assert_eq!(leaves(&rate(0), &mut state, ("alice", 4), now), [0, 100, 0, 0]);
        let mut state = State { until: None, used_up: BTreeMap::new() };
        assert_eq!(leaves(&rate(0), &mut state, ("alice", 3), now), [0, 0, 0]);
    }
}
