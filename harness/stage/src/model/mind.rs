//! What the model says: a pure function of the case's script and the agent's messages.

use pincer_core::plan::{Line, Mind, Order, ToolCall};
use pincer_core::scenario::{Behaviour, Told};
use serde_json::{Map, Value};

use super::dialogue::{Dialogue, FINAL, FOUND, Role, Tool};
use super::disguise::reads;
use super::reply::written;
use super::said::{Said, Stop, Thought};

impl Thought {
    /// The answer if no case is known.
    pub(super) fn idle(dialogue: &Dialogue) -> Self {
        let said = last_word("I have nothing to do.".to_owned(), dialogue);
        Self { said, read: false, obeyed: false, decisive: false, told: None }
    }
}

/// Whether the model itself said this text, so that it hides no call.
pub(super) fn own_words(mind: &Mind, text: &str) -> bool {
    let said = |line: &Line| matches!(line, Line::Say(said) if said == text.trim());
    text.starts_with(FOUND) || mind.script.iter().any(said)
}

/// How the model answers: by its behaviour, or by that of the script's next line.
pub(super) fn manner(mind: &Mind, dialogue: &Dialogue) -> Behaviour {
    match due(mind, dialogue) {
        Some((_, Line::Behave(behaviour), _)) => *behaviour,
        _ if mind.script.is_empty() => mind.behaviour,
        _ => Behaviour::Diligent,
    }
}

/// The script's next line, its number, and how many of its calls were made. The number of the model's messages does not
/// help: some agents join all of its turns into one.
fn due<'a>(mind: &'a Mind, dialogue: &Dialogue) -> Option<(usize, &'a Line, usize)> {
    let (mut made, mut said) = (dialogue.calls_made(), dialogue.texts_said());
    for (at, line) in mind.script.iter().enumerate() {
        let left = match line {
            Line::Call(_) | Line::Calls(_) => &mut made,
            Line::Say(_) => &mut said,
            Line::Behave(_) => return Some((at, line, 0)),
        };
        let needs = line.calls().len().max(1);
        if *left < needs {
            let over = if matches!(line, Line::Say(_)) { 0 } else { *left };
            return Some((at, line, over));
        }
        *left -= needs;
    }
    None
}

/// The model's answer to this.
pub(super) fn think(mind: &Mind, dialogue: &Dialogue) -> Thought {
    if mind.script.is_empty() {
        return behave(mind, mind.behaviour, dialogue);
    }
    let read = planted(&mind.sign, dialogue);
    let thought = |said, decisive| Thought { said, read, obeyed: false, decisive, told: None };
    match due(mind, dialogue) {
        None => thought(found(dialogue, ""), false),
        Some((at, line, made)) => {
            let decisive = mind.decisive() == Some(at);
            match line {
                Line::Behave(behaviour) => Thought { decisive, ..behave(mind, *behaviour, dialogue) },
                Line::Say(text) => thought(last_word(text.clone(), dialogue), decisive),
                Line::Call(_) | Line::Calls(_) => {
                    thought(Said::Calls(line.calls().iter().skip(made).cloned().collect()), decisive)
                }
            }
        }
    }
}

/// The answer of a model with this behaviour.
fn behave(mind: &Mind, behaviour: Behaviour, dialogue: &Dialogue) -> Thought {
    let read = planted(&mind.sign, dialogue);
    let begins = dialogue.calls_made() == 0 || !mind.script.is_empty();
    let (mut obeyed, mut told) = (false, None);
    let said = match (behaviour, &mind.order) {
        (Behaviour::Hijacked, Some(Order::Call(order))) if read && !carried_out(mind, order, dialogue) => {
            obeyed = true;
            Said::Calls(vec![order.clone()])
        }
        (Behaviour::Hijacked, Some(Order::Say(word))) if read && dialogue.result().is_some() => {
            obeyed = true;
            found(dialogue, word)
        }
        (Behaviour::Hijacked, Some(Order::Tell(what))) if read && dialogue.result().is_some() => {
            told = Some(own(dialogue, *what)).filter(|text| !text.is_empty());
            obeyed = told.is_some();
            last_word(told.clone().unwrap_or_default(), dialogue)
        }
        // Some agents show a call's result where it is not expected.
        (Behaviour::Diligent | Behaviour::Hijacked, _) if begins => Said::Calls(vec![mind.task.clone()]),
        (Behaviour::Insistent, _) if dialogue.calls_made() < 2 => Said::Calls(vec![mind.task.clone()]),
        // The other behaviours do not change what is said.
        (
            Behaviour::Looping
            | Behaviour::Failing
            | Behaviour::Busy
            | Behaviour::Throttling
            | Behaviour::Overloaded
            | Behaviour::Babbling
            | Behaviour::Rejecting
            | Behaviour::Cut
            | Behaviour::Silent
            | Behaviour::Slow
            | Behaviour::Huge
            | Behaviour::Elsewhere
            | Behaviour::Moved,
            _,
        ) => Said::Calls(vec![mind.task.clone()]),
        (Behaviour::Flooding, _) if begins => Said::Calls(vec![mind.task.clone(); MANY]),
        (Behaviour::Capped, _) => Said::Stopped(BEGUN.to_owned(), Stop::Length),
        (Behaviour::Filtered, _) => Said::Stopped(BEGUN.to_owned(), Stop::Filter),
        (Behaviour::Refusing, _) => Said::Stopped(REFUSAL.to_owned(), Stop::Refusal),
        (Behaviour::BadArguments, _) if begins => cut(&mind.task),
        (Behaviour::UnknownTool, _) if begins => {
            Said::Calls(vec![ToolCall { name: UNKNOWN.to_owned(), arguments: Map::new() }])
        }
        (Behaviour::WrongFinish, _) if begins => Said::Closing(mind.task.clone()),
        (
            Behaviour::Diligent
            | Behaviour::Hijacked
            | Behaviour::Insistent
            | Behaviour::BadArguments
            | Behaviour::UnknownTool
            | Behaviour::WrongFinish
            | Behaviour::Flooding,
            _,
        ) => found(dialogue, ""),
        (Behaviour::Empty, _) => Said::Text(String::new()),
    };
    let decisive = match behaviour {
        Behaviour::Diligent => false,
        Behaviour::Hijacked => obeyed,
        _ => true,
    };
    Thought { said, read, obeyed, decisive, told }
}

/// What the agent disclosed about itself.
fn own(dialogue: &Dialogue, what: Told) -> String {
    let whole = match what {
        Told::Instructions => dialogue.system.join("\n"),
        Told::Tools => {
            let line = |tool: &Tool| format!("{}: {} {}", tool.name, tool.description, tool.schema);
            dialogue.tools.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    };
    whole.chars().take(TOLD).collect()
}

/// Whether the agent's messages contain the sign, apart from the task itself.
fn planted(sign: &str, dialogue: &Dialogue) -> bool {
    let task = dialogue.task();
    let messages = dialogue.messages.iter().enumerate().filter(|(at, _)| Some(*at) != task);
    messages.map(|(_, message)| &message.text).chain(&dialogue.system).any(|text| reads(text, sign))
        || offered(sign, dialogue)
}

/// Whether an offered tool contains the sign.
fn offered(sign: &str, dialogue: &Dialogue) -> bool {
    let mut texts =
        dialogue.tools.iter().flat_map(|tool| [tool.name.clone(), tool.description.clone(), tool.schema.to_string()]);
    texts.any(|text| reads(&text, sign))
}

/// Whether the ordered call was made since the task. Agents change arguments, so the tool decides, unless it is the
/// task's own. If an agent does not show its calls, a result after the order counts.
fn carried_out(mind: &Mind, order: &ToolCall, dialogue: &Dialogue) -> bool {
    if dialogue.calls().next().is_none() {
        let elsewhere = dialogue.system.iter().any(|text| reads(text, &mind.sign)) || offered(&mind.sign, dialogue);
        let since = dialogue.since().iter();
        let mut later = since.skip_while(|message| !elsewhere && !reads(&message.text, &mind.sign));
        return later.by_ref().skip(usize::from(!elsewhere)).any(|message| message.role == Role::Tool);
    }
    let calls: Vec<_> = dialogue.calls().filter(|call| call.name == order.name).collect();
    if order.name != mind.task.name {
        return !calls.is_empty();
    }
    calls.len() > 1
        || order != &mind.task && calls.iter().any(|call| call.arguments.as_object() == Some(&order.arguments))
}

/// The text that ends the task.
fn found(dialogue: &Dialogue, word: &str) -> Said {
    let result: String = dialogue.result().unwrap_or_default().chars().take(TOLD).collect();
    let gap = if word.is_empty() { "" } else { "\n" };
    last_word(format!("{FOUND} {result}{gap}{word}"), dialogue)
}

/// A final text, as a call if the agent accepts only calls.
fn last_word(text: String, dialogue: &Dialogue) -> Said {
    let taker = dialogue.tools.iter().find(|tool| tool.name == FINAL).filter(|_| dialogue.must_call);
    match taker {
        Some(tool) => {
            let arguments = Map::from_iter([(text_parameter(tool), Value::String(text))]);
            Said::Calls(vec![ToolCall { name: FINAL.to_owned(), arguments }])
        }
        None => Said::Text(text),
    }
}

/// The first text parameter, else the first one.
fn text_parameter(tool: &Tool) -> String {
    let properties = tool.schema["properties"].as_object();
    let mut names = properties.into_iter().flatten();
    let is_text = |(_, schema): &(&String, &Value)| {
        schema["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("string"))
    };
    let first = names.clone().find(is_text).or_else(|| names.next());
    first.map_or_else(|| "answer".to_owned(), |(name, _)| name.clone())
}

/// The call with truncated arguments.
fn cut(call: &ToolCall) -> Said {
    let whole = written(&call.arguments);
    let half = whole.chars().count() / 2;
    Said::Raw { name: call.name.clone(), arguments: whole.chars().take(half).collect() }
}

/// A tool that no agent has.
const UNKNOWN: &str = "read_everything";

/// Number of calls in one turn where they are many: more than any known budget for a task.
const MANY: usize = 100;

/// The beginning of a text that was cut off.
const BEGUN: &str = "Here is what I";

/// How a model refuses.
const REFUSAL: &str = "I'm sorry, but I can't help with that.";

/// Most characters of a result that the model repeats.
const TOLD: usize = 4_000;
