//! Published attendances of emergency departments in England as organisations
//! would report them: each department type is a stratum of the organisation's
//! month. The committed extract is always tested, the whole where
//! `COMMONS_SHARED_DATA` names the folder with it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it reads real figures and says what they cost"
)]

#[path = "masking/attacker.rs"]
mod attacker;
#[path = "nhs/cumulative.rs"]
mod cumulative;
#[path = "nhs/planning.rs"]
mod planning;
#[path = "nhs/rows.rs"]
mod rows;
#[path = "masking/scene.rs"]
mod scene;
