//! Budgets.
fn main() {}
