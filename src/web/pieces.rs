//! An answer that is sent piece by piece, as the pieces are made.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::web::Bytes;
use tokio::sync::mpsc;

/// The pieces of an answer. It ends with the last sender; an error breaks it off, which the client notices.
pub struct Pieces(pub mpsc::Receiver<io::Result<Bytes>>);

impl futures_core::Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
