//! Keys as people make and end them: in the console and on the command line.

mod command;
mod console;
