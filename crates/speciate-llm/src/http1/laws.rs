//! What holds for all responses. Examples of odd ones are in `tests/http/framing.rs`.

use proptest::prelude::*;

use super::*;

/// What came of reading: the status, the body as far as it was read, and whether the connection may
/// carry another response.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Read {
    status: Option<u16>,
    body: Vec<u8>,
    end: Result<bool, FrameFault>,
}

/// Reads pieces and then the end of the connection, as a client does: after each piece as much as
/// there is, and nothing behind the end of the body.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut reader = ResponseReader::default();
    let mut read = Read { status: None, body: Vec::new(), end: Ok(false) };
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()).chain([&b""[..]]) {
        reader.push(piece);
        match take(&mut reader, &mut read) {
            Ok(false) => {}
            Ok(true) => {
                read.end = Ok(reader.can_be_followed());
                return read;
            }
            Err(fault) => {
                read.end = Err(fault);
                return read;
            }
        }
    }
    unreachable!("the end of the connection ends every response")
}

/// True at the end of the body.
fn take(reader: &mut ResponseReader, read: &mut Read) -> Result<bool, FrameFault> {
    if read.status.is_none() {
        let Some(head) = reader.head()? else { return Ok(false) };
        read.status = Some(head.status.as_u16());
    }
    loop {
        match reader.piece()? {
            Piece::Data(data) => read.body.extend_from_slice(&data),
            Piece::More => return Ok(false),
            Piece::End => return Ok(true),
        }
    }
}

fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(size) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

fn with_length(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn until_end(body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.0 200 OK\r\n\r\n", body].concat()
}

/// The borders of pieces of so many bytes, by turns.
fn split<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, later) = rest.split_at((*size).min(rest.len()));
        pieces.push(piece);
        rest = later;
    }
    pieces
}

/// Bytes that are like a response, with something wrong in them now and then.
fn responses() -> impl Strategy<Value = Vec<u8>> {
    let body = proptest::collection::vec(any::<u8>(), 0..300);
    let whole = (body, 1..200_usize, 0..3).prop_map(|(body, size, kind)| match kind {
        0 => with_length(&body),
        1 => until_end(&body),
        _ => chunked(&body, size),
    });
    let spoil = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let spoilt = (whole, spoil).prop_map(|(mut bytes, spoil)| {
        for (at, byte) in spoil {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    });
    prop_oneof![4 => spoilt, 1 => proptest::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #[test]
    fn a_body_comes_back_in_every_framing(
        body in proptest::collection::vec(any::<u8>(), 0..2_000),
        size in 1..500_usize,
    ) {
        for (bytes, is_kept) in
            [(with_length(&body), true), (chunked(&body, size), true), (until_end(&body), false)]
        {
            let expected = Read { status: Some(200), body: body.clone(), end: Ok(is_kept) };
            prop_assert_eq!(read([&bytes[..]]), expected);
        }
    }

    #[test]
    fn borders_of_pieces_do_not_matter(
        bytes in responses(),
        sizes in proptest::collection::vec(1..40_usize, 1..5),
    ) {
        let (whole, split) = (read([&bytes[..]]), read(split(&bytes, &sizes)));
        prop_assert_eq!((split.status, split.body), (whole.status, whole.body));
        // What stands behind a response may not have come yet when it ends.
        prop_assert_eq!(split.end.map(drop), whole.end.map(drop));
    }

    #[test]
    fn a_response_that_is_cut_is_never_whole(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        size in 1..100_usize,
        at in any::<prop::sample::Index>(),
    ) {
        for bytes in [with_length(&body), chunked(&body, size)] {
            let cut = &bytes[..at.index(bytes.len())];
            prop_assert!(read([cut]).end.is_err(), "{:?}", String::from_utf8_lossy(cut));
        }
    }
}
