//! Limits on size, number and time, and the handling of failures.

use serde_json::{Value, json};

use crate::rig::{KEY, Rig, Server, reply, says, wants};

fn read() -> Value {
    wants("read", &json!({"id": "1001"}))
}

#[tokio::test]
async fn answer_is_read_up_to_its_limit() {
    for (length, status) in [(1000, "done"), (1001, "failed")] {
        let api = Server::start(move |_, _| reply(200, &[], "a".repeat(length))).await;
        let rig = Rig::start(vec![read(), says("Done.")], api, |s| s.limits.response = 1000).await;
        assert_eq!(rig.invoke("Read 1001").await["status"], status);
        assert_eq!(rig.last_question().contains("aaaa"), status == "done");
    }
}

#[tokio::test]
async fn encoded_answer_is_not_read() {
    let api = Server::start(|_, _| reply(200, &[("content-encoding", "gzip")], "packed")).await;
    let rig = Rig::start(vec![read(), says("Done.")], api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "failed");
    assert!(!rig.last_question().contains("packed"));
}

#[tokio::test]
async fn redirect_is_followed_only_within_the_origin() {
    let other = Server::start(|_, _| reply(200, &[], "{}")).await;
    let away = format!("http://{}/accounts/1001", other.address);
    let api = Server::start(move |_, _| reply(302, &[("location", &away)], "")).await;
    let rig = Rig::start(vec![read(), says("Done.")], api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "failed");
    assert!(other.calls().is_empty());
    let api = Server::start(|count, _| match count {
        0 => reply(307, &[("location", "/moved/1001")], ""),
        _ => reply(200, &[], "{}"),
    })
    .await;
    let rig = Rig::start(vec![read(), says("Done.")], api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "done");
    assert_eq!(rig.api.calls(), ["GET /accounts/1001", "GET /moved/1001"]);
    assert!(rig.api.arrivals().iter().all(|arrival| arrival.headers["x-api-key"] == KEY));
    let api = Server::start(|_, _| reply(302, &[("location", "/again")], "")).await;
    let rig = Rig::start(vec![read(), says("Done.")], api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "failed");
    assert_eq!(rig.api.calls().len(), 4);
}

#[tokio::test]
async fn budget_ends_the_task() {
    for (calls, turns) in [(5, 20), (20, 5)] {
        let api = Server::start(|_, _| reply(200, &[], "{}")).await;
        let rig = Rig::start(vec![read()], api, |s| (s.limits.calls, s.limits.turns) = (calls, turns)).await;
        let answer = rig.invoke("Read 1001").await;
        let output = answer["output"].as_str().unwrap();
        assert!(answer["status"] == "failed" && output.contains(answer["id"].as_str().unwrap()), "{answer}");
        assert_eq!(rig.api.calls().len(), 5);
    }
}

#[tokio::test]
async fn reads_are_retried_and_writes_are_not() {
    let api = Server::start(|count, _| reply(if count < 2 { 503 } else { 200 }, &[], "{}")).await;
    let rig = Rig::start(vec![read(), says("Done.")], api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "done");
    assert_eq!((rig.api.calls().len(), &rig.log()[0]["attempts"]), (3, &json!(3)));
    let api = Server::start(|_, _| reply(500, &[], "{}")).await;
    let turns = vec![wants("create", &json!({"to": "bob", "amount": 5})), says("Sent.")];
    let rig = Rig::start(turns, api, |s| s.approve.clear()).await;
    assert_eq!(rig.invoke("Send 5 to bob").await["status"], "failed");
    assert_eq!(rig.api.calls().len(), 1);
    let api = Server::start(|_, _| reply(500, &[], "{}")).await;
    let rig = Rig::start(vec![read(), says("Done.")], api, |_| {}).await;
    rig.invoke("Read 1001").await;
    assert_eq!(rig.api.calls().len(), 4);
}

#[tokio::test]
async fn long_retry_after_is_not_waited_and_ends_the_calls() {
    let api = Server::start(|_, _| reply(429, &[("retry-after", "3600")], "")).await;
    let turns = vec![read(), wants("search", &json!({"q": "a"})), says("Done.")];
    let rig = Rig::start(turns, api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "failed");
    assert_eq!(rig.api.calls(), ["GET /accounts/1001"]);
    assert_eq!(rig.log()[1]["reason"], "wait");
}

#[tokio::test]
async fn malformed_retry_after_is_ignored() {
    let api = Server::start(|count, _| match count {
        0 => reply(429, &[("retry-after", "-5")], ""),
        _ => reply(200, &[], "{}"),
    })
    .await;
    let rig = Rig::start(vec![read(), says("Done.")], api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "done");
}

#[tokio::test]
async fn error_text_of_the_api_is_not_passed_on() {
    for (status, body) in
        [(500, "trace at /srv/x"), (403, "use the admin key at /srv/x"), (200, r#"{"error":"/srv/x"}"#)]
    {
        let api = Server::start(move |_, _| reply(status, &[], body)).await;
        let rig = Rig::start(vec![read(), says("All is done.")], api, |_| {}).await;
        let answer = rig.invoke("Read 1001").await;
        assert!(answer["status"] == "failed" && !answer.to_string().contains("done"), "{answer}");
        assert!(!rig.last_question().contains("/srv/x"), "{}", rig.last_question());
    }
}

#[tokio::test]
async fn broken_model_fails_the_task() {
    for turn in [json!({}), says(""), wants("", &json!({})), json!({"tool_calls": [{"function": {"name": 5}}]})] {
        let api = Server::start(|_, _| reply(200, &[], "{}")).await;
        let rig = Rig::start(vec![turn], api, |s| s.limits.calls = 3).await;
        assert_eq!(rig.invoke("Read 1001").await["status"], "failed");
    }
    let garbled = json!({"tool_calls": [{"id": "a", "function": {"name": "read", "arguments": "{id:"}}]});
    let api = Server::start(|_, _| reply(200, &[], "{}")).await;
    let rig = Rig::start(vec![garbled], api, |_| {}).await;
    assert_eq!(rig.invoke("Read 1001").await["status"], "failed");
    assert_eq!((rig.model.calls().len(), rig.api.calls().len()), (2, 0));
}
