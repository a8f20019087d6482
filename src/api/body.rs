//! Reads a body: inflates it, under a cap that counts the inflated bytes, within the memory that all bodies share.

use std::{
    future::{Ready, ready},
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    rt,
    web::Bytes,
};
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Fault;
use crate::{
    json,
    rejections::codes,
    web::inbound::{Broken, Inbound},
};

/// Largest body, in bytes, that is read before its key is known: some clients send the key in the body.
pub const WITHOUT_KEY: usize = 512 << 10;
/// Encodings of bodies, as the header `Accept-Encoding` names them.
pub const ENCODINGS: &str = "gzip, deflate";
/// Time that a call which holds no memory waits for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// Assumed ratio of inflated to compressed length; memory beyond it must be free at once.
const USUAL_INFLATION: usize = 8;
/// Compressed bytes inflated in one step: at most about a thousand times as much comes out before it is counted.
const SLICE: usize = 256;

/// A decoded body, as text. It exists only where the guard has passed the call.
#[derive(Clone, Debug, Default)]
pub struct Body(pub String);

impl FromRequest for Body {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions_mut().remove::<Self>().unwrap_or_default()))
    }
}

/// Budget of memory for all bodies.
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }
}

/// Memory taken from the budget, returned when this is dropped.
pub struct Held {
    permit: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Held {
    /// Holds at least `bytes`. It waits for other calls only while it holds nothing: a call that holds memory and waits for more keeps
    /// others waiting for that memory, and with enough of them none proceeds.
    async fn grow(&mut self, bytes: usize, budget: &Budget) -> Result<(), Fault> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let busy = || {
            let rule = "Too many large calls at once. Nothing was stored; send it again.";
            Fault::new(codes::BUSY, rule).retry_after(PATIENCE.as_secs())
        };
        let more = u32::try_from(bytes - self.bytes).map_err(|_| busy())?;
        match &mut self.permit {
            Some(permit) => permit.merge(budget.0.clone().try_acquire_many_owned(more).map_err(|_| busy())?),
            none => {
                let granted = rt::time::timeout(PATIENCE, budget.0.clone().acquire_many_owned(more)).await;
                *none = Some(granted.map_err(|_| busy())?.map_err(|_| busy())?);
            }
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Returns what the body, `bytes` long, does not need.
    fn shrink(&mut self, bytes: usize) {
        let over = self.bytes.saturating_sub(bytes);
        if let Some(permit) = &mut self.permit {
            drop(permit.split(over));
            self.bytes -= over;
        }
    }
}

/// Reads a whole body of at most `cap` inflated bytes. Wrong UTF-8 is replaced.
///
/// # Errors
/// - `too_large`, `slow_body`, `incomplete_body`: it is larger than `cap`, too slow, or broke off.
/// - `busy`: no memory was free.
/// - `unsupported_encoding`, `invalid_encoding`: it is packed in another way than [`ENCODINGS`], or cannot be inflated.
pub async fn read(payload: Payload, headers: &HeaderMap, cap: usize, budget: &Budget) -> Result<(Body, Held), Fault> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let declared = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let encoding = encoding(headers)?;
    let (bytes, held) = collect(payload, encoding.as_deref(), declared, cap, budget).await?;
    // One wrong byte must not lose the whole batch.
    let mut text = String::from_utf8(bytes).unwrap_or_else(|wrong| json::text(wrong.as_bytes()).into_owned());
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok((Body(text), held))
}

/// The one coding of the body, in lower case; `None` if it is plain.
fn encoding(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let named =
        headers.get_all(header::CONTENT_ENCODING).flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let named = named.map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase());
    let codings: Vec<String> = named.filter(|name| !name.is_empty() && name != "identity").collect();
    match &*codings {
        [] => Ok(None),
        [one] if ["gzip", "x-gzip", "deflate"].contains(&one.as_str()) => Ok(Some(one.clone())),
        _ => {
            let shown: String = codings.join(", ").chars().take(80).collect();
            let rule = format!("Content-Encoding must be gzip or deflate, once, or be left out; got {shown:?}.");
            Err(Fault::new(codes::UNSUPPORTED_ENCODING, rule).field("Content-Encoding"))
        }
    }
}

async fn collect(
    payload: Payload,
    encoding: Option<&str>,
    declared: Option<usize>,
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
    let declared = declared.unwrap_or(0);
    if declared > cap {
        return Err(too_large());
    }
    let mut held = Held { permit: None, bytes: 0 };
    let inflation = if encoding.is_some() { USUAL_INFLATION } else { 1 };
    held.grow(declared.saturating_mul(inflation).min(cap), budget).await?;
    let mut inbound = Inbound::new(payload);
    loop {
        let chunk = inbound.next().await.map_err(broken_off)?;
        let is_end = chunk.is_none();
        let mut bytes = chunk.unwrap_or_default();
        wire += bytes.len();
        if wire > cap {
            return Err(too_large());
        }
        if sink.is_none() {
            // The first two bytes show the compression, and may arrive in separate chunks.
            head.extend_from_slice(&bytes);
            if head.len() < 2 && !is_end {
                continue;
            }
            bytes = Bytes::from(std::mem::take(&mut head));
        }
        let sink = sink.get_or_insert_with(|| Sink::new(encoding, &bytes, declared));
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
    // The decoder emits the last bytes only when it is finished.
    if bytes.len() > cap {
        return Err(too_large());
    }
    held.grow(bytes.capacity(), budget).await?;
    held.shrink(bytes.capacity());
    Ok((bytes, held))
}

fn broken_off(broken: Broken) -> Fault {
    match broken {
        Broken::Slow => Fault::new(codes::SLOW_BODY, "The body arrived too slowly. Send it again."),
        Broken::Off => Fault::new(codes::INCOMPLETE_BODY, "The body broke off before its end."),
    }
}

/// Collects the bytes, inflating them if necessary.
enum Sink {
    Plain(Vec<u8>),
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
}

impl Sink {
    /// Chosen by the first bytes, and by the header where these do not show the compression. `length`: expected length, as far as it was
    /// declared.
    fn new(encoding: Option<&str>, start: &[u8], length: usize) -> Self {
        let says_deflate = encoding == Some("deflate");
        let says_gzip = encoding.is_some() && !says_deflate;
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            [first, second, ..] if says_deflate && is_zlib(*first, *second) => Self::Zlib(ZlibDecoder::new(Vec::new())),
            [_, ..] if says_deflate => Self::Deflate(DeflateDecoder::new(Vec::new())),
            // Some clients and proxies keep the header on a body that they have inflated: JSON shows by its first byte.
            [b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t', ..] | [] => Self::Plain(Vec::with_capacity(length)),
            _ if says_gzip => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            _ => Self::Plain(Vec::with_capacity(length)),
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

/// Whether two bytes begin a zlib stream; deflate without that wrapping is common too.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && (u16::from(first) << 8 | u16::from(second)) % 31 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn memory_is_taken_whole_or_not_at_all() {
        let budget = Budget::new(1000);
        let (mut one, mut other) = (Held { permit: None, bytes: 0 }, Held { permit: None, bytes: 0 });
        one.grow(500, &budget).await.expect("there is enough");
        other.grow(500, &budget).await.expect("there is enough");
        // Both want more: a call that holds memory is refused at once, and so the other proceeds.
        let asked = std::time::Instant::now();
        assert!(one.grow(600, &budget).await.is_err_and(|fault| fault.is(codes::BUSY)));
        assert!(asked.elapsed() < PATIENCE / 2, "it did not wait");
        drop(one);
        other.grow(1000, &budget).await.expect("there is enough");
        other.shrink(100);
        let mut third = Held { permit: None, bytes: 0 };
        third.grow(900, &budget).await.expect("what was over came back");
        let mut fourth = Held { permit: None, bytes: 0 };
        let waiting = fourth.grow(500, &budget);
        drop(third);
        waiting.await.expect("who holds nothing may wait");
    }
}
