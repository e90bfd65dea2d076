//! Filling in, checking and scoring forms.

use proptest::prelude::{ProptestConfig, any, proptest};

use super::{
    Answer, Filled, Form, FormError, MAX_FILE, MAX_NOTE, TextProblem, form, forms, parse, score, template,
};

fn cdc() -> &'static Form {
    form("cdc-cci-1").expect("the form exists")
}

/// The template with an answer per item: the first that is allowed, unless
/// `changes` says otherwise.
fn fill(form: &Form, changes: &[(u8, &str)]) -> String {
    let mut text = template(form);
    for question in form.opening {
        text = text.replace(&format!("\n{} = \"\"", question.id), &format!("\n{} = \"known\"", question.id));
    }
    for item in form.items {
        let changed = changes.iter().find(|(number, _)| *number == item.number);
        let word = changed.map_or_else(|| item.answers[0].word(), |(_, word)| word);
        text = text.replacen("answer = \"\"", &format!("answer = \"{word}\""), 1);
    }
    text
}

fn error(text: &str) -> String {
    parse(text).expect_err("the form is wrong").to_string()
}

#[test]
fn every_form_is_sound() {
    for form in forms() {
        assert!(form.id.len() <= 64);
        for (index, item) in form.items.iter().enumerate() {
            assert_eq!(usize::from(item.number), index + 1, "{}", form.id);
            assert!(!item.question.is_empty() && item.answers[0] == Answer::Yes);
            assert_eq!(item.condition.is_some(), item.answers.contains(&Answer::NotApplicable));
            assert!(item.needs.iter().all(|&other| other < item.number));
        }
    }
    assert_eq!((cdc().opening.len(), cdc().items.len()), (4, 20));
    let mut areas: Vec<&str> = cdc().items.iter().map(|item| item.area).collect();
    areas.dedup();
    assert_eq!(areas.len(), 7);
}

#[test]
fn an_empty_template_lists_all_that_is_missing() {
    for form in forms() {
        let Err(FormError::Unanswered { names }) = parse(&template(form)) else { panic!("{}", form.id) };
        assert_eq!(names.len(), form.opening.len() + form.items.len());
    }
    assert!(template(cdc()).lines().all(|line| line.len() <= 80));
}

#[test]
fn a_filled_template_is_read_and_signed_in_order() {
    for form in forms() {
        let filled = parse(&fill(form, &[])).expect("complete");
        assert_eq!(filled.form().id, form.id);
        assert_eq!(score(&filled), Some(100));
        let pairs = filled.to_pairs();
        assert!(pairs.is_sorted() && pairs.len() == form.items.len() + form.opening.len());
        let again =
            Filled::from_pairs(form.id, pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        assert_eq!(again.expect("what was signed is read"), filled);
    }
}

#[test]
fn notes_travel_with_the_answers() {
    let text = fill(cdc(), &[]).replacen("note = \"\"", "note = \"Say it first.\"", 1);
    let filled = parse(&text).expect("complete");
    assert!(filled.to_pairs().contains(&("01-note".to_owned(), "Say it first.".to_owned())));
    assert_eq!(filled.answers().next().map(|(_, _, note)| note), Some("Say it first."));
    assert_eq!(filled.opening().count(), 4);
}

#[test]
fn items_that_do_not_apply_are_left_out_of_the_score() {
    let rest: Vec<(u8, &str)> = (12..=20).map(|number| (number, "n/a")).collect();
    let core = parse(&fill(cdc(), &[&rest[..], &[(8, "no")]].concat())).expect("complete");
    assert_eq!(score(&core), Some(90), "10 of 11 is 90.9");
    let whole = parse(&fill(cdc(), &[(8, "no"), (17, "no"), (20, "n/a")])).expect("complete");
    assert_eq!(score(&whole), Some(89), "17 of 19 is 89.5, which is not 90");
    let none: Vec<(u8, &str)> = (1..=11).map(|number| (number, "no")).collect();
    assert_eq!(score(&parse(&fill(cdc(), &[&none[..], &rest[..]].concat())).expect("complete")), Some(0));
}

#[test]
fn a_wrong_answer_is_named_with_its_line_and_the_right_ones() {
    let text = fill(cdc(), &[(7, "maybe")]);
    let line = text.lines().position(|line| line.contains("maybe")).expect("written") + 1;
    assert_eq!(error(&text), format!("line {line}: item 07 is answered \"maybe\"; write \"yes\" or \"no\""));
    assert!(error(&fill(cdc(), &[(1, "n/a")])).contains("item 01"), "core items always apply");
    assert!(error(&fill(cdc(), &[(12, "no")])).contains("answer n/a to items 12, 13 and 14"));
}

#[test]
fn answers_that_contradict_each_other_are_refused() {
    let message = error(&fill(cdc(), &[(1, "no")]));
    assert!(message.contains("item 02 cannot be \"yes\" unless item 01 is"), "{message}");
    let message = error(&fill(cdc(), &[(5, "no")]));
    assert!(message.contains("item 06 cannot be \"yes\" unless item 05 is"), "{message}");
    assert!(parse(&fill(cdc(), &[(5, "no"), (6, "no")])).is_ok());
}

#[test]
fn what_does_not_belong_is_refused_with_its_line() {
    let text = fill(cdc(), &[]);
    let strange = format!("{text}\n[item.21]\nanswer = \"yes\"\n");
    // The answer stands in the last line.
    let line = strange.lines().count();
    let message = error(&strange);
    assert!(message.starts_with(&format!("line {line}: ")), "{line}: {message}");
    assert!(message.contains("no item \"21\"; its items are 01 to 20"), "{message}");
    let message = error(&text.replace("[about]", "[about]\nmood = \"good\""));
    assert!(message.contains("no opening question \"mood\""), "{message}");
    assert!(error(&text.replace("cdc-cci-1", "cdc-cci-9")).contains("known forms: cdc-cci-1, nhs-content-1"));
    assert!(error(&text.replacen("answer = ", "anwser = ", 1)).contains("anwser"));
    let broken = error("form = \"cdc-cci-1\"\n[item.01\n");
    assert!(broken.starts_with("line 2: ") && !broken.contains('\n'), "{broken}");
    assert!(matches!(parse(&"#".repeat(MAX_FILE + 1)), Err(FormError::TooLong { .. })));
}

#[test]
fn notes_are_bounded_one_by_one_and_together() {
    let with_note = |count: usize, note: &str| {
        fill(cdc(), &[]).replacen("note = \"\"", &format!("note = \"{note}\""), count)
    };
    assert!(parse(&with_note(1, &"a".repeat(MAX_NOTE))).is_ok());
    let problem = |text: &str| match parse(text) {
        Err(FormError::Text { problem, what, line }) if what == "item 01" && line.is_some() => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(problem(&with_note(1, &"a".repeat(MAX_NOTE + 1))), TextProblem::TooLong(MAX_NOTE + 1));
    assert_eq!(problem(&with_note(1, "\\u0007")), TextProblem::Control);
    assert!(matches!(parse(&with_note(20, &"a".repeat(MAX_NOTE))), Err(FormError::Notes { .. })));
}

#[test]
fn signed_pairs_of_others_are_checked_alike() {
    let filled = parse(&fill(cdc(), &[])).expect("complete");
    let pairs = filled.to_pairs();
    let read = |pairs: &[(String, String)]| {
        Filled::from_pairs("cdc-cci-1", pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    };
    assert!(matches!(read(&pairs[1..]), Err(FormError::Unanswered { .. })));
    let extra = [&pairs[..], &[("99".to_owned(), "yes".to_owned())]].concat();
    assert!(matches!(read(&extra), Err(FormError::UnknownItem { .. })));
    let long = [&pairs[..], &[("01-note".to_owned(), "a".repeat(MAX_NOTE + 1))]].concat();
    assert!(matches!(read(&long), Err(FormError::Text { .. })));
    assert!(matches!(Filled::from_pairs("other", []), Err(FormError::UnknownForm { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_file_makes_it_panic(text in any::<String>(), at in 0..2_000_usize, insert in "[\\[\\]\"=.#a-z0-9\n]{0,6}") {
        let _ = parse(&text);
        let mut filled = fill(cdc(), &[]);
        filled.insert_str(at.min(filled.len()), &insert);
        if let Ok(read) = parse(&filled) {
            assert!(score(&read).is_none_or(|score| score <= 100));
        }
    }
}
