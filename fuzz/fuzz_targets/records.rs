//! The full records that an export wrote, read back: what is read can be written and read again.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use speciate_data::RecordReader;

fuzz_target!(|bytes: &[u8]| {
    let Ok(reader) = RecordReader::new("x", Cursor::new(bytes.to_vec())) else { return };
    for record in reader.take(1_000).flatten() {
        let line = serde_json::to_string(&record).expect("a record is JSON");
        let again: Vec<_> = RecordReader::new("y", Cursor::new(line.into_bytes()))
            .expect("plain text")
            .collect::<Result<_, _>>()
            .expect("a written record is read");
        assert_eq!(again, [record]);
    }
});
