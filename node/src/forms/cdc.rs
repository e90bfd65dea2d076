//! The CDC Clear Communication Index as a form.
//!
//! Source: Centers for Disease Control and Prevention, "CDC Clear
//! Communication Index: A Tool for Developing and Assessing CDC Public
//! Communication Products", user guide, August 2019 (CS309804-A), and the full
//! score sheet: four questions first, then twenty items in four parts (core
//! 1-11, behaviour 12-14, numbers 15-17, risk 18-20) and seven areas; a point
//! each; points through applicable items times 100; 90 and more is good.
//! The words here are Commons' own. Item 17 asks the opposite of the original
//! ("no" earns the point there), so that "yes" is the good answer throughout.

use super::{ANY, Answer, Form, Item, Opening, YES_NO, YES_OR_NOT_APPLICABLE};

const MESSAGE: &str = "Main message and call to action";
const LANGUAGE: &str = "Language";
const DESIGN: &str = "Information design";
const SCIENCE: &str = "State of the science";
const BEHAVIOUR: &str = "Behavioural recommendations";
const NUMBERS: &str = "Numbers";
const RISK: &str = "Risk";

const IF_ADVICE: &str = "if the text recommends something to do; else answer n/a to items 12, 13 and 14";
const IF_NUMBERS: &str = "if the text has numbers about its topic; else answer n/a to items 15, 16 and 17";
const IF_RISK: &str = "if the text speaks of a risk; else answer n/a to items 18, 19 and 20";
const IF_RISK_AND_ADVICE: &str = "if the text speaks of a risk and recommends something to do";
const IF_PROBABILITY: &str = "if the text gives a probability as a number, like 1 in 5 or 20%";

pub(super) static FORM: Form = Form {
    id: "cdc-cci-1",
    title: "CDC Clear Communication Index",
    source: "After the Clear Communication Index of the US Centers for Disease Control and Prevention \
             (user guide of August 2019), in Commons' own words. 90 of 100 or more is the aim.",
    opening: OPENING,
    items: ITEMS,
};

const OPENING: &[Opening] = &[
    Opening { id: "audience", question: "For whom is this text first of all?" },
    Opening {
        id: "literacy",
        question: "What do you know of how these readers deal with health information: words and \
                   numbers they know, what they have met before? If nothing, assume little.",
    },
    Opening { id: "objective", question: "What should readers think, feel or do once they have read it?" },
    Opening { id: "message", question: "What is the one thing that they must remember?" },
];

const ITEMS: &[Item] = &[
    always(
        1,
        MESSAGE,
        "Is there one main message? A topic alone is none; several without a first one are none.",
    ),
    after(2, MESSAGE, "Does the main message come first: in the opening paragraph or section?", &[1]),
    after(
        3,
        MESSAGE,
        "Does the main message stand out to the eye, by type, colour, shape or a heading?",
        &[1],
    ),
    after(
        4,
        MESSAGE,
        "Does at least one captioned picture or chart carry the main message? People in it do what the \
         text recommends.",
        &[1],
    ),
    always(
        5,
        MESSAGE,
        "Are these readers themselves asked to do something: act, find out more, or tell others?",
    ),
    after(6, LANGUAGE, "Are both the main message and the call to act written in the active voice?", &[1, 5]),
    always(
        7,
        LANGUAGE,
        "Are these the readers' own words throughout, and is every other term, short form or acronym \
         explained where it first appears?",
    ),
    always(
        8,
        DESIGN,
        "Are there bulleted or numbered lists, none longer than seven without being divided, and not \
         only for references at the end?",
    ),
    always(9, DESIGN, "Is the text in pieces of one idea each, under headings that fit them?"),
    always(10, DESIGN, "Does the first paragraph or section sum up what these readers need most?"),
    always(
        11,
        SCIENCE,
        "Does the text say both what those who know the subject are sure of and what is not known yet?",
    ),
    Item {
        number: 12,
        area: BEHAVIOUR,
        question: "Does the text recommend something that these readers can do?",
        condition: Some(IF_ADVICE),
        answers: YES_OR_NOT_APPLICABLE,
        needs: &[],
    },
    given(
        13,
        BEHAVIOUR,
        "Does it say why doing so matters to them, with more than numbers?",
        IF_ADVICE,
        &[12],
    ),
    given(
        14,
        BEHAVIOUR,
        "Does it say how to do it: steps, how often, or when and how to reach the care team?",
        IF_ADVICE,
        &[12],
    ),
    given(15, NUMBERS, "Are all numbers needed, and of a sort that these readers use?", IF_NUMBERS, &[]),
    given(16, NUMBERS, "Is it always said what a number means?", IF_NUMBERS, &[]),
    given(
        17,
        NUMBERS,
        "Can readers use the numbers without calculating, with the same denominator throughout?",
        IF_NUMBERS,
        &[],
    ),
    given(18, RISK, "Does it say what the harm is, whom it can meet, and how and why?", IF_RISK, &[]),
    given(
        19,
        RISK,
        "Are both the benefits and the risks of what is recommended named?",
        IF_RISK_AND_ADVICE,
        &[12],
    ),
    given(20, RISK, "Is each probability also put into words or a picture?", IF_PROBABILITY, &[]),
];

const fn always(number: u8, area: &'static str, question: &'static str) -> Item {
    after(number, area, question, &[])
}

const fn after(number: u8, area: &'static str, question: &'static str, needs: &'static [u8]) -> Item {
    Item { number, area, question, condition: None, answers: YES_NO, needs }
}

const fn given(
    number: u8,
    area: &'static str,
    question: &'static str,
    condition: &'static str,
    needs: &'static [u8],
) -> Item {
    let answers: &'static [Answer] = ANY;
    Item { number, area, question, condition: Some(condition), answers, needs }
}
