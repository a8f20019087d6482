//! The binary, as people and their service managers run it.

mod operator;
mod outage;
mod serve;
mod settings;
