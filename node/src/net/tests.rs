//! Nodes on loopback. Every wait is for a condition, under one overall timeout.

mod access;
mod gossip;
mod harness;
mod hostile;
mod sessions;
