//! Measures, series, feeds and charts.

use super::*;

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// A table with a bad line among good ones.
const TABLE: &str = "period,numerator,denominator\n2026-01,30,90\n2026-02,thirty,90\n2026-03,33,95\n";

fn upload(world: &World, path: &str, file: impl Into<Body>) -> Ask {
    let mut ask = world.request(Method::POST, path);
    *ask.0.body_mut() = file.into();
    ask
}

/// Media type, name of the file, bytes.
async fn file(world: &World, path: &str) -> (String, String, Vec<u8>) {
    let response = world.send(world.request(Method::GET, path)).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let text = |name: header::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
    let (media_type, name) = (text(header::CONTENT_TYPE), text(header::CONTENT_DISPOSITION));
    assert!(text(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (media_type, name, bytes.to_vec())
}

#[tokio::test]
async fn files_of_figures_are_read_before_the_engine_sees_them() {
    let world = World::new();
    let view = body(world.send(upload(&world, "/v1/series/plan", TABLE)).await).await;
    assert_eq!((&view["told"], &view["sent"]), (&json!(2), &json!(false)));
    assert_eq!(view["remarks"][0]["at"], "line 3");
    let options = "?measure=Visits&format=csv&missing_is_zero=true&skip_refused=true&mask_corrections=true&take_over=true";
    let view = body(world.send(upload(&world, &format!("/v1/series{options}"), TABLE)).await).await;
    assert_eq!(view["sent"], true);
    let told = view["entries"][0].as_str().unwrap();
    for option in [
        "Some(\"Visits\")",
        "missing_is_zero: true",
        "skip_refused: true",
        "mask_corrections: true",
        "take_over: true",
    ] {
        assert!(told.contains(option), "{option}: {told}");
    }
    let view = body(world.send(upload(&world, "/v1/series?skip_bad=true", TABLE)).await).await;
    assert!(view["entries"][0].as_str().unwrap().contains("skip_refused: true"), "its name so far: {view}");
    let lines = "{\"period\":\"2026-01\",\"numerator\":30,\"denominator\":90}\n";
    let view = body(world.send(upload(&world, "/v1/series/plan?format=auto", lines)).await).await;
    assert_eq!(view["told"], 1);
}

#[tokio::test]
async fn columns_are_named_and_rows_chosen_by_the_query() {
    let world = World::new();
    let table = "org_code,month,breaches,all\nRF4,2026-01,30,90\nRF5,2026-01,40,90\nRF4,2026-02,31,90\n";
    let query =
        "?column=period%3Dmonth&column=numerator%3Dbreaches&column=denominator%3Dall&only=org_code%3DRF4";
    let view = body(world.send(upload(&world, &format!("/v1/series/plan{query}"), table)).await).await;
    assert_eq!(view["told"], 2, "{view}");
}

/// A summary of one measure with two groups, by the organisation of this id.
fn report(organisation: &str) -> String {
    let population = |code: &str, count: u64| json!({"code": {"coding": [{"code": code}]}, "count": count});
    let group = json!({"population": [population("numerator", 40), population("denominator", 100)]});
    json!({
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": "summary",
        "measure": "http://example.org/Measure/7|1",
        "period": {"start": "2026-03-01", "end": "2026-03-31"},
        "reporter": {"identifier": {"system": "urn:commons:fhir:organisation", "value": organisation}},
        "group": [group, group],
    })
    .to_string()
}

#[tokio::test]
async fn names_of_a_file_are_said_to_be_measures_here() {
    let world = World::new();
    let map = |group: &str, measure: &str| {
        format!("map=http%3A%2F%2Fexample.org%2FMeasure%2F7%7C1%23{group}%3D{measure}")
    };
    let query = format!("?{}&{}&{}", map("1", "Visits"), map("2", "d0"), map("3", "Nothing"));
    for path in ["/v1/series/plan", "/v1/series"] {
        let view = body(world.send(upload(&world, &format!("{path}{query}"), report("0a"))).await).await;
        assert_eq!(view["told"], 2, "{view}");
        let codes: Vec<_> = view["remarks"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
        assert_eq!(codes, ["several-measures", "name-unused"]);
    }
    let query = format!("?{}&{}", map("1", "Visits"), map("1", "d0"));
    let twice = world.send(upload(&world, &format!("/v1/series/plan{query}"), report("0a"))).await;
    problem(twice, UNPROCESSABLE, "two-measures").await;
}

#[tokio::test]
async fn reports_of_others_and_columns_of_what_has_none_are_refused() {
    let world = World::new();
    let view = body(world.send(upload(&world, "/v1/series/plan", report("0b"))).await).await;
    assert_eq!((&view["told"], &view["remarks"][0]["code"]), (&json!(0), &json!("other-organisation")));
    for query in ["only=org_code%3DRF4", "column=numerator%3Dbreaches", "format=fhir&only=a%3Db"] {
        let response = world.send(upload(&world, &format!("/v1/series?{query}"), report("0a"))).await;
        let detail = problem(response, UNPROCESSABLE, "columns").await;
        assert!(detail.contains("FHIR"), "{detail}");
    }
}

#[tokio::test]
async fn unreadable_files_are_problems_with_the_code_of_the_reader() {
    let world = World::new();
    for (query, file, code) in [
        ("", "", "empty"),
        ("?format=fhir", "{\"resourceType\":\"Patient\"}", "not-a-report"),
        ("?format=fhir", "<Patient/>", "not-json"),
        ("?format=ndjson", "[1]", "not-lines"),
    ] {
        let response = world.send(upload(&world, &format!("/v1/series{query}"), file)).await;
        let detail = problem(response, UNPROCESSABLE, code).await;
        assert!(!detail.is_empty());
    }
    let huge = header::HeaderValue::from(65_usize << 20);
    let mut announced = upload(&world, "/v1/series/plan", TABLE);
    announced.0.headers_mut().insert(header::CONTENT_LENGTH, huge);
    problem(world.send(announced).await, StatusCode::PAYLOAD_TOO_LARGE, "file-too-large").await;
    let chunk = axum::body::Bytes::from(vec![b'1'; 1 << 20]);
    let endless = futures::stream::repeat_with(move || Ok::<_, io::Error>(chunk.clone()));
    let response = world.send(upload(&world, "/v1/feeds/verify", Body::from_stream(endless))).await;
    problem(response, StatusCode::PAYLOAD_TOO_LARGE, "file-too-large").await;
    let broken = futures::stream::iter([Err::<axum::body::Bytes, _>(io::Error::other("gone"))]);
    let response = world.send(upload(&world, "/v1/series", Body::from_stream(broken))).await;
    problem(response, StatusCode::BAD_REQUEST, "unreadable-body").await;
}

#[tokio::test]
async fn only_a_few_requests_read_whole_files_at_a_time() {
    let world = World::new();
    let blobs = world.state.handle.blobs().unwrap();
    let places: Vec<_> = std::iter::from_fn(|| blobs.take_place()).collect();
    let get = |path: &str| world.request(Method::GET, path);
    for ask in [
        upload(&world, "/v1/series/plan", TABLE),
        upload(&world, "/v1/feeds/verify", "x"),
        get("/v1/feeds/d0/export?format=csv"),
        get("/v1/feeds/d0/chart?format=png"),
    ] {
        problem(world.send(ask).await, StatusCode::SERVICE_UNAVAILABLE, "too-many-files").await;
    }
    drop(places);
    assert_eq!(world.send(get("/v1/feeds/d0/chart")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn own_series_are_listed_and_taken_back() {
    let world = World::new();
    assert_eq!(world.get("/v1/series").await.as_array().unwrap().len(), 1, "of all measures");
    let own = world.get("/v1/series?measure=Visits").await;
    assert!(own[0]["digest"].as_str().unwrap().contains("organisation: Some(\"0a\")"));
    for (query, take_over) in [("", "false"), ("&take_over=true", "true")] {
        let path = format!("/v1/series?measure=Visits&period=2026-03{query}");
        let view = body(world.send(world.request(Method::DELETE, &path)).await).await;
        let told =
            format!("WithdrawRequest {{ measure: \"Visits\", period: \"2026-03\", take_over: {take_over} }}");
        assert_eq!(view["entries"][0], told);
    }
    assert_eq!(world.get("/v1/feeds").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn numbers_that_are_held_are_shown_to_administrators_and_dropped_on_request() {
    let world = World::new();
    let held = world.get("/v1/series/held").await;
    assert_eq!((&held[0]["period"], held[0]["cells"].as_array().map(Vec::len)), (&json!("2026-03"), Some(1)));
    let ask = Ask::new(Method::GET, "/v1/series/held").token(world.ben.reveal());
    let held = body(world.send(ask).await).await;
    assert_eq!((&held[0]["threshold"], &held[0]["cells"]), (&json!(10), &json!([])));
    let ask = world.request(Method::DELETE, "/v1/series/held?measure=Visits&period=2026-05");
    let dropped = body(world.send(ask).await).await;
    assert_eq!(
        (&dropped["period"], &dropped["cells"][0]["held"]["numerator"]["number"]),
        (&json!("2026-05"), &json!(87))
    );
}

#[tokio::test]
async fn a_measure_is_given_by_name_and_as_a_table_to_fill_in() {
    let world = World::new();
    assert_eq!(world.get("/v1/measures").await.as_array().unwrap().len(), 2);
    assert_eq!(world.get("/v1/measures/Visits").await["id"], "d0");
    let (media_type, name, bytes) = file(&world, "/v1/measures/Visits/template").await;
    assert_eq!(
        (media_type.as_str(), name.as_str()),
        ("text/csv; charset=utf-8", "attachment; filename=\"visits.csv\"")
    );
    let table = String::from_utf8(bytes).unwrap();
    assert!(
        table.starts_with("measure,period,stratifier,stratum,numerator,denominator,excluded\n"),
        "{table}"
    );
    assert!(table.contains("d0,2026-01,age,0-4,,,\n"), "{table}");
    for path in ["/v1/measures/none", "/v1/measures/none/template"] {
        let response = world.send(world.request(Method::GET, path)).await;
        problem(response, StatusCode::NOT_FOUND, "not-found").await;
    }
}

#[tokio::test]
async fn the_ledger_as_a_table_runs_nothing_in_a_spreadsheet() {
    let world = World::new();
    assert_eq!(world.get("/v1/egress").await[0]["what"], "report");
    let (media_type, name, bytes) = file(&world, "/v1/egress?format=csv").await;
    assert_eq!(
        (media_type.as_str(), name.as_str()),
        ("text/csv; charset=utf-8", "attachment; filename=\"egress.csv\"")
    );
    let table = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert!(lines[0].starts_with("entry,time_ms,time,day,person,person_name,"), "{table}");
    assert!(
        lines[1].contains(",1970-01-01T00:00:00Z,1970-01-01,ab,\"'=HYPERLINK(\"\"x\"\")\",0,1,10,d0,\"Visits, \"\"planned\"\"\","),
        "{table}"
    );
    assert_eq!(lines[2..], [""]);
}

#[tokio::test]
async fn feeds_are_asked_for_with_a_query() {
    let world = World::new();
    let view =
        world.get("/v1/feeds/Visits?organisation=Lakes&stratifier=total&from=2026-01&to=2026-02").await;
    assert_eq!(
        view["digest"],
        "FeedQuery { organisation: Some(\"Lakes\"), stratifier: Some(\"total\"), stratum: None, from: Some(\"2026-01\"), to: Some(\"2026-02\") }"
    );
    let view = world.get("/v1/feeds/Visits?stratum=age%3A0-4").await;
    assert!(view["digest"].as_str().unwrap().contains("stratum: Some((\"age\", \"0-4\"))"), "{view}");
    let response = world.send(world.request(Method::GET, "/v1/feeds/none")).await;
    problem(response, StatusCode::NOT_FOUND, "not-found").await;
    let ask = upload(&world, "/v1/feeds/verify", "12345");
    assert_eq!(body(world.send(ask).await).await["digest"], "5");
    let (media_type, name, bytes) = file(&world, "/v1/feeds/Visits/snapshot").await;
    assert_eq!(media_type, "application/vnd.commons.snapshot+cbor");
    assert_eq!((name.as_str(), &bytes[..]), ("attachment; filename=\"visits.snapshot\"", &[1, 2, 3][..]));
}

#[tokio::test]
async fn feeds_leave_in_every_form_as_what_they_are() {
    let world = World::new();
    for (format, media_type, end, has) in [
        ("csv", "text/csv; charset=utf-8", "csv", "'=Hills"),
        (
            "csv-columns",
            "application/csvm+json",
            "csv-metadata.json",
            "http://127.0.0.1:7420/v1/feeds/d0/export?format=csv",
        ),
        ("ndjson", "application/x-ndjson", "ndjson", "\n{"),
        ("parquet", "application/vnd.apache.parquet", "parquet", "PAR1"),
        ("fhir", "application/fhir+ndjson", "fhir.ndjson", "\"MeasureReport\""),
        ("fhir-bundle", "application/fhir+json", "fhir.json", "\"Bundle\""),
        ("dcat", "application/ld+json", "jsonld", "https://spdx.org/licenses/CC-BY-4.0"),
    ] {
        let found = file(&world, &format!("/v1/feeds/d0/export?format={format}")).await;
        let name = format!("attachment; filename=\"visits.{end}\"");
        assert_eq!((found.0.as_str(), found.1), (media_type, name));
        let text = String::from_utf8_lossy(&found.2).into_owned();
        assert!(text.contains(has), "{format}: {text}");
    }
}

#[tokio::test]
async fn charts_are_drawn_in_every_form() {
    let world = World::new();
    for (format, media_type, begins) in [
        ("svg", "image/svg+xml", &b"<svg"[..]),
        ("png", "image/png", b"\x89PNG"),
        ("text", "text/plain; charset=utf-8", b"Visits"),
        ("json", "application/json", b"{"),
    ] {
        let query =
            "freeze=2025-06&phase=2025-09&phase=2026-01&exclude=2025-03&annotate=2025-04%3DNew%20path%3D1";
        for more in ["", "&multiples=true"] {
            let path = format!("/v1/feeds/Visits/chart?format={format}&{query}{more}");
            let (found, name, bytes) = file(&world, &path).await;
            assert_eq!(found, media_type);
            assert!(name.starts_with("attachment; filename=\"visits."), "{name}");
            assert!(!more.is_empty() || bytes.starts_with(begins), "{format}");
        }
    }
    let chart =
        world.get("/v1/feeds/Visits/chart?format=json&annotate=2025-04%3DNew%20path%3D1&kind=run").await;
    assert_eq!(
        (&chart["chart"]["kind"], &chart["chart"]["annotations"][0]["text"]),
        (&json!("run"), &json!("New path=1"))
    );
    assert!(chart["words"]["description"].as_str().unwrap().contains("Visits – network"));
    let one = world.get("/v1/feeds/Visits/chart?format=json&organisation=0b&kind=p-prime").await;
    assert_eq!(one["chart"]["points"][3]["state"], "masked");
    let small = world.get("/v1/feeds/Visits/chart?format=json&multiples=true").await;
    assert_eq!(small["signals"].as_array().unwrap().len(), 2);
    assert_eq!(small["panels"][1]["name"], "Lakes");
    assert_eq!(small["panels"][0]["chart"]["points"][3]["state"], "masked", "{}", small["panels"][0]["name"]);
    assert_eq!(small["network"]["chart"]["points"].as_array().unwrap().len(), 14);
    for (name, kind) in [("pp", "p-prime"), ("p-prime", "p-prime"), ("run", "run")] {
        let chart = world.get(&format!("/v1/feeds/Visits/chart?format=json&kind={name}")).await;
        assert_eq!(chart["chart"]["kind"], kind);
    }
    let (_, _, text) = file(&world, "/v1/feeds/Visits/chart?format=text&width=40&height=12&ascii=true").await;
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.is_ascii() && text.lines().count() <= 12 && text.lines().all(|line| line.len() <= 40),
        "{text}"
    );
}

#[tokio::test]
async fn what_cannot_be_drawn_is_a_problem() {
    let world = World::new();
    let (not_found, conflict) = (StatusCode::NOT_FOUND, StatusCode::CONFLICT);
    for (query, status, code) in [
        ("kind=c", UNPROCESSABLE, "unsuitable-chart"),
        ("organisation=Nobody", not_found, "not-found"),
        ("stratum=age:90-", not_found, "not-found"),
        ("stratum=age:0-4", conflict, "nothing-to-draw"),
        ("phase=2031-01", UNPROCESSABLE, "not-on-chart"),
        ("freeze=2024-01", UNPROCESSABLE, "not-on-chart"),
        ("freeze=0", UNPROCESSABLE, "no-chart"),
        ("freeze=99999999999999999999", UNPROCESSABLE, "invalid-request"),
        ("phase=2025-01", UNPROCESSABLE, "no-chart"),
        ("width=10", UNPROCESSABLE, "no-chart"),
        ("width=4000&height=4001", UNPROCESSABLE, "no-chart"),
        ("width=4294967295&height=4294967295&format=png", UNPROCESSABLE, "no-chart"),
        ("multiples=true&width=4294967295", UNPROCESSABLE, "no-chart"),
    ] {
        let path = format!("/v1/feeds/Visits/chart?{query}");
        problem(world.send(world.request(Method::GET, &path)).await, status, code).await;
    }
}

#[tokio::test]
async fn hostile_queries_are_refused() {
    let world = World::new();
    let long = "x".repeat(301);
    let many = "phase=2025-02&".repeat(101);
    for path in [
        "/v1/egress?format=xlsx".to_owned(),
        "/v1/egress?color=red".to_owned(),
        format!("/v1/series?measure={long}"),
        "/v1/series?measure=a&measure=b".to_owned(),
        "/v1/feeds/d0/export".to_owned(),
        "/v1/feeds/d0/export?format=docx".to_owned(),
        "/v1/feeds/d0/export?format=csv&format=dcat".to_owned(),
        format!("/v1/feeds/d0?organisation={long}"),
        format!("/v1/feeds/d0?from={long}"),
        "/v1/feeds/d0?until=2026-01".to_owned(),
        "/v1/feeds/a%00b".to_owned(),
        "/v1/feeds/d0?stratum=age".to_owned(),
        "/v1/feeds/d0?stratum=age%3A0-4&stratifier=age".to_owned(),
        "/v1/feeds/d0/export?format=csv&stratum=%3A0-4".to_owned(),
        "/v1/feeds/d0/events?stratum=age%3A".to_owned(),
        "/v1/feeds/d0/chart?kind=pie".to_owned(),
        "/v1/feeds/d0/chart?multiples=true&organisation=Lakes".to_owned(),
        "/v1/feeds/d0/chart?multiples=true&height=400".to_owned(),
        "/v1/feeds/d0/chart?multiples=true&sharp=true&format=png".to_owned(),
        "/v1/feeds/d0/chart?multiples=true&ascii=true&format=text".to_owned(),
        "/v1/feeds/d0/chart?multiples=true&width=400&format=json".to_owned(),
        "/v1/feeds/d0/chart?stratum=age".to_owned(),
        "/v1/feeds/d0/chart?stratum=:".to_owned(),
        "/v1/feeds/d0/chart?phase=soon".to_owned(),
        "/v1/feeds/d0/chart?phase=".to_owned(),
        "/v1/feeds/d0/chart?phase".to_owned(),
        "/v1/feeds/d0/chart?exclude=2026-13".to_owned(),
        "/v1/feeds/d0/chart?annotate=2026-01".to_owned(),
        "/v1/feeds/d0/chart?annotate=2026-01%3D%20".to_owned(),
        "/v1/feeds/d0/chart?annotate=%ff".to_owned(),
        "/v1/feeds/d0/chart?ph%61se=2025-02".to_owned(),
        "/v1/feeds/d0/chart?width=-1".to_owned(),
        "/v1/feeds/d0/chart?width=1&width=2".to_owned(),
        "/v1/feeds/d0/chart?&&=".to_owned(),
        format!("/v1/feeds/d0/chart?{many}"),
        format!("/v1/feeds/d0/chart?annotate=2026-01%3D{}", "x".repeat(5_000)),
    ] {
        let response = world.send(world.request(Method::GET, &path)).await;
        problem(response, UNPROCESSABLE, "invalid-request").await;
    }
    for query in [
        "missing_is_zero=perhaps".to_owned(),
        "skip_refused=yes".to_owned(),
        "format=xlsx".to_owned(),
        "column=numerator".to_owned(),
        "column=colour%3Dx".to_owned(),
        "only=%3Dx".to_owned(),
        "map=Visits".to_owned(),
        "map=%3DVisits".to_owned(),
        "only=a%3D1&".repeat(41),
        format!("measure={long}"),
    ] {
        let response = world.send(upload(&world, &format!("/v1/series/plan?{query}"), TABLE)).await;
        problem(response, UNPROCESSABLE, "invalid-request").await;
    }
    for path in ["/v1/series", "/v1/series/held"] {
        for query in ["", "?measure=Visits", "?period=2026-03", "?measure=Visits&period=2026-03&all=true"] {
            let response = world.send(world.request(Method::DELETE, &format!("{path}{query}"))).await;
            problem(response, UNPROCESSABLE, "invalid-request").await;
        }
    }
}

#[tokio::test]
async fn releases_are_an_atom_feed() {
    let world = World::new();
    let response = world.send(world.request(Method::GET, "/v1/atom/releases")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/atom+xml; charset=utf-8");
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let feed = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(feed.contains("<title>A &amp; &lt;b&gt;</title>"), "{feed}");
    assert!(feed.contains("http://127.0.0.1:7420/v1/documents/d0?released=true"), "{feed}");
    let path = "/v1/atom/releases?site=https%3A%2F%2Fexample.org%2Fcommons%2F";
    let response = world.send(world.request(Method::GET, path)).await;
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let feed = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(feed.contains("href=\"https://example.org/commons/releases.atom\""), "{feed}");
    assert!(feed.contains("href=\"https://example.org/commons/d0.html\""), "{feed}");
    for site in
        ["", "example.org", "https://", "https:///x", "javascript:alert(1)", "https://a%20b", "http://a%3Fb"]
    {
        let response =
            world.send(world.request(Method::GET, &format!("/v1/atom/releases?site={site}"))).await;
        problem(response, UNPROCESSABLE, "invalid-request").await;
    }
}
