//! Where a role's model is served: one address, or several that serve the same model.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One or more base URLs. In TOML a text or a list of texts; as a flag, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses(Vec<String>);

impl Addresses {
    /// The addresses that `text` lists, separated by commas; `None` if there are none.
    pub fn parse(text: &str) -> Option<Self> {
        Self::new(text.split(',').map(str::to_owned))
    }

    /// These addresses, each once, in their order; `None` if there are none.
    pub fn new(given: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut addresses: Vec<String> = Vec::new();
        for address in given {
            let address = address.trim();
            if !address.is_empty() && !addresses.iter().any(|known| known == address) {
                addresses.push(address.to_owned());
            }
        }
        (!addresses.is_empty()).then_some(Self(addresses))
    }

    /// The first, for messages about the whole.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// All of them, at least one.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Serialize for Addresses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => serializer.serialize_str(only),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "an address like \"http://localhost:8000/v1\", or a list of them"
        )]
        enum Written {
            One(String),
            Several(Vec<String>),
        }
        let addresses = match Written::deserialize(deserializer)? {
            Written::One(text) => Self::parse(&text),
            Written::Several(list) => Self::new(list),
        };
        addresses.ok_or_else(|| D::Error::custom("expected at least one address, found none"))
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;
    use crate::recipe::RecipeFile;

    #[test]
    fn one_address_several_or_a_flag_with_commas() {
        for (toml, expected) in [
            ("base_url = \"http://a/v1\"", vec!["http://a/v1"]),
            ("base_url = [\"http://a/v1\", \"http://b/v1\"]", vec!["http://a/v1", "http://b/v1"]),
            (
                "base_url = \"http://a/v1, http://b/v1,http://a/v1\"",
                vec!["http://a/v1", "http://b/v1"],
            ),
        ] {
            let file = RecipeFile::parse("r.toml", toml).unwrap();
            assert_eq!(file.base_url.as_ref().unwrap().iter().collect::<Vec<_>>(), expected);
            assert_eq!(RecipeFile::parse("again", &file.to_toml()).unwrap(), file);
        }
        assert!(RecipeFile::parse("r.toml", "base_url = []").is_err());
        assert!(RecipeFile::parse("r.toml", "base_url = 3").is_err());
        assert_eq!(Addresses::parse(" , "), None);
    }
}
