//! Items of NHS England's content standard as a form.
//!
//! Source: NHS England, "Standard for creating health content" (published in
//! 2022, successor of the Information Standard), its first two parts: a clear
//! process, and recognised clinical evidence. The words here are Commons' own.
//! The standard marks some points as essential and others as best practice;
//! the area says which. It gives no score: ours is the share of the points
//! that apply.

use super::{ANY, Form, Item, YES_NO};

const PROCESS: &str = "Process (essential)";
const PROCESS_BEST: &str = "Process (best practice)";
const EVIDENCE: &str = "Evidence (essential)";
const EVIDENCE_BEST: &str = "Evidence (best practice)";

pub(super) static FORM: Form = Form {
    id: "nhs-content-1",
    title: "NHS England content standard: process and evidence",
    source: "After NHS England's Standard for creating health content (2022), parts 1 and 2, in Commons' \
             own words.",
    opening: &[],
    items: ITEMS,
};

const ITEMS: &[Item] = &[
    item(1, PROCESS, "Was the text checked and approved step by step, with a clinician's sign-off?"),
    item(2, PROCESS, "Is there a plan for when the text is reviewed again and again?"),
    item(3, PROCESS, "Can readers see which organisation publishes the text?"),
    item(
        4,
        PROCESS,
        "Are advertising, sponsorship and other conflicts of interest disclosed, or said to be none?",
    ),
    item(5, PROCESS_BEST, "Do readers see both when the text was last checked and when it will be next?"),
    item(6, PROCESS_BEST, "Are earlier versions kept and numbered, so that each change can be traced?"),
    item(7, PROCESS_BEST, "Are readers told how to give feedback?"),
    item(8, PROCESS_BEST, "Does somebody read the feedback, answer it and act on it?"),
    item(9, EVIDENCE, "Does the text rest on clinical evidence of high quality?"),
    item(10, EVIDENCE, "Did clinicians and others who know the subject review the content?"),
    sometimes(
        11,
        EVIDENCE,
        "Was the evidence looked at again for this edition?",
        "to a new edition of an earlier text",
    ),
    sometimes(12, EVIDENCE, "Was the translation's clinical accuracy checked?", "to a translation"),
    item(13, EVIDENCE_BEST, "Are the sources of the evidence on record?"),
];

const fn item(number: u8, area: &'static str, question: &'static str) -> Item {
    Item { number, area, question, condition: None, answers: YES_NO, needs: &[] }
}

const fn sometimes(number: u8, area: &'static str, question: &'static str, condition: &'static str) -> Item {
    Item { number, area, question, condition: Some(condition), answers: ANY, needs: &[] }
}
