//! Wide CSV tables.

use super::{lines, notes, read_csv as read, refused};

#[test]
fn measures_stand_side_by_side() {
    let text = "period,Remission.numerator,Remission.denominator,Patient-reported pain.count\n\
                2026-01,12,50,30\n2026-02,14,60,\n2026-03,,60,1\n2026-04,*,60,2\n";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(
        lines(&reading),
        [
            "Remission 2026-01 all 12/50 none",
            "Patient-reported pain 2026-01 all 30/none none",
            "Remission 2026-02 all 14/60 none",
            "Patient-reported pain 2026-03 all 1/none none",
            "Remission 2026-04 all masked/60 none",
            "Patient-reported pain 2026-04 all 2/none none",
        ]
    );
    assert_eq!(refused(&reading), ["line 4, Remission missing"]);
    assert_eq!(notes(&reading), ["nothing", "masked"]);
}

#[test]
fn strata_stand_side_by_side() {
    let text = "measure,period,numerator,denominator,age:0-4.numerator,age:0-4.denominator,age:5-17.numerator,\
                age:5-17.denominator,age:5-17.excluded\n\
                m,2026-01,32,90,12,50,20,40,3\n\
                m,2026-02,32,90,12,50,,,\n";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(
        lines(&reading),
        [
            "m 2026-01 all 32/90 none",
            "m 2026-01 age:0-4 12/50 none",
            "m 2026-01 age:5-17 20/40 3",
            "m 2026-02 all 32/90 none",
            "m 2026-02 age:0-4 12/50 none",
        ]
    );
    assert_eq!(
        refused(&reading),
        ["line 3, age:5-17 missing"],
        "a stratum without numbers is not one of nobody"
    );
}
