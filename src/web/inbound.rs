//! Bodies as they arrive, under a deadline and a minimum speed, so that nobody holds a place by sending a byte now and then.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    dev::Payload,
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_core::Stream;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::error::AppError;

/// Time for a whole body, whatever its size.
const LONGEST: Duration = Duration::from_secs(30);
/// Time for a file, whatever its size.
const LONGEST_FILE: Duration = Duration::from_secs(6 * 3600);
/// Time for a body beyond what the minimum speed allows.
const GRACE: Duration = Duration::from_secs(5);
/// Minimum average speed, in bytes a second.
const LEAST: usize = 4096;
/// Largest form, in bytes.
const LARGEST_FORM: usize = 1 << 20;

/// Why a body ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It arrived too slowly.
    Slow,
    /// The connection broke off, or the framing breaks HTTP.
    Off,
}

/// A body that is being read.
pub struct Inbound {
    payload: Payload,
    began: Instant,
    arrived: usize,
}

impl Inbound {
    /// Starts the clock of the body.
    pub fn new(payload: Payload) -> Self {
        Self { payload, began: Instant::now(), arrived: 0 }
    }

    /// The next chunk; `None` at the end.
    ///
    /// # Errors
    /// - `Slow`: the deadline or the minimum speed was missed.
    /// - `Off`: the connection broke off, or the framing breaks HTTP.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let by = self.began + patience(self.arrived, LONGEST);
        let payload = &mut self.payload;
        let chunk = timeout_at(by, poll_fn(|context| Pin::new(&mut *payload).poll_next(context))).await;
        let chunk = chunk.map_err(|_| Broken::Slow)?.transpose().map_err(|_| Broken::Off)?;
        self.arrived += chunk.as_ref().map_or(0, Bytes::len);
        Ok(chunk)
    }
}

/// A body with a file, which may take hours.
pub struct FileBody {
    inbound: Inbound,
    patience: Pin<Box<Sleep>>,
}

impl FileBody {
    /// Starts the clock of the body.
    pub fn new(payload: Payload) -> Self {
        let inbound = Inbound::new(payload);
        let by = inbound.began + patience(0, LONGEST_FILE);
        Self { inbound, patience: Box::pin(sleep_until(by)) }
    }
}

impl Stream for FileBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(chunk) = Pin::new(&mut self.inbound.payload).poll_next(context) {
            if let Some(Ok(chunk)) = &chunk {
                self.inbound.arrived += chunk.len();
                let by = self.inbound.began + patience(self.inbound.arrived, LONGEST_FILE);
                self.patience.as_mut().reset(by);
            }
            return Poll::Ready(chunk);
        }
        let too_slow = std::io::Error::from(std::io::ErrorKind::TimedOut);
        self.patience.as_mut().poll(context).map(|()| Some(Err(PayloadError::Incomplete(Some(too_slow)))))
    }
}

/// Time that a body may take of which `arrived` bytes are there.
fn patience(arrived: usize, longest: Duration) -> Duration {
    let earned = u32::try_from(arrived / LEAST).unwrap_or(u32::MAX);
    longest.min(GRACE + Duration::from_secs(earned.into()))
}

/// Reads a form of at most 1 MiB.
///
/// # Errors
/// - `BadRequest`: it is larger, or broke off.
/// - `TooLate`: it arrived too slowly.
pub async fn form(payload: Payload) -> Result<Bytes, AppError> {
    match whole(payload, LARGEST_FORM).await {
        Ok(Some(body)) => Ok(body),
        Ok(None) => Err(AppError::BadRequest("This form is larger than 1 MB. Shorten it and send it again.")),
        Err(Broken::Slow) => Err(AppError::TooLate),
        Err(Broken::Off) => Err(AppError::BadRequest("Only part of this form arrived. Go back and send it again.")),
    }
}

/// Reads a body of at most so many bytes; `None`: it is larger.
///
/// # Errors
/// As those of [`Inbound::next`].
pub async fn whole(payload: Payload, largest: usize) -> Result<Option<Bytes>, Broken> {
    let (mut inbound, mut body) = (Inbound::new(payload), BytesMut::new());
    while let Some(chunk) = inbound.next().await? {
        if body.len() + chunk.len() > largest {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_steadily_has_its_time_and_nothing_has_more() {
        let seconds = |arrived| patience(arrived, LONGEST).as_secs();
        assert_eq!([0, 4095, 4096, 40_960].map(seconds), [5, 5, 6, 15]);
        assert_eq!([200_000, 12 << 20, usize::MAX].map(seconds), [30, 30, 30]);
    }
}
