//! A seeded simulator of network, clock and disk around the production engine.
