//! Servers with a name, such as `mock:flaky-20`.

use crate::answer::Quality;
use crate::capacity::Capacity;
use crate::config::MockConfig;
use crate::fault::FaultScript;

/// The names of the presets, each with one line on it.
pub const PRESETS: [(&str, &str); 9] = [
    ("default", "64 slots, about 260 requests a second, small flaws"),
    ("perfect", "answers at once, without a flaw"),
    ("instant", "answers at once, with the usual small flaws"),
    ("slow", "8 slots, ten times the usual time for each answer"),
    ("flaky-20", "one request in five fails in one of seven ways that pass"),
    ("throttled", "three requests in ten get a 429 that asks for one second"),
    ("null-content", "one answer in four is null, half of these with reasoning only"),
    ("truncating", "one answer in five is cut by the token limit"),
    ("quota-after-500", "the quota is used up after 500 requests"),
];

/// The configuration of that name, with or without `mock:` before it; `None` if there is none.
pub fn preset(name: &str) -> Option<MockConfig> {
    let usual = MockConfig::default();
    let config = match name.strip_prefix("mock:").unwrap_or(name) {
        "default" => usual,
        "perfect" => MockConfig::perfect(),
        "instant" => MockConfig { capacity: Capacity::instant(), ..usual },
        "slow" => {
            let slow = Capacity { slots: 8, ..usual.capacity };
            let decode_us_per_token = slow.decode_us_per_token * 10.0;
            MockConfig { capacity: Capacity { decode_us_per_token, ..slow }, ..usual }
        }
        "flaky-20" => with(
            "500:0.05,503:0.04,throttle:0.03,reset:0.02,cut-body:0.02,html-200:0.02,error-in-200:0.02",
        )?,
        "throttled" => {
            let mut config = with("throttle:0.3")?;
            config.faults.rules.iter_mut().for_each(|rule| rule.retry_after = Some("1".to_owned()));
            config
        }
        "null-content" => with("null-content:0.125,null-content-reasoning:0.143")?,
        "truncating" => with("truncation:0.2")?,
        "quota-after-500" => with("quota@501..")?,
        _ => return None,
    };
    Some(config)
}

/// The usual server with these faults and no flaws, so that the faults are all that goes wrong.
fn with(faults: &str) -> Option<MockConfig> {
    let faults = FaultScript::from_short(faults).ok()?;
    Some(MockConfig { faults, quality: Quality::PERFECT, ..MockConfig::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_there_and_valid() {
        for (name, _) in PRESETS {
            let config = preset(&format!("mock:{name}")).expect(name);
            config.validate().expect(name);
        }
        assert_eq!(preset("mock:nothing"), None);
    }
}
