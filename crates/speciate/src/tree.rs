//! The tree that grew from a seed, for the terminal and as SVG.

mod svg;
mod terminal;

use std::collections::BTreeMap;
use std::path::Path;

use speciate_store::RunReader;
use speciate_types::{InstructionId, InstructionRecord, VerdictKind};

use crate::Error;
use crate::export::each_record;

pub use svg::to_svg;
pub use terminal::{TreeOptions, to_text};

/// A node with what became of it and what grew from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// The instruction.
    pub record: InstructionRecord,
    /// Children, by round and branch.
    pub children: Vec<Branch>,
}

impl Branch {
    /// All nodes below this one that were kept.
    pub fn kept_descendants(&self) -> usize {
        let own = |child: &Self| usize::from(child.record.verdict == VerdictKind::Kept);
        self.children.iter().map(|child| own(child) + child.kept_descendants()).sum()
    }

    /// All nodes below this one.
    pub fn descendants(&self) -> usize {
        self.children.iter().map(|child| 1 + child.descendants()).sum()
    }
}

/// The tree of the run in `directory` that holds the instruction whose id begins with `id`.
pub fn read(directory: &Path, id: &str) -> Result<Branch, Error> {
    let reader = RunReader::open(directory)?;
    let id = id.trim().to_lowercase();
    let root = if id.len() == 20 {
        let stored = reader.record(InstructionRecord::STORED_KIND, &id)?;
        stored
            .map(|stored| crate::export::parse(&stored.id, &stored.body))
            .transpose()?
            .map(|r| r.root)
    } else {
        find_root(&reader, &id)?
    };
    let root = root.ok_or_else(|| Error::NoInstruction(id))?;
    let mut records = Vec::new();
    each_record(&reader, &mut |record| {
        if record.root == root {
            records.push(record);
        }
        Ok(())
    })?;
    grow(root, records).ok_or_else(|| Error::NoInstruction(root.to_string()))
}

/// The ids and texts of all seeds, in order.
pub fn roots(directory: &Path) -> Result<Vec<(InstructionId, String)>, Error> {
    let reader = RunReader::open(directory)?;
    let mut roots = Vec::new();
    each_record(&reader, &mut |record| {
        if record.parent.is_none() {
            roots.push((record.id, record.instruction.unwrap_or_default()));
        }
        Ok(())
    })?;
    Ok(roots)
}

fn find_root(reader: &RunReader, id: &str) -> Result<Option<InstructionId>, Error> {
    let mut found = None;
    each_record(reader, &mut |record| {
        if found.is_none() && record.id.to_string().starts_with(id) {
            found = Some(record.root);
        }
        Ok(())
    })?;
    Ok(found)
}

fn grow(root: InstructionId, records: Vec<InstructionRecord>) -> Option<Branch> {
    let mut by_parent: BTreeMap<Option<InstructionId>, Vec<InstructionRecord>> = BTreeMap::new();
    for record in records {
        by_parent.entry(record.parent).or_default().push(record);
    }
    let seeds = by_parent.remove(&None)?;
    let seed = seeds.into_iter().find(|record| record.id == root)?;
    Some(branch(seed, &mut by_parent))
}

fn branch(
    record: InstructionRecord,
    by_parent: &mut BTreeMap<Option<InstructionId>, Vec<InstructionRecord>>,
) -> Branch {
    let mut children = by_parent.remove(&Some(record.id)).unwrap_or_default();
    children.sort_by_key(|child| (child.round, child.branch, child.id));
    let children = children.into_iter().map(|child| branch(child, by_parent)).collect();
    Branch { record, children }
}

/// Why a node was not kept: its rule or cause, and the evidence.
fn reason(record: &InstructionRecord) -> Option<String> {
    match record.verdict {
        VerdictKind::Kept => None,
        VerdictKind::Failed => Some(format!("failed: {}", record.cause.as_deref()?)),
        VerdictKind::Eliminated | VerdictKind::Invalid => {
            let evidence = record.evidence.as_deref().unwrap_or_default();
            Some(format!("{}: {evidence}", record.rule.as_deref()?))
        }
    }
}
