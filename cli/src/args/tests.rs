use clap::{CommandFactory, Parser};

use super::{
    CharterVerb, Cli, DocumentVerb, FeedFormat, FeedVerb, MeasureVerb, MembersVerb, PersonRole, PersonVerb,
    ProposeVerb, Verb,
};

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn globals_work_on_both_sides_of_the_verb() {
    for line in [
        "commons --home /h --json --token t status",
        "commons status --home /h --json --token t",
        "commons toolkit --json list --home /h --token t",
    ] {
        let cli = parse(line).unwrap();
        assert!(cli.global.json, "{line}");
        assert_eq!(cli.global.home.unwrap().to_str(), Some("/h"), "{line}");
        assert_eq!(cli.global.token.as_deref(), Some("t"), "{line}");
    }
}

#[test]
fn members_alone_lists_and_approve_takes_an_id() {
    let verb = parse("commons members").unwrap().verb;
    assert!(matches!(verb, Verb::Members { verb: None }));
    let verb = parse("commons members approve ab12").unwrap().verb;
    let Verb::Members { verb: Some(MembersVerb::Approve { id }) } = verb else {
        panic!("{verb:?}");
    };
    assert_eq!(id, "ab12");
}

#[test]
fn a_person_has_at_least_one_known_role() {
    let verb = parse("commons person add Jo --role patient --role family").unwrap().verb;
    let Verb::Person { verb: PersonVerb::Add { role, .. } } = verb else {
        panic!("{verb:?}");
    };
    assert_eq!(role, [PersonRole::Patient, PersonRole::Family]);
    assert!(parse("commons person add Jo").is_err());
    assert!(parse("commons person add Jo --role king").is_err());
}

#[test]
fn what_makes_no_sense_is_wrong_usage() {
    for line in [
        "commons init --kind site",
        "commons init --name x --kind castle",
        "commons init --name x --kind site --keys-passphrase-file f",
        "commons found x",
        "commons erase --reason r",
        "commons erase ab12 --entry cd34 --reason r",
        "commons erase ab12",
        "commons network",
        "commons toolkit edit",
        "commons toolkit edit ab12 --base cd",
        "commons completions cobol",
        "commons propose elector",
        "commons propose policy --quorum 256",
        "commons propose root Lakes",
        "commons vote --go-on",
        "commons charter diff",
        "commons refound --yes",
        "commons log",
        "commons fly",
        "commons toolkit show ab12 --version cd --released",
        "commons toolkit show ab12 --as-of tomorrow",
        "commons toolkit list --status famous",
        "commons toolkit new --set audience",
        "commons toolkit new --set audience=",
        "commons toolkit new --unset audience",
        "commons toolkit restore ab12",
        "commons toolkit attach ab12",
        "commons toolkit export ab12 f --format docx",
        "commons review",
        "commons review like ab12",
        "commons review approve ab12 --role king",
        "commons release ab12",
        "commons retract ab12",
        "commons verify f --commons ab12",
        "commons verify f --as-of 2027-02-30",
        "commons propose review-policy toolkit",
        "commons propose review-policy poem --need patient:1",
        "commons propose review-policy toolkit --need patient",
        "commons propose review-policy toolkit --need king:1",
        "commons propose review-policy toolkit --need patient:many",
        "commons propose disclosure",
        "commons propose disclosure --share 300",
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn of_measures_and_feeds_too_what_makes_no_sense_is_wrong_usage() {
    for line in [
        "commons measure",
        "commons measure define T",
        "commons measure define T --kind poem --calendar month --population p --numerator n",
        "commons measure define T --kind rate --calendar month --population p --numerator n",
        "commons measure define T --kind count --calendar month --population p --numerator n --stratum age=x",
        "commons measure define T --kind count --calendar month --population p --numerator n --stratum age:ü5=x",
        "commons measure define T --kind count --calendar month --population p --numerator n --stratum age:=x",
        "commons measure define --from f --text g",
        "commons series submit",
        "commons series submit f --format xlsx",
        "commons series withdraw m",
        "commons feed show",
        "commons feed show m --stratum :x",
        "commons feed export m f --format xlsx",
        "commons chart",
        "commons chart a b c",
        "commons chart a b --kind x",
        "commons chart a b --annotate 2026-03",
        "commons chart --data d --multiples f",
        "commons chart a b --organisation o --multiples",
        "commons chart a b --height 400 --multiples",
        "commons chart a b --sharp --multiples",
        "commons feed show m --stratifier age --stratum age:0-4",
        "commons series held --drop m",
        "commons release feed",
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn recovering_needs_no_name() {
    assert!(parse("commons init --from-keys keys.age").is_ok());
}

#[test]
fn toolkit_and_guidance_share_their_verbs() {
    for kind in ["toolkit", "guidance"] {
        let line = format!("commons {kind} diff ab12 --from x --to y,z");
        let verb = match parse(&line).unwrap().verb {
            Verb::Toolkit { verb } | Verb::Guidance { verb } => verb,
            other => panic!("{other:?}"),
        };
        assert!(matches!(verb, DocumentVerb::Diff { .. }));
    }
}

#[test]
fn measures_are_documents_with_a_verb_of_their_own() {
    let verb = parse("commons measure show ab12 --released").unwrap().verb;
    let Verb::Measure { verb: MeasureVerb::Document(verb) } = verb else {
        panic!("{verb:?}");
    };
    assert!(matches!(*verb, DocumentVerb::Show { released: true, .. }));
    let line = "commons measure define T --kind count --calendar month --population p --numerator n --stratum age:0-4=Small=Tiny";
    let Verb::Measure { verb: MeasureVerb::Define(args) } = parse(line).unwrap().verb else {
        panic!("no definition");
    };
    assert_eq!(args.stratum, [("age:0-4".to_owned(), "Small=Tiny".to_owned())]);
    assert_eq!(args.denominator, None);
    assert!(parse("commons measure define --from m.md").is_ok());
}

#[test]
fn a_measure_that_defines_nothing_is_not_offered() {
    let verbs = Cli::command();
    let has = |command: &str, verb: &str| {
        let found = verbs.find_subcommand(command).and_then(|command| command.find_subcommand(verb));
        found.is_some_and(|verb| !verb.is_hide_set())
    };
    assert!(has("toolkit", "new") && has("measure", "define") && has("measure", "edit"));
    assert!(!has("measure", "new"));
}

#[test]
fn charts_have_one_name_for_each_kind_and_a_short_one() {
    use commons_node::charts::{Form, Kind};
    for (typed, kind) in
        [("p-prime", Kind::PPrime), ("pp", Kind::PPrime), ("u-prime", Kind::UPrime), ("t", Kind::T)]
    {
        let Verb::Chart(args) =
            parse(&format!("commons chart m f --kind {typed} --format text")).unwrap().verb
        else {
            panic!("no chart");
        };
        assert_eq!((args.kind, args.format), (Some(kind), Some(Form::Text)), "{typed}");
    }
    let error = parse("commons chart m f --kind pie").unwrap_err().to_string();
    assert!(error.contains("p-prime") && error.contains("mr"), "{error}");
}

#[test]
fn rows_are_chosen_by_the_same_options_everywhere() {
    let options = "--organisation Lakes --from 2026-01 --to 2026-03";
    for (verb, stratum) in [
        ("feed show m", "--stratum age:0-4"),
        ("feed show m", "--stratifier age"),
        ("feed export m f.csv", "--stratum age:0-4"),
        ("feed export m f.csv", "--stratifier total"),
        ("feed follow m", "--stratum age:0-4"),
        ("feed follow m", "--stratifier age"),
        ("chart m f.svg", "--stratum age:0-4"),
    ] {
        parse(&format!("commons {verb} {options} {stratum}")).unwrap();
    }
    let Verb::Feed { verb: FeedVerb::Follow(args) } =
        parse(&format!("commons feed follow m {options} --stratifier age")).unwrap().verb
    else {
        panic!("no follow");
    };
    let query: Vec<String> =
        args.rows.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(query, ["organisation=Lakes", "from=2026-01", "to=2026-03", "stratifier=age"]);
}

#[test]
fn formats_are_told_by_the_names_of_files() {
    let feeds = [
        ("a.CSV", Some(FeedFormat::Csv)),
        ("a.parquet", Some(FeedFormat::Parquet)),
        ("a.ndjson", Some(FeedFormat::Ndjson)),
        ("a.fhir.ndjson", Some(FeedFormat::Fhir)),
        ("a.fhir.json", Some(FeedFormat::FhirBundle)),
        ("a.csv-metadata.json", Some(FeedFormat::CsvColumns)),
        ("a.jsonld", Some(FeedFormat::Dcat)),
        ("a.json", None),
        ("csv", None),
    ];
    for (name, format) in feeds {
        assert_eq!(FeedFormat::of_name(name), format, "{name}");
    }
}

#[test]
fn charter_alone_shows_what_is_in_force() {
    assert!(matches!(parse("commons charter").unwrap().verb, Verb::Charter { verb: None }));
    let verb = parse("commons charter diff 2").unwrap().verb;
    assert!(matches!(verb, Verb::Charter { verb: Some(CharterVerb::Diff { from: 2, to: None }) }));
}

#[test]
fn a_policy_names_roles_with_commas() {
    let verb = parse("commons propose policy --writers patient,family --quorum 5").unwrap().verb;
    let Verb::Propose { verb: ProposeVerb::Policy(policy) } = verb else {
        panic!("{verb:?}");
    };
    assert_eq!(policy.writers, [PersonRole::Patient, PersonRole::Family]);
    assert_eq!(policy.quorum, Some(5));
}

#[test]
fn needs_name_roles_and_how_many_people() {
    let line =
        "commons propose review-policy toolkit --need patient,family:1 --need clinician:2 --organisations 2";
    let Verb::Propose { verb: ProposeVerb::ReviewPolicy(policy) } = parse(line).unwrap().verb else {
        panic!("no policy");
    };
    let needs: Vec<(usize, u8)> = policy.need.iter().map(|need| (need.roles.len(), need.count)).collect();
    assert_eq!(needs, [(2, 1), (1, 2)]);
    assert_eq!((policy.organisations, policy.valid_months, policy.declines_dont_block), (2, None, false));
}

#[test]
fn every_verb_has_help_that_fits_a_terminal() {
    fn check(command: &mut clap::Command) {
        let help = command.render_long_help().to_string();
        let longest = help.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(longest <= 140, "{}: {longest}\n{help}", command.get_name());
        command.get_subcommands_mut().for_each(check);
    }
    let mut command = Cli::command();
    command.build();
    check(&mut command);
}
