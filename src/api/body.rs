//! Reading a body: inflated, under a cap that counts what comes out, within the memory that all bodies share.

use std::{
    future::{Ready, poll_fn, ready},
    io::{self, Write},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, rt, web::Bytes};
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use futures_core::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Fault, formats::codes, json};

/// How long a sender may take to send a body.
const SLOWEST: Duration = Duration::from_secs(30);
/// How long a call waits for memory.
const PATIENCE: Duration = Duration::from_secs(2);
/// Compressed bytes inflated at once: at most about a thousand times as much comes out before it is counted.
const SLICE: usize = 256;

/// A decoded body, as text. It exists only where the guard let the call through.
#[derive(Clone, Debug, Default)]
pub struct Body(pub String);

impl FromRequest for Body {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions_mut().remove::<Self>().unwrap_or_default()))
    }
}

/// The memory that all bodies share.
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// So many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }
}

/// A part of the budget, given back when this is dropped.
pub struct Held {
    permit: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Held {
    /// Holds at least so many bytes, waiting for others to finish.
    async fn grow(&mut self, bytes: usize, budget: &Budget) -> Result<(), Fault> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let busy = || {
            let rule = "Too many large calls at once. Nothing was stored; send it again.";
            Fault::new(codes::BUSY, rule).retry_after(PATIENCE.as_secs())
        };
        let more = u32::try_from(bytes - self.bytes).map_err(|_| busy())?;
        let granted = rt::time::timeout(PATIENCE, budget.0.clone().acquire_many_owned(more)).await;
        let granted = granted.map_err(|_| busy())?.map_err(|_| busy())?;
        match &mut self.permit {
            Some(permit) => permit.merge(granted),
            none => *none = Some(granted),
        }
        self.bytes = bytes;
        Ok(())
    }
}

/// Reads a body to its end.
pub async fn read(
    payload: Payload,
    encoding: Option<&str>,
    cap: usize,
    budget: &Budget,
) -> Result<(Body, Held), Fault> {
    let reading = collect(payload, encoding, cap, budget);
    let read = rt::time::timeout(SLOWEST, reading).await;
    let (bytes, held) = read.map_err(|_| {
        Fault::new(codes::SLOW_BODY, format!("The body did not arrive within {} seconds.", SLOWEST.as_secs()))
    })??;
    // One wrong byte must not cost the whole batch.
    let mut text = String::from_utf8(bytes).unwrap_or_else(|wrong| json::text(wrong.as_bytes()).into_owned());
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok((Body(text), held))
}

async fn collect(
    mut payload: Payload,
    encoding: Option<&str>,
    cap: usize,
    budget: &Budget,
) -> Result<(Vec<u8>, Held), Fault> {
    let too_large = || {
        let rule = format!("This body is larger than {} MB, counted after inflating. Send it in parts.", cap >> 20);
        Fault::new(codes::TOO_LARGE, rule)
    };
    let broken = |_: io::Error| {
        Fault::new(
            codes::INVALID_ENCODING,
            "This body cannot be inflated: it is damaged, or not what its Content-Encoding says.",
        )
    };
    let (mut sink, mut head, mut wire) = (None::<Sink>, Vec::new(), 0_usize);
    let mut held = Held { permit: None, bytes: 0 };
    loop {
        let chunk = next(&mut payload).await?;
        let is_end = chunk.is_none();
        let mut bytes = chunk.unwrap_or_default();
        wire += bytes.len();
        if wire > cap {
            return Err(too_large());
        }
        if sink.is_none() {
            // The first two bytes tell how it is packed, and may come apart.
            head.extend_from_slice(&bytes);
            if head.len() < 2 && !is_end {
                continue;
            }
            bytes = Bytes::from(std::mem::take(&mut head));
        }
        let sink = sink.get_or_insert_with(|| Sink::new(encoding, &bytes));
        let step = if matches!(sink, Sink::Plain(_)) { bytes.len().max(1) } else { SLICE };
        for slice in bytes.chunks(step) {
            sink.write(slice).map_err(broken)?;
            if sink.inflated().len() > cap {
                return Err(too_large());
            }
            held.grow(sink.inflated().capacity(), budget).await?;
        }
        if is_end {
            break;
        }
    }
    let bytes = sink.map_or_else(|| Ok(Vec::new()), Sink::finish).map_err(broken)?;
    // The last bytes come out at the end.
    if bytes.len() > cap {
        return Err(too_large());
    }
    held.grow(bytes.capacity(), budget).await?;
    Ok((bytes, held))
}

async fn next(payload: &mut Payload) -> Result<Option<Bytes>, Fault> {
    let chunk = poll_fn(|context| Pin::new(&mut *payload).poll_next(context)).await;
    chunk.transpose().map_err(|_| Fault::new(codes::INCOMPLETE_BODY, "The body broke off before its end."))
}

/// Where bytes go, on their way through what they are packed in.
enum Sink {
    Plain(Vec<u8>),
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
}

impl Sink {
    /// Chosen by what the bytes begin with, and by the header where they do not tell.
    fn new(encoding: Option<&str>, start: &[u8]) -> Self {
        let says_deflate = encoding.is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("deflate"));
        let says_gzip = encoding
            .is_some_and(|encoding| ["gzip", "x-gzip"].iter().any(|known| encoding.trim().eq_ignore_ascii_case(known)));
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            [first, second, ..] if says_deflate && is_zlib(*first, *second) => Self::Zlib(ZlibDecoder::new(Vec::new())),
            [_, ..] if says_deflate => Self::Deflate(DeflateDecoder::new(Vec::new())),
            // Some clients and proxies leave the header on what they have unpacked: JSON begins like JSON.
            [b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t', ..] | [] => Self::Plain(Vec::new()),
            _ if says_gzip => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            _ => Self::Plain(Vec::new()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(inflated) => inflated.write_all(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes),
            Self::Zlib(decoder) => decoder.write_all(bytes),
            Self::Deflate(decoder) => decoder.write_all(bytes),
        }
    }

    fn inflated(&self) -> &Vec<u8> {
        match self {
            Self::Plain(inflated) => inflated,
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Zlib(decoder) => decoder.get_ref(),
            Self::Deflate(decoder) => decoder.get_ref(),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(inflated) => Ok(inflated),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Zlib(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
        }
    }
}

/// Two bytes that begin what zlib packs; deflate without that wrapping is common too.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && (u16::from(first) << 8 | u16::from(second)) % 31 == 0
}
