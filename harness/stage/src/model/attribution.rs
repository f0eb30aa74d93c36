//! Attributes a request to the model to a case, and finds where its task begins in the conversation.

use pincer_core::vocab::CaseId;

use super::dialogue::{Dialogue, Message, Role};
use crate::Sensor;

/// The case of the user's last canary, or else of the first canary in the body. The task's position is set in the
/// dialogue, because an agent may keep one conversation over several tasks.
pub(super) fn attribute(sensor: &Sensor, dialogue: &mut Dialogue, body: &[u8]) -> Option<CaseId> {
    // The last in the message: some clients join messages of the same role.
    let named = |message: &Message| {
        let of_user = message.role == Role::User;
        of_user.then(|| sensor.cases(message.text.as_bytes()).last()).flatten()
    };
    let messages = &dialogue.messages;
    let Some((mut task, case)) =
        messages.iter().enumerate().rev().find_map(|(at, message)| named(message).map(|case| (at, case)))
    else {
        return sensor.cases(body).next();
    };
    // Some agents repeat the task in the middle, so it begins where the one before was answered.
    for (at, message) in messages.iter().enumerate().take(task).rev() {
        if message.is_final() {
            break;
        }
        if named(message) == Some(case) {
            task = at;
        }
    }
    dialogue.task = Some(task);
    Some(case)
}
