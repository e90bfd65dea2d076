//! The rules of disclosure, case by case: what is accepted and what is refused
//! with which code.

#[path = "disclosure/kit.rs"]
mod kit;
#[path = "disclosure/leaks.rs"]
mod leaks;
#[path = "disclosure/rules.rs"]
mod rules;
#[path = "disclosure/slow.rs"]
mod slow;
