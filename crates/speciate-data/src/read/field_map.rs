//! Where the caller says that the fields are: `instruction=prompt,response=data.answer`.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

/// Where the fields of a record are.
///
/// Written as `instruction=PATH[,input=PATH][,response=PATH]`. A path is a key, or keys and list
/// positions joined by dots: `data.prompt.text`, `turns.0`. A key that has dots itself is found
/// too, if it is at the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMap {
    /// Path of the instruction.
    pub instruction: String,
    /// Path of what is joined to it.
    pub input: Option<String>,
    /// Path of the response.
    pub response: Option<String>,
}

/// The text was not a field map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}: expected `instruction=FIELD[,input=FIELD][,response=FIELD]`, found `{text}`")]
pub struct InvalidFieldMap {
    text: String,
    message: String,
}

impl FromStr for FieldMap {
    type Err = InvalidFieldMap;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |message: String| InvalidFieldMap { text: text.to_owned(), message };
        let [mut instruction, mut input, mut response] = [const { None::<String> }; 3];
        for pair in text.split(',') {
            let Some((name, path)) = pair.split_once('=') else {
                return Err(invalid(format!("no `=` in `{}`", pair.trim())));
            };
            let slot = match name.trim() {
                "instruction" => &mut instruction,
                "input" => &mut input,
                "response" | "output" => &mut response,
                other => return Err(invalid(format!("unknown field `{other}`"))),
            };
            if path.trim().is_empty() || slot.is_some() {
                return Err(invalid(format!("`{}` needs one path", name.trim())));
            }
            *slot = Some(path.trim().to_owned());
        }
        let instruction = instruction.ok_or_else(|| invalid("no `instruction`".to_owned()))?;
        Ok(Self { instruction, input, response })
    }
}

impl fmt::Display for FieldMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instruction={}", self.instruction)?;
        let optional = [("input", &self.input), ("response", &self.response)];
        for (name, path) in optional {
            if let Some(path) = path {
                write!(f, ",{name}={path}")?;
            }
        }
        Ok(())
    }
}

/// What `path` leads to in `object`.
pub(super) fn resolve<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let mut steps = path.split('.');
    let first = object.get(steps.next()?)?;
    steps.try_fold(first, |value, step| match value {
        Value::Object(inner) => inner.get(step),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_written_and_read_back() {
        let text = "instruction=data.prompt.text,response=turns.0";
        let map: FieldMap = text.parse().unwrap();
        assert_eq!(map.to_string(), text);
        for bad in
            ["", "prompt", "foo=bar", "response=x", "instruction=", "instruction=a,instruction=b"]
        {
            assert!(bad.parse::<FieldMap>().is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let value: Value = serde_json::from_str(r#"{"a":{"b":["x","y"]},"a.c":"dotted"}"#).unwrap();
        let object = value.as_object().unwrap();
        assert_eq!(resolve(object, "a.b.1").unwrap(), "y");
        assert_eq!(resolve(object, "a.c").unwrap(), "dotted");
        assert_eq!(resolve(object, "a.b.2"), None);
        assert_eq!(resolve(object, "z"), None);
    }
}
