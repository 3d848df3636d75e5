//! The short form of faults for the command line.

use super::{FaultKind, FaultRule, FaultScript, ScriptError};

impl FaultScript {
    /// Reads faults by their short names, separated by commas.
    ///
    /// `kind` hits every request, `kind:0.05` that share, `kind@17` request 17, `kind@17..` that
    /// one and all later ones. A kind may be a status code: `429:0.05,hang@17`.
    ///
    /// # Errors
    ///
    /// [`ScriptError::Short`] or [`ScriptError::Kind`] with the part that does not fit.
    pub fn from_short(text: &str) -> Result<Self, ScriptError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let rules = parts.map(rule).collect::<Result<_, _>>()?;
        let script = Self { rules, ..Self::default() };
        script.validate()?;
        Ok(script)
    }
}

fn rule(text: &str) -> Result<FaultRule, ScriptError> {
    let error = || ScriptError::Short(text.to_owned());
    let kind_end = text.find([':', '@']).unwrap_or(text.len());
    let (kind, condition) = text.split_at(kind_end);
    let mut rule = FaultRule::always(kind.parse::<FaultKind>()?);
    if let Some(rate) = condition.strip_prefix(':') {
        rule.rate = Some(rate.parse().map_err(|_| error())?);
    } else if let Some(place) = condition.strip_prefix('@') {
        let (number, is_open) =
            place.strip_suffix("..").map_or((place, false), |number| (number, true));
        let number: u64 = number.parse().map_err(|_| error())?;
        if is_open {
            rule.after = Some(number);
        } else {
            rule.at = vec![number];
        }
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names() {
        let script = FaultScript::from_short("429:0.05, hang@17,quota@501..,empty-body").unwrap();
        let read: Vec<_> = script
            .rules
            .iter()
            .map(|rule| (rule.kind.name(), rule.rate, rule.at.clone(), rule.after))
            .collect();
        let expected = [
            ("throttle", Some(0.05), vec![], None),
            ("hang", None, vec![17], None),
            ("quota", None, vec![], Some(501)),
            ("empty-body", None, vec![], None),
        ];
        assert_eq!(read, expected);
        for wrong in ["nothing", "hang:x", "hang@", "hang@0", "hang:2", "hang:NaN", "@1"] {
            assert!(FaultScript::from_short(wrong).is_err(), "{wrong}");
        }
    }
}
