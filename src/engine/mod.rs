//! Everything that takes time, on threads of its own: commands in, events out.

pub mod message;
