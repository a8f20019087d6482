//! Runs `pg_dump` and `pg_restore`.

use std::process::{Command, Output, Stdio};

use anyhow::Context;

use crate::db::databases::without_password;

/// Why a program failed, in its own words, without anything of a row: those may be about a person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// Has a program work on the database at `url`. The password is not in its arguments, which everybody on the machine can read.
pub fn on<'a>(command: &'a mut Command, url: &str) -> &'a mut Command {
    let (url, password) = without_password(url);
    command.envs(password.map(|password| ("PGPASSWORD", password))).arg("--dbname").arg(url)
}

/// Runs a program to its end. What it says on standard error is part of the failure.
///
/// # Errors
/// A [`Failure`], if it ran and failed.
pub fn run(command: &mut Command) -> anyhow::Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command.stderr(Stdio::piped()).spawn();
    let output =
        child.and_then(std::process::Child::wait_with_output).with_context(|| format!("{name} does not run"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let name = name.rsplit('/').next().unwrap_or_default();
    Err(Failure(match reason(&said) {
        Some(reason) => format!("{name}: {reason}"),
        None => format!("{name} was stopped ({})", output.status),
    })
    .into())
}

/// The first error that a program told. Its details and context are left out, and what it quotes of a row.
fn reason(said: &str) -> Option<String> {
    let line = said.lines().find_map(|line| line.split_once("error: "))?.1;
    let line = line.split_once("ERROR:  ").map_or(line, |(_, server)| {
        // `invalid input syntax for type json: "…"`
        server.split_once(": \"").map_or(server, |(what, _)| what)
    });
    Some(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn what_is_in_a_row_is_not_told() {
        let said = "pg_restore: error: COPY failed for table \"profiles\": ERROR:  invalid input syntax for type json: \"ann@example.com\"\n\
                    DETAIL:  Token \"ann@example.com\" is invalid.\nCONTEXT:  COPY profiles, line 1, column attributes: \"ann@example.com\"\n";
        assert_eq!(reason(said).as_deref(), Some("invalid input syntax for type json"));
        let said = "pg_dump: warning: x\npg_dump: error: could not write to output file: No space left on device\n";
        assert_eq!(reason(said).as_deref(), Some("could not write to output file: No space left on device"));
        assert_eq!(reason(""), None);
    }
}
