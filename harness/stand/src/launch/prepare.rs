//! The commands of a launch, with their placeholders filled in.

use std::path::{Path, PathBuf};

use pincer_core::vocab::{Template, Word};

use crate::supervise::Order;
use crate::{LaunchError, Variables};

/// A command whose placeholders are filled in, except the task.
#[derive(Debug)]
pub(crate) struct Prepared {
    command: Vec<Template>,
    env: Vec<(String, Template)>,
    folder: PathBuf,
    work: PathBuf,
}

impl Prepared {
    /// Prepares a command and its environment.
    pub(crate) fn new<'a>(
        command: &[Template],
        env: impl IntoIterator<Item = (&'a String, &'a Template)>,
        variables: &mut Variables,
    ) -> Result<Self, LaunchError> {
        let (folder, work) = (variables.folder().to_owned(), variables.work().to_owned());
        let mut settle = |template: &Template| {
            template.settle(|known| match known {
                Word::Task => Ok(None),
                other => variables.value(other).map(Some),
            })
        };
        let command = command.iter().map(&mut settle).collect::<Result<_, _>>()?;
        let env = env.into_iter().map(|(name, value)| Ok((name.clone(), settle(value)?)));
        Ok(Self { command, env: env.collect::<Result<_, LaunchError>>()?, folder, work })
    }

    /// The process to start, with the remaining placeholders filled by `say`.
    pub(crate) fn order(&self, say: impl Fn(&Word) -> Result<String, LaunchError>) -> Result<Order, LaunchError> {
        let fill = |template: &Template| template.fill(&say);
        let mut words = self.command.iter().map(fill).collect::<Result<Vec<_>, _>>()?.into_iter();
        let env = self.env.iter().map(|(name, value)| Ok((name.clone(), fill(value)?)));
        Ok(Order {
            program: words.next().ok_or(LaunchError::Empty)?,
            arguments: words.collect(),
            env: env.collect::<Result<_, LaunchError>>()?,
            folder: self.folder.clone(),
            input: None,
            work: Some(self.work.clone()),
        })
    }
}

/// Copies a file from the descriptor's folder into the work folder and fills in its placeholders.
pub(crate) fn fill(variables: &mut Variables, name: &str) -> Result<(), LaunchError> {
    let from = variables.folder().join(name);
    let to = variables.work().join(Path::new(name).file_name().unwrap_or_default());
    let fail = |path: &Path, why| LaunchError::Prepare { what: path.display().to_string(), why };
    let text = std::fs::read_to_string(&from).map_err(|why| fail(&from, why))?;
    let template = text.parse().map_err(|why| LaunchError::Template { path: from, why })?;
    let text: String = variables.fill(&template)?;
    std::fs::write(&to, text).map_err(|why| fail(&to, why))
}
