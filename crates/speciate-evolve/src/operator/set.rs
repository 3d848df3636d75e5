//! The operators of a run and the draw among them.

use std::collections::BTreeMap;

use speciate_types::InstructionId;

use super::{Operator, OperatorError, Pack, builtin, compact, paper};
use crate::draw;
use crate::format::DataFormat;
use crate::procedure::Procedure;
use crate::style::PromptStyle;
use crate::text::suggestion;

/// A user's operator, already read from disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorFile {
    /// The file's name without directories; the part before the first dot names the operator.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The operators of a run, each with its weight.
#[derive(Debug, Clone)]
pub struct OperatorSet {
    style: PromptStyle,
    procedure: Procedure,
    /// Ascending by name, so that the order of files cannot change a draw.
    operators: Vec<Operator>,
    /// Parallel to `operators`; the sum is positive.
    weights: Vec<f64>,
}

impl OperatorSet {
    /// The six operators of the WizardLM paper (section 3.2), each with weight 1.
    pub fn builtin(style: PromptStyle) -> Self {
        Self::of_pack(Pack::Wizardlm, style, Procedure::Paper)
    }

    /// The operators of a pack, each with weight 1, with the prompts of a procedure.
    pub fn of_pack(pack: Pack, style: PromptStyle, procedure: Procedure) -> Self {
        // The packs for a domain have prose alone.
        let style = match (pack, style) {
            (Pack::Code | Pack::Maths, PromptStyle::Compact) => PromptStyle::Guided,
            (_, style) => style,
        };
        let empty = Self { style, procedure, operators: Vec::new(), weights: Vec::new() };
        let files = builtin::files(style, pack).iter().map(|(name, text)| OperatorFile {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        });
        empty.with_files(files.collect()).expect("the built-in operators are valid")
    }

    /// Adds operators, or replaces those of the same name. New ones get weight 1.
    ///
    /// In the paper style a file is a template with a head; in the compact style it is TOML. A
    /// file whose name begins with a dot or an underscore is left out.
    ///
    /// # Errors
    ///
    /// [`OperatorError::File`] if a file is no operator of this set's style.
    pub fn with_files(mut self, files: Vec<OperatorFile>) -> Result<Self, OperatorError> {
        for file in files.into_iter().filter(|file| !file.name.starts_with(['.', '_'])) {
            let name = operator_name(&file.name)?;
            let operator = match self.style {
                PromptStyle::Paper | PromptStyle::Guided => {
                    paper::read(name, &file.name, &file.text, (self.style, self.procedure))?
                }
                PromptStyle::Compact => compact::read(name, &file.name, &file.text)?,
            };
            match self.operators.binary_search_by(|known| known.name.as_str().cmp(name)) {
                Ok(at) => self.operators[at] = operator,
                Err(at) => {
                    self.operators.insert(at, operator);
                    self.weights.insert(at, 1.0);
                }
            }
        }
        Ok(self)
    }

    /// Sets the weights of the draw. Operators that `weights` does not name keep theirs.
    ///
    /// # Errors
    ///
    /// [`OperatorError::UnknownOperator`] for a name that no operator has;
    /// [`OperatorError::Weight`] for a negative or non-finite weight, or if all are 0.
    pub fn with_weights(mut self, weights: &BTreeMap<String, f64>) -> Result<Self, OperatorError> {
        for (name, weight) in weights {
            let at = self.operators.iter().position(|operator| operator.name == *name);
            let at = at.ok_or_else(|| self.unknown(name))?;
            if !weight.is_finite() || *weight < 0.0 {
                let what = format!(
                    "the weight of `{name}` is `{weight}`, expected a number of at least 0"
                );
                return Err(OperatorError::Weight { what });
            }
            self.weights[at] = *weight;
        }
        if self.weights.iter().sum::<f64>() <= 0.0 {
            return Err(OperatorError::Weight { what: "every weight is 0".to_owned() });
        }
        Ok(self)
    }

    /// Restricts the data formats of the operators that draw one. An operator that has none of
    /// `formats` keeps its own.
    pub fn with_formats(mut self, formats: &[DataFormat]) -> Self {
        for operator in &mut self.operators {
            let allowed =
                |lead: &super::Lead| lead.format.is_some_and(|format| formats.contains(&format));
            if operator.leads.iter().any(allowed) {
                operator.leads.retain(allowed);
            }
        }
        self
    }

    /// Draws an operator by weight. Depends on the run seed and the child's id only.
    ///
    /// The paper draws each of the six with the same probability.
    pub fn draw(&self, run_seed: u64, child: InstructionId) -> &Operator {
        self.draw_other(run_seed, &[], child)
    }

    /// Draws an operator that none of the draws before it within the round was, as long as there is
    /// another one. `before` are the ids of the children that they were for, in order.
    pub fn draw_other(
        &self,
        run_seed: u64,
        before: &[InstructionId],
        child: InstructionId,
    ) -> &Operator {
        let mut weights = self.weights.clone();
        for earlier in before {
            let drawn = draw::weighted_index(run_seed, *earlier, "operator", &weights);
            weights[drawn] = 0.0;
            if weights.iter().sum::<f64>() <= 0.0 {
                weights.clone_from(&self.weights);
            }
        }
        &self.operators[draw::weighted_index(run_seed, child, "operator", &weights)]
    }

    /// The operator of this name.
    pub fn get(&self, name: &str) -> Option<&Operator> {
        self.operators.iter().find(|operator| operator.name == name)
    }

    /// Every operator with its weight, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Operator, f64)> {
        self.operators.iter().zip(self.weights.iter().copied())
    }

    /// The style of its prompts.
    pub fn style(&self) -> PromptStyle {
        self.style
    }

    /// A hash of everything that shapes the prompts: 64 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        add(self.style.as_str());
        for operator in &self.operators {
            add(&operator.name);
            operator.closing.iter().for_each(|task| add(task));
            for lead in &operator.leads {
                add(lead.format.map_or("", DataFormat::as_str));
                if let Some(beginning) = &lead.beginning {
                    add(&beginning.text);
                    add(beginning.end.as_deref().unwrap_or_default());
                    add(beginning.language.map_or("", |language| language.code()));
                }
                lead.messages.iter().for_each(|message| add(&message.content));
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    fn unknown(&self, name: &str) -> OperatorError {
        let names: Vec<&str> = self.operators.iter().map(Operator::name).collect();
        let hint = match suggestion(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known operators: {}", names.join(", ")),
        };
        OperatorError::UnknownOperator { name: name.to_owned(), hint }
    }
}

fn operator_name(file: &str) -> Result<&str, OperatorError> {
    let name = file.split('.').next().unwrap_or_default();
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(valid) {
        let hint = "name the file with lower case letters, digits and `-`, for example `legal-twist.jinja`";
        return Err(OperatorError::file(file, 1, "the file's name is no operator name", hint));
    }
    Ok(name)
}
