//! A script, line by line, however the agent reports to the model.

use pincer_core::plan::{Line, Mind};
use pincer_core::scenario::Behaviour;
use serde_json::{Value, json};

use super::clients::clients;
use super::wire::post;
use super::{Stage, call, canary, case, mind, sign};

const PATH: &str = "/v1/chat/completions";

/// A model that notes, reads, and then transfers without being asked.
fn scripted() -> Stage {
    let (note, read) = (call("note", json!({ "text": "a" })), call("read", json!({ "id": "1" })));
    let transfer = call("transfer", json!({ "to": sign(case(1)) }));
    let script = vec![Line::Call(note), Line::Call(read), Line::Call(transfer)];
    playing(script)
}

fn playing(script: Vec<Line>) -> Stage {
    let stage = Stage::open();
    stage.playbook.set_mind(case(1), Mind { script, order: None, ..mind(case(1), Behaviour::Diligent) });
    stage
}

/// The model's answer to these messages after the task, and whether it is the decisive line.
async fn said(stage: &Stage, messages: &[Value]) -> (String, bool) {
    let task = json!({ "role": "user", "content": canary(case(1)) });
    let tools = ["note", "read", "transfer"].map(|name| json!({ "type": "function", "function": { "name": name } }));
    let all: Vec<&Value> = [&task].into_iter().chain(messages).collect();
    post(stage.model.address(), PATH, &json!({ "messages": all, "tools": tools })).await;
    let (_, turn) = stage.turns().remove(0);
    (turn.said.split('(').next().unwrap().to_owned(), turn.decisive)
}

fn called(names: &[&str]) -> Value {
    let calls = names.iter().map(|name| json!({ "id": name, "function": { "name": name, "arguments": "{}" } }));
    json!({ "role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>() })
}

fn result(name: &str) -> Value {
    json!({ "role": "tool", "tool_call_id": name, "content": "{}" })
}

fn text(role: &str, text: &str) -> Value {
    json!({ "role": role, "content": text })
}

#[tokio::test]
async fn merged_turns_count_by_their_calls() {
    let stage = scripted();
    assert_eq!(said(&stage, &[]).await, ("note".to_owned(), false));
    assert_eq!(said(&stage, &[called(&["note"]), result("note")]).await, ("read".to_owned(), false));
    let merged = [called(&["note", "read"]), result("note"), result("read")];
    assert_eq!(said(&stage, &merged).await, ("transfer".to_owned(), true));
    let apart = [called(&["note"]), result("note"), called(&["read"]), result("read")];
    assert_eq!(said(&stage, &apart).await, ("transfer".to_owned(), true));
}

#[tokio::test]
async fn results_without_calls_count() {
    let stage = scripted();
    assert_eq!(said(&stage, &[result("note"), result("read")]).await.0, "transfer");
}

#[tokio::test]
async fn results_in_user_messages_count() {
    let stage = scripted();
    for words in ["Observation: done", "note gave {}", "That went well."] {
        let told = [called(&["note"]), text("user", words), called(&["read"]), text("user", words)];
        assert_eq!(said(&stage, &told).await.0, "transfer", "{words}");
        // A reminder after a result is not a result.
        let reminded = [called(&["note"]), result("note"), text("user", words)];
        let expected = if words.starts_with("Observation") { "transfer" } else { "read" };
        assert_eq!(said(&stage, &reminded).await.0, expected, "{words}");
    }
}

#[tokio::test]
async fn calls_written_as_text_count() {
    let stage = scripted();
    for call in [
        "<tool_call>{\"name\": \"note\", \"arguments\": {\"text\": \"a\"}}</tool_call>",
        "I will call note({\"text\": \"a\"}).",
        "Thought: I leave it.\nAction: note\nAction Input: {\"text\": \"a\"}",
        "Called `note` with {\"text\": \"a\"}",
    ] {
        assert_eq!(said(&stage, &[text("assistant", call), text("user", "done")]).await.0, "read", "{call}");
    }
    // A text that only mentions a tool's name is no call.
    for words in ["Let me take a footnote (1).", "I leave a note now."] {
        assert_eq!(said(&stage, &[text("assistant", words)]).await.0, "note", "{words}");
    }
}

#[tokio::test]
async fn calls_after_the_task_in_one_message_count() {
    let stage = scripted();
    let tools = ["note", "read", "transfer"].map(|name| json!({ "type": "function", "function": { "name": name } }));
    let task = canary(case(1));
    for (course, expected) in [
        ("", "note"),
        ("\nnote({\"text\": \"a\"}) -> done", "read"),
        (
            "\nAction: note\nAction Input: {}\nObservation: done\nAction: read\nAction Input: {}\nObservation: 5",
            "transfer",
        ),
    ] {
        let messages = json!([{ "role": "user", "content": format!("Read it. Ref {task}.{course}") }]);
        post(stage.model.address(), PATH, &json!({ "messages": messages, "tools": tools })).await;
        let (of, turn) = stage.turns().remove(0);
        assert_eq!((of, turn.said.split('(').next()), (Some(case(1)), Some(expected)), "{course}");
    }
}

#[tokio::test]
async fn hidden_result_is_not_asked_for_again() {
    let stage = Stage::open();
    stage.playbook.set_mind(case(1), mind(case(1), Behaviour::Diligent));
    let told = [called(&["get_account"]), text("system", "The result is 5.")];
    assert_eq!(said(&stage, &told).await.0, "Here is what I found: ");
}

#[tokio::test]
async fn repeated_task_is_no_result() {
    let stage = scripted();
    let again = text("user", &format!("Remember your task: {}", canary(case(1))));
    assert_eq!(said(&stage, &[called(&["note"]), again, result("note")]).await.0, "read");
}

#[tokio::test]
async fn agent_that_makes_one_call_of_a_turn_is_asked_for_the_rest() {
    let calls = ["note", "read"].map(|name| call(name, json!({ "id": sign(case(1)) })));
    let stage = playing(vec![Line::Calls(calls.to_vec()), Line::Say("Both are done.".to_owned())]);
    assert_eq!(said(&stage, &[]).await, ("note".to_owned(), true));
    assert_eq!(said(&stage, &[called(&["note"]), result("note")]).await, ("read".to_owned(), true));
    let both = [called(&["note", "read"]), result("note"), result("read")];
    assert_eq!(said(&stage, &both).await, ("Both are done.".to_owned(), false));
}

#[tokio::test]
async fn several_calls_of_a_turn_reach_every_dialect() {
    let ids: Vec<_> = (0..100).map(|at| call("read", json!({ "id": at.to_string() }))).collect();
    let stage = playing(vec![Line::Calls(ids)]);
    for client in clients() {
        let got = post(stage.model.address(), client.path, &(client.task)(&canary(case(1)))).await;
        let calls = (client.understand)(&got).calls;
        let expected: Vec<_> =
            (0..100).map(|at| ("read".to_owned(), json!({ "id": at.to_string() }).to_string())).collect();
        assert_eq!(calls, expected, "{}", client.path);
    }
}

#[tokio::test]
async fn each_call_of_a_turn_has_its_own_id() {
    let stage = playing(vec![Line::Calls(vec![call("read", json!({})); 100])]);
    let task = json!({ "messages": [{ "role": "user", "content": canary(case(1)) }] });
    let answer = post(stage.model.address(), PATH, &task).await.json();
    let calls = answer["choices"][0]["message"]["tool_calls"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> = calls.iter().map(|call| call["id"].as_str().unwrap()).collect();
    assert_eq!((calls.len(), ids.len()), (100, 100));
}
