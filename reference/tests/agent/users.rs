//! Who gives a task, for whom it is done, and what is remembered.

use pincer_reference::agent::{AgentSettings, Secret, UserSettings};
use serde_json::{Value, json};

use crate::rig::{Rig, Server, reply, says, wants};

const ALICE: &str = "the-key-of-alice";
const BOB: &str = "the-key-of-bob";

fn users(settings: &mut AgentSettings) {
    let user = |(name, key): (&str, &str)| UserSettings { name: name.to_owned(), key: Secret(key.to_owned()) };
    settings.users = [("alice", ALICE), ("bob", BOB)].map(user).to_vec();
}

async fn rig(turns: Vec<Value>) -> Rig {
    Rig::start(turns, Server::start(|_, _| reply(200, &[], "{}")).await, users).await
}

#[tokio::test]
async fn unknown_user_is_refused() {
    let rig = rig(vec![says("Hello.")]).await;
    let task = json!({ "input": "Hello" });
    for key in ["", "another-key"] {
        assert_eq!(rig.post_as(key, "/invoke", &task).await.0, 401, "{key}");
        assert_eq!(rig.post_as(key, "/approvals/a", &json!({ "approve": true })).await.0, 401, "{key}");
    }
    assert!(rig.model.calls().is_empty());
    assert_eq!(rig.post_as(ALICE, "/invoke", &task).await.0, 200);
}

#[tokio::test]
async fn api_is_told_the_user_of_the_task() {
    let rig = rig(vec![wants("read", &json!({"id": "1001"})), says("Done.")]).await;
    rig.post_as(ALICE, "/invoke", &json!({ "input": "Read 1001" })).await;
    let arrivals = rig.api.arrivals();
    assert_eq!(arrivals[0].headers["x-subject"], "alice");
    assert_eq!(rig.log()[0]["user"], "alice");
}

#[tokio::test]
async fn approval_is_decided_by_the_user_of_the_task() {
    let rig = rig(vec![wants("create", &json!({"to": "bob", "amount": 5})), says("Sent.")]).await;
    let (_, answer) = rig.post_as(ALICE, "/invoke", &json!({ "input": "Send 5 to bob" })).await;
    let path = format!("/approvals/{}", answer["approval"]["id"].as_str().unwrap());
    let decision = json!({ "approve": true, "arguments": { "to": "bob", "amount": 5 } });
    assert_eq!(rig.post_as(BOB, &path, &decision).await.0, 404);
    assert!(rig.api.calls().is_empty());
    assert_eq!(rig.post_as(ALICE, &path, &decision).await.1["status"], "done");
}

#[tokio::test]
async fn session_is_remembered_for_its_user_only() {
    let rig = rig(vec![says("Noted.")]).await;
    let say = async |key: &'static str, words: &str, session: &str| {
        rig.post_as(key, "/invoke", &json!({ "input": words, "session": session })).await.0
    };
    say(ALICE, "My number is 4711", "a").await;
    say(BOB, "Hello", "a").await;
    assert!(!rig.last_question().contains("4711"));
    say(ALICE, "Hello", "b").await;
    assert!(!rig.last_question().contains("4711"));
    say(ALICE, "Hello", "a").await;
    assert!(rig.last_question().contains("4711") && rig.last_question().contains("Noted."));
    assert_eq!((rig.end(BOB, "c").await, rig.end(ALICE, "a").await, rig.end(ALICE, "a").await), (404, 204, 404));
    say(ALICE, "Hello", "a").await;
    assert!(!rig.last_question().contains("4711"));
    assert_eq!(say(ALICE, "Hello", "../a").await, 422);
}
