//! `kith bounce < mail`: what a mail says that came back, for a mail server that hands mails to a program.

use std::{
    io::{self, Read},
    process::ExitCode,
};

use crate::{
    config::Config,
    feedback::{Kept, keep_anywhere, mail},
};

/// Largest mail that is read, in bytes: a server may send the whole original back.
const LARGEST: u64 = 32 << 20;
/// What mail servers take as “try again later” (`EX_TEMPFAIL` of sysexits.h).
const LATER: u8 = 75;

/// Keeps what the mail says. What is no such mail is left out with a word: a mail server could do nothing better with it.
pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    io::stdin().take(LARGEST).read_to_end(&mut text)?;
    let reports = match mail::read(&text) {
        Ok(reports) => reports,
        Err(refused) => {
            eprintln!("kith: left out. {refused}");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let now = super::clock().now();
    let kept = super::reach(config).and_then(|reached| {
        let db = super::connect(config, &reached.url, reached.first())?;
        Ok(db.tx_now(|conn| keep_anywhere(conn, &reports, now))?)
    });
    match kept {
        Ok(Kept { new, known, unknown }) => {
            println!("{new} new, {known} known before, {unknown} of messages that kith did not send.");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("kith: {error:#}");
            Ok(ExitCode::from(LATER))
        }
    }
}
