//! The program: one task on the command line.

use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;

use crate::rig::{API, Server, reply};

#[tokio::test]
async fn ask_prints_what_the_agent_says() {
    let model = Server::start(|_, _| {
        let choice = json!({"message": {"content": "Hello."}, "finish_reason": "stop"});
        reply(200, &[], json!({"choices": [choice]}).to_string())
    })
    .await;
    let folder = tempfile::TempDir::new().unwrap();
    let settings = format!(
        "listen: 127.0.0.1:0\nmodel: {{ url: \"http://{}/v1\", name: m, key: k }}\n\
         upstream: {{ url: \"http://127.0.0.1:9\", key: k }}\ntools: [read]\nlog: actions.jsonl\n",
        model.address
    );
    std::fs::write(folder.path().join("agent.yaml"), settings).unwrap();
    std::fs::write(folder.path().join("openapi.yaml"), API).unwrap();
    let ask = async |task: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_pincer-reference"));
        program.arg("ask").arg("--config").arg(folder.path().join("agent.yaml")).arg(task);
        program.stdin(Stdio::null()).output().await.unwrap()
    };
    let output = ask("Say hello").await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "Hello.\n");
    assert!(folder.path().join("actions.jsonl").exists());
    drop(model);
    assert!(!ask("Say hello").await.status.success());
}
