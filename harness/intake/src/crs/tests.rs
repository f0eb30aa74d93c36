use super::*;

const NEW: &str = r#"meta: { author: someone, description: "Text that\n ends a statement" }
rule_id: 942100
tests:
  - test_id: 1
    stages:
      - input: { dest_addr: 127.0.0.1, headers: { User-Agent: "OWASP CRS test agent" }, method: POST, uri: /post, data: "var=1%27+OR+1=1" }
        output: { log: { expect_ids: [942100] } }
  - test_id: 2
    stages:
      - input: { uri: "/get?q=a%26b" }
        output: { log: { no_expect_ids: [942100] } }
  - test_id: 3
    stages:
      - input: { uri: "/", headers: { Referer: "' or 1" } }
        output: { status: 403 }
"#;
const OLD: &str = r#"meta: { name: 930100.yaml, enabled: true }
tests:
  - test_title: 930100-1
    stages:
      - stage:
          input: { uri: "/%2e%2e/etc/passwd" }
          output: { log_contains: "id \"930100\"" }
"#;

fn read(text: &str) -> RuleTests {
    read_rule_tests(&Source::new("tests/any.yaml", text)).unwrap()
}

fn sent(step: &Step) -> (String, Vec<(String, String)>) {
    let send = &step.send;
    let op = send.operations.named().first().unwrap();
    (op.to_string(), send.fill.iter().chain(&send.headers).map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn call(op: &str, values: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    (op.to_owned(), values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn a_rule_that_fires_is_an_attack_and_one_that_must_not_is_benign() {
    let tests = read(NEW);
    let scenario = tests.scenario.unwrap();
    assert_eq!(tests.left_out, Vec::new());
    assert_eq!((scenario.id.as_str(), tests.stages), ("INP-01.crs-942100", 3));
    assert_eq!(scenario.title, "Rule 942100 of the Core Rule Set: Text that ends a statement");
    let attack: Vec<_> = scenario.attack.iter().map(sent).collect();
    assert_eq!(attack, [call("annotate", &[("text", "1' OR 1=1")]), call("read", &[("Referer", "' or 1")])]);
    let benign: Vec<_> = scenario.benign.iter().map(sent).collect();
    assert_eq!(benign, [call("annotate", &[]), call("read", &[]), call("search", &[("q", "a&b")])]);
    assert!(scenario.attack.iter().all(|step| step.expect.arrives == Some(Arrives::Never)));
    assert!(scenario.benign.iter().all(|step| step.expect.arrives == Some(Arrives::Once)));
}

#[test]
fn the_older_form_is_read() {
    let scenario = read(OLD).scenario.unwrap();
    assert_eq!(scenario.id.as_str(), "INP-04.crs-930100");
    assert_eq!(
        scenario.attack.iter().map(sent).collect::<Vec<_>>(),
        [call("document", &[("name", "%2e%2e/etc/passwd")])]
    );
    assert_eq!(scenario.attack.first().map(|step| step.send.wire), Some(Wire::Raw));
}

#[test]
fn what_is_written_reads_back() {
    let scenario = read(NEW).scenario.unwrap();
    let text = pincer_core::scenario::to_yaml(&scenario).unwrap();
    let again: Scenario = Source::new("s.yaml", text).read("scenario/v1").unwrap();
    assert_eq!(again, scenario);
}

#[test]
fn what_cannot_be_expressed_is_said_with_its_place() {
    for (right, wrong, message) in [
        (
            "{ log: { expect_ids: [942100] } }",
            "{ response_contains: a }",
            "any.yaml:7:17: 942100-1: it does not say whether a rule must fire",
        ),
        ("log: { expect_ids", "logs: { expect_ids", "942100-1: `logs` is not a valid key here (did you mean `log`?)"),
        (
            "expect_ids: [942100]",
            "expected_ids: [942100]",
            "`expected_ids` is not a valid key here (did you mean `expect_ids`?)",
        ),
        ("data: \"var=1%27+OR+1=1\"", "data: \"a=1&b=2\"", "any.yaml:6:16: 942100-1: it sends several values"),
        ("        output: { status: 403 }", "", "the key `output` is missing"),
        ("description:", "enabled: false, description:", "the file is marked as not enabled"),
    ] {
        assert!(NEW.contains(right), "{right}");
        let found: Vec<String> =
            read(&NEW.replacen(right, wrong, 1)).left_out.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|fault| fault.contains(message)), "{wrong}: {found:?}");
    }
}

#[test]
fn a_file_without_an_attack_or_a_control_gives_no_scenario_and_says_so() {
    let silent = read(&OLD.replace("log_contains", "no_log_contains"));
    assert!(silent.scenario.is_none() && silent.left_out.len() == 1);
    assert!(silent.left_out.iter().all(|fault| fault.message.contains("no test in this file becomes an attack")));
    let other = read(&OLD.replace("930100", "911100"));
    assert!(other.left_out.iter().all(|fault| fault.message.contains("no control covers the family")));
    assert_eq!((other.stages, other.left_out.len()), (1, 1));
}

#[test]
fn what_is_no_file_of_tests_is_refused() {
    for (text, message) in [
        ("a: b\n", "a.yaml:1:1: the key `tests` is missing"),
        ("tests: {}\n", "a.yaml:1:8: a list is expected here"),
        ("tests: []\n", "the key `rule_id` is missing (add `rule_id: 942100`)"),
    ] {
        let fault = read_rule_tests(&Source::new("a.yaml", text)).unwrap_err().to_string();
        assert!(fault.contains(message), "{fault}");
    }
}
