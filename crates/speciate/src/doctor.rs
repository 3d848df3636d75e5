//! What would stand in a run's way: recipe, endpoints, keys, models, disk, descriptors, clock.
//!
//! Facts are gathered at the door ([`examine`]); what they mean is plain functions over [`Facts`].

mod address;
mod ask;
mod endpoint;
mod facts;
mod gather;
mod long;
mod machine;
mod model;
mod setting;
mod system;

use std::path::{Path, PathBuf};

use speciate_types::Clock;

use crate::Error;
use crate::plan::forecast;
use crate::project::{Prepared, Sources};

pub use facts::{
    CallFacts, DescriptorFacts, DiskFacts, EmbeddedFacts, EndpointFacts, Facts, Key, Listing,
    ModelFacts, Proxy, RecipeFacts, RoleFacts, RunFacts, SeedFacts,
};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// A run starts, but may not go as hoped.
    Warning,
    /// A run would stop at its start, or get nowhere.
    Error,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What was checked, in one word, for example `endpoint`.
    pub check: &'static str,
    /// How bad it is.
    pub status: Status,
    /// What was found. Never holds a key.
    pub found: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The exit code with which `run` would stop for it; 0 unless it is an error.
    #[serde(skip)]
    pub exit_code: u8,
}

/// Exit codes of errors, as `run` has them.
const MISCONFIGURED: u8 = 2;
const PAUSED: u8 = 3;
const DIRECTORY: u8 = 4;

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, status: Status::Ok, found: found.into(), hint: None, exit_code: 0 }
    }

    fn warning(check: &'static str, found: impl Into<String>) -> Self {
        Self { status: Status::Warning, ..Self::ok(check, found) }
    }

    fn error(check: &'static str, found: impl Into<String>, exit_code: u8) -> Self {
        Self { status: Status::Error, exit_code, ..Self::ok(check, found) }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What is to be looked at.
#[derive(Debug)]
pub struct Examination {
    /// What `run` would be made from, or why it cannot be read.
    pub sources: Result<Sources, Error>,
    /// Where the run is, or would be kept.
    pub directory: PathBuf,
    /// Whether each model is called once, with a few tokens.
    pub makes_calls: bool,
}

/// Looks at everything; in the order in which `run` would come across it.
pub async fn examine(examination: Examination, clock: &dyn Clock) -> Vec<Finding> {
    findings(&gather::gather(examination, clock).await)
}

/// Whether the disk of `directory` has room for the run; `None` if it has. Sends and writes nothing.
///
/// # Errors
///
/// [`Error::NoRoom`] where [`examine`] finds an error: no run gets anywhere there.
pub fn room(prepared: &Prepared, directory: &Path) -> Result<Option<Finding>, Error> {
    let need_bytes = gather::disk_bytes(&forecast(prepared));
    let facts = machine::room(directory, Some(need_bytes));
    let finding = system::room(&facts, &format!("the run is kept in {}", directory.display()));
    match finding.status {
        Status::Ok => Ok(None),
        Status::Warning => Ok(Some(finding)),
        Status::Error => Err(Error::NoRoom { found: finding.found, hint: finding.hint }),
    }
}

/// What the facts mean.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![setting::recipe(&facts.recipe)];
    findings.extend(facts.seeds.as_ref().map(setting::seeds));
    findings.extend(facts.embedded.as_ref().map(setting::embedded));
    for endpoint in &facts.endpoints {
        findings.push(endpoint::answers(endpoint));
        findings.extend(endpoint::proxy(endpoint));
        findings.extend(endpoint::key(endpoint));
        findings.extend(endpoint.models.iter().filter_map(|model| model::model(endpoint, model)));
        findings.extend(endpoint.models.iter().filter_map(|model| {
            long::long_prompt(model.chosen.as_deref()?, model.long_call.as_ref()?)
        }));
    }
    findings.extend(setting::limits(facts));
    findings.push(system::disk(&facts.disk));
    findings.extend(facts.descriptors.as_ref().map(system::descriptors));
    findings.push(system::clock(facts));
    findings.push(system::run(facts));
    findings
}

/// The exit code: that of the first error, which is the one that `run` would stop for; else 0.
pub fn exit_code(findings: &[Finding]) -> u8 {
    findings.iter().map(|finding| finding.exit_code).find(|code| *code != 0).unwrap_or(0)
}

#[cfg(test)]
mod tests;
