//! JSONTestSuite: what must be rejected is reported, and nothing crashes.

use std::io::Read as _;

use serde_json::Value;
use speciate_data::{ReadError, code};

use crate::kit::{lenient, shared, try_read};

fn decode_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for quad in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = quad.iter().fold(0_u32, |bits, c| bits << 6 | u32::from(digit(*c)));
        let bits = bits << (6 * (4 - quad.len()));
        bytes.extend(&bits.to_be_bytes()[1..quad.len()]);
    }
    bytes
}

/// The document of a row; long ones are compressed.
fn document(row: &Value) -> Vec<u8> {
    let bytes = if let Some(plain) = row["base64"].as_str() {
        decode_base64(plain)
    } else {
        let packed = decode_base64(row["zlib_base64"].as_str().unwrap());
        let mut bytes = Vec::new();
        flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(bytes.len() as u64, row["bytes"].as_u64().unwrap(), "{}", row["name"]);
    bytes
}

#[test]
fn every_document_is_reported_or_read() {
    let Some(path) = shared("messy_real/json_test_suite_a.jsonl") else { return };
    let rows = std::fs::read_to_string(path).unwrap();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let name = row["name"].as_str().unwrap();
        let bytes = document(&row);
        match try_read(name, &bytes, &lenient()) {
            Ok(report) => {
                assert!(report.adds_up() && report.seeds.is_empty(), "{name}");
                let must_report = row["expect"] == "must_reject";
                assert!(!must_report || report.skipped_bad > 0, "{name}: {bytes:?}");
            }
            Err(ReadError::File { code, .. }) => assert_eq!(code, code::WRONG_ENCODING, "{name}"),
            Err(other) => panic!("{name}: {other}"),
        }
    }
}

/// The documents are no records by themselves; as part of one they show whether JSON was accepted.
#[test]
fn valid_documents_pass_inside_a_record_and_invalid_ones_do_not() {
    let Some(path) = shared("messy_real/json_test_suite_a.jsonl") else { return };
    let rows = std::fs::read_to_string(path).unwrap();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let name = row["name"].as_str().unwrap();
        let document = document(&row);
        let record = [b"[{\"instruction\": \"a1\", \"extra\": ", &document[..], b"}]"].concat();
        let report = try_read("x.json", record, &lenient()).unwrap();
        match row["expect"].as_str().unwrap() {
            "must_parse" => assert_eq!((report.seeds.len(), report.skipped_bad), (1, 0), "{name}"),
            "must_reject" => assert!(report.skipped_bad > 0, "{name}"),
            _ => {}
        }
    }
}
