//! An HTTP response: the borders of its pieces do not matter, and nothing is read out of thin air.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate_llm::http1::{FrameFault, Piece, ResponseReader};

type Read = (Option<u16>, Vec<u8>, Option<FrameFault>);

fuzz_target!(|input: &[u8]| {
    let Some((size, bytes)) = input.split_first() else { return };
    let whole = read(&[bytes]);
    let pieces: Vec<&[u8]> = bytes.chunks(usize::from(*size).max(1)).collect();
    assert_eq!(read(&pieces), whole);
    assert!(whole.1.len() <= bytes.len());
});

fn read(pieces: &[&[u8]]) -> Read {
    let mut reader = ResponseReader::default();
    let (mut status, mut body) = (None, Vec::new());
    for piece in pieces.iter().copied().filter(|piece| !piece.is_empty()).chain([&b""[..]]) {
        reader.push(piece);
        match take(&mut reader, &mut status, &mut body) {
            Ok(false) => {}
            Ok(true) => return (status, body, None),
            Err(fault) => return (status, body, Some(fault)),
        }
    }
    panic!("the end of the connection ends every response");
}

fn take(
    reader: &mut ResponseReader,
    status: &mut Option<u16>,
    body: &mut Vec<u8>,
) -> Result<bool, FrameFault> {
    if status.is_none() {
        let Some(head) = reader.head()? else { return Ok(false) };
        *status = Some(head.status.as_u16());
    }
    loop {
        match reader.piece()? {
            Piece::Data(data) => body.extend_from_slice(&data),
            Piece::More => return Ok(false),
            Piece::End => return Ok(true),
        }
    }
}
