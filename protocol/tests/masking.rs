//! What is masked before a table is signed, and why.

#[path = "masking/attacker.rs"]
mod attacker;
#[path = "masking/complements.rs"]
mod complements;
#[path = "masking/corrections.rs"]
mod corrections;
#[allow(dead_code, reason = "dice for systems, too")]
#[path = "linear/dice.rs"]
mod dice;
#[path = "masking/named.rs"]
mod named;
#[path = "masking/random.rs"]
mod random;
#[path = "masking/scene.rs"]
mod scene;
#[path = "masking/searching.rs"]
mod searching;
#[path = "masking/two_way.rs"]
mod two_way;
