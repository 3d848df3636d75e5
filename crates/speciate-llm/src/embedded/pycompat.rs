//! The Python methods that models' chat templates call on strings and maps.

use minijinja::value::{ValueKind, from_args};
use minijinja::{Error, ErrorKind, State, Value};

/// Answers a method call that the template engine does not know.
///
/// # Errors
///
/// [`ErrorKind::UnknownMethod`] for anything that templates have not been seen to use.
pub(super) fn call_method(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match (value.as_str(), value.kind()) {
        (Some(text), _) => string_method(text, method, args),
        (None, ValueKind::Map) => map_method(state, value, method, args),
        _ => Err(ErrorKind::UnknownMethod.into()),
    }
}

fn string_method(text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    match method {
        "strip" => strip(args).map(|set| Value::from(text.trim_matches(set))),
        "lstrip" => strip(args).map(|set| Value::from(text.trim_start_matches(set))),
        "rstrip" => strip(args).map(|set| Value::from(text.trim_end_matches(set))),
        "startswith" => from_args(args).map(|(start,): (&str,)| text.starts_with(start).into()),
        "endswith" => from_args(args).map(|(end,): (&str,)| text.ends_with(end).into()),
        "split" => split(text, args),
        "replace" => from_args(args).map(|(old, new): (&str, &str)| text.replace(old, new).into()),
        "upper" => Ok(text.to_uppercase().into()),
        "lower" => Ok(text.to_lowercase().into()),
        "title" | "capitalize" => Ok(capitalise(text).into()),
        _ => Err(ErrorKind::UnknownMethod.into()),
    }
}

fn map_method(
    state: &mut State<'_, '_>,
    map: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match method {
        "items" => state.apply_filter("items", std::slice::from_ref(map)),
        "keys" => map.try_iter().map(Iterator::collect),
        "get" => {
            let (key, default): (Value, Option<Value>) = from_args(args)?;
            let found = map.get_item(&key)?;
            let missing = || default.unwrap_or_else(|| Value::from(()));
            Ok(if found.is_undefined() { missing() } else { found })
        }
        _ => Err(ErrorKind::UnknownMethod.into()),
    }
}

/// The characters to strip: those given, or white space.
fn strip(args: &[Value]) -> Result<impl FnMut(char) -> bool + Copy, Error> {
    let (set,): (Option<&str>,) = from_args(args)?;
    Ok(move |c: char| set.map_or_else(|| c.is_whitespace(), |set| set.contains(c)))
}

fn split(text: &str, args: &[Value]) -> Result<Value, Error> {
    let (separator, most): (Option<&str>, Option<usize>) = from_args(args)?;
    let most = most.map_or(usize::MAX, |splits| splits.saturating_add(1));
    Ok(match separator {
        Some(separator) => text.splitn(most, separator).map(Value::from).collect(),
        None => text.split_whitespace().map(Value::from).collect(),
    })
}

fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect()
    })
}
