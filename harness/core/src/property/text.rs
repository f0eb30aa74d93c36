//! Properties of the readers of what users write.

use std::sync::OnceLock;

use crate::scenario::{
    Catalogue, ReadError, Scenario, Source, Suite, Target, Vocabulary, read_catalogue, read_target, to_yaml,
};

const CONTROLS: &str = include_str!("../../../../scenarios/controls.yaml");

/// A payload set that scenarios may name.
const SQL: &str = "{ pincer: payloads/v1, name: sql, about: a, payloads: [{ text: \"'\", note: n }] }";

/// A target whose names scenarios may use.
const TARGET: &str = "pincer: target/v1\nname: t\nkind: gateway\nurl: http://127.0.0.1:8080\n\
                      upstreams: { ledger: {} }\nidentities: { alice: {}, bob: {} }\n\
                      operations: { read: { method: GET, path: /a, upstream: ledger }, search: { method: GET, path: /s, query: [q], upstream: ledger } }\n\
                      claims: [input-filter]\n";

/// Any text either is a scenario or payload set that, written as YAML, reads back unchanged, or has faults with places
/// inside it.
pub fn scenario(data: &[u8]) {
    static WORLD: OnceLock<(Catalogue, Vocabulary)> = OnceLock::new();
    let Ok(text) = str::from_utf8(data) else { return };
    let (catalogue, words) = WORLD.get_or_init(|| {
        let target = read_target(&Source::new("target.yaml", TARGET)).unwrap();
        let catalogue = read_catalogue(&Source::new("controls.yaml", CONTROLS)).unwrap();
        (catalogue, Vocabulary::new(&["no-input-filter", "no-role-check"], [&target]))
    });
    let read = |text: &str| {
        let sources = [Source::new("sql.yaml", SQL), Source::new("any.yaml", text)];
        Suite::read(catalogue.clone(), &sources, 1, words)
    };
    // A text of the right shape keeps it, whether or not its names exist.
    if let Ok(scenario) = Source::new("any.yaml", text).read::<Scenario>("scenario/v1") {
        let again = Source::new("again.yaml", to_yaml(&scenario).unwrap()).read::<Scenario>("scenario/v1");
        assert_eq!(again.as_ref(), Ok(&scenario), "a scenario reads back as another");
    }
    match read(text) {
        Ok(suite) => {
            let set = suite.payloads.iter().find(|(name, _)| name.as_str() != "sql").map(|(_, set)| set);
            let Some(set) = set else { return };
            let again = read(&to_yaml(set).unwrap());
            let again = again.as_ref().ok().and_then(|again| again.payloads.get(&set.name));
            assert_eq!(again, Some(set), "a payload set reads back as another");
        }
        Err(error) => placed(&error, text),
    }
}

/// Any text either is a target descriptor that, written as YAML, reads back unchanged, or has faults with places inside
/// it.
pub fn descriptor(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match read_target(&Source::new("any.yaml", text)) {
        Ok(target) => reads_back(&target),
        Err(error) => placed(&error, text),
    }
}

/// The target, written as YAML, reads back as the same.
#[track_caller]
pub fn reads_back(target: &Target) {
    let again = read_target(&Source::new("again.yaml", to_yaml(target).unwrap()));
    assert_eq!(again.as_ref(), Ok(target), "a target reads back as another");
}

/// Each fault stands inside of the text, at a character's beginning, on a line that there is.
#[track_caller]
pub fn placed(error: &ReadError, text: &str) {
    assert!(!error.0.is_empty(), "an error without a fault");
    for fault in &error.0 {
        let end = fault.offset.checked_add(fault.length);
        assert!(end.is_some_and(|end| text.get(fault.offset..end).is_some()), "a fault outside of the text: {fault:?}");
        assert!(fault.line >= 1 && fault.column >= 1, "a fault at no place: {fault:?}");
        // YAML also ends a line with a lone CR.
        let lines = text.matches(['\n', '\r']).count() + 1;
        assert!(fault.line <= lines, "a fault below the text: {fault:?}");
        assert!(!fault.message.is_empty(), "a fault that says nothing: {fault:?}");
    }
}
