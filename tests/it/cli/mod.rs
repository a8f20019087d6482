//! The binary, as people and their service managers run it.

mod counts;
mod hang;
mod newer;
mod operator;
mod outage;
mod serve;
mod settings;
mod stop;
