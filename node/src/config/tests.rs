use super::*;

const HEAD: &str = "version = 1\n[organisation]\nname = \"Example Hospital\"\nkind = \"site\"\n";

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("config.toml"), text)
}

/// The error's text, which must name the line.
fn refused(rest: &str, line: usize) -> String {
    let text = parse(&format!("{HEAD}{rest}")).unwrap_err().to_string();
    let start = format!("config.toml, line {line}: ");
    assert!(text.starts_with(&start), "{text}");
    text
}

#[test]
fn the_template_means_the_defaults() {
    let name = OrganisationName::try_from("St. \"Example\" \\ Ürgüp".to_owned()).unwrap();
    let config = parse(&template(&name, OrganisationKind::Council)).unwrap();
    assert_eq!(config.organisation.name, name);
    assert_eq!(config.organisation.kind, OrganisationKind::Council);
    assert_eq!(config.api, Api::default());
    assert_eq!(config.api.address.socket().to_string(), "127.0.0.1:7420");
    assert_eq!(config.network, Network::default());
    assert_eq!(config.network.expected_sites.get(), 64);
    assert_eq!(config.blobs, Blobs::default());
    assert_eq!(config.blobs.quota_per_organisation.bytes(), 2 << 30);
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn every_commented_line_of_the_template_is_a_setting() {
    let name = OrganisationName::try_from("Example".to_owned()).unwrap();
    let all: Vec<String> = template(&name, OrganisationKind::Site)
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") => rest.to_owned(),
            _ => line.to_owned(),
        })
        .collect();
    let config = parse(&all.join("\n")).unwrap();
    assert_eq!(config.network.listen.len(), 1);
    assert_eq!(config.api.host_names[0].as_str(), "commons.example.org");
    // A block is none of the defaults, so its lines have no space behind the #.
    let block = |line: &String| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
        _ => line.clone(),
    };
    let with_block: Vec<String> = all.iter().map(block).collect();
    let hooks = parse(&with_block.join("\n")).unwrap().webhooks;
    assert_eq!(hooks.len(), 1);
    assert_eq!(hooks[0].url.as_str(), "http://127.0.0.1:8080/feeds");
    assert_eq!(hooks[0].secret, Path::new("webhook.secret"));
    assert_eq!(hooks[0].measures.as_deref(), Some(&["Clinical remission".to_owned()][..]));
}

#[test]
fn webhooks_are_checked() {
    let hook = |url: &str| format!("[[webhooks]]\nsecret = \"s\"\nurl = \"{url}\"\n");
    let good = parse(&format!("{HEAD}{}{}", hook("http://127.0.0.1:1/a?b=c"), hook("http://[::1]")));
    assert_eq!(good.unwrap().webhooks.len(), 2);
    let text = refused(&hook("https://example.org/feeds"), 7);
    assert!(text.contains("no TLS") && text.contains("proxy") && text.contains("127.0.0.1"), "{text}");
    for url in ["", "127.0.0.1", "http://", "http:///a", "http://user@a", "http://a/#b", "http://a/ b"] {
        let text = refused(&hook(url), 7);
        assert!(text.contains("http://127.0.0.1:8080/feeds"), "{text}");
    }
    let text = refused(&format!("{}{}", hook("http://a"), hook("http://a")), 7);
    assert!(text.contains("two [[webhooks]]"), "{text}");
    let text = refused(&format!("{}measures = []\n", hook("http://a")), 8);
    assert!(text.contains("leave `measures` out"), "{text}");
    let many: String = (0..17).map(|port| hook(&format!("http://a:{port}"))).collect();
    assert!(refused(&many, 7).contains("more than 16"));
    let text = refused("[[webhooks]]\nurl = \"http://a\"\n", 5);
    assert!(text.contains("secret"), "{text}");
}

#[test]
fn the_template_is_written_and_loaded() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    assert!(matches!(Config::load(&path), Err(ConfigError::File(FileError::Missing { .. }))));
    let name = OrganisationName::try_from("Example".to_owned()).unwrap();
    Config::write_new(&path, &name, OrganisationKind::Site, &[]).unwrap();
    assert_eq!(Config::load(&path).unwrap().organisation.name, name);
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(Config::load(&path), Err(ConfigError::NotText { .. })));
}

#[test]
fn errors_name_the_line_and_what_would_be_right() {
    let text = refused("[api]\nadress = \"127.0.0.1:1\"\n", 6);
    assert!(text.contains("adress") && text.contains("address"), "{text}");
    let text = refused("[api]\naddress = \"localhost\"\n", 6);
    assert!(text.contains("127.0.0.1:7420"), "{text}");
    let text = refused("[network]\n\nrole = \"king\"\n", 7);
    assert!(text.contains("site") && text.contains("hub"), "{text}");
    let text = refused("[network]\nlisten = [\"0.0.0.0:1\"]\n", 6);
    assert!(text.contains("/ip4/"), "{text}");
    let text = refused("[network]\nexpected_sites = 0\n", 6);
    assert!(text.contains("between 1 and 1000"), "{text}");
    refused("[api]\nhost_names = [\"a b\"]\n", 6);
    for size in ["", "5", "5 GB", "GiB", "-1 GiB", "1.5 GiB", "99999999999 TiB"] {
        let text = refused(&format!("[blobs]\ntotal = \"{size}\"\n"), 6);
        assert!(text.contains("500 MiB"), "{text}");
    }
    let sizes = parse(&format!("{HEAD}[blobs]\ntotal = \"7 KiB\"\nquota_per_organisation = \"3MiB\"\n"));
    let sizes = sizes.unwrap().blobs;
    assert_eq!((sizes.total.bytes(), sizes.quota_per_organisation.bytes()), (7 << 10, 3 << 20));
    refused("[log]\nformat = \n", 6);
    assert!(parse("").unwrap_err().to_string().contains("version = 1"));
}

#[test]
fn values_that_do_not_fit_together_are_refused() {
    let text = refused("[network]\n  role = \"hub\"\n", 6);
    assert!(text.contains("listen ="), "{text}");
    let text = refused("[api]\naddress = \"0.0.0.0:80\"\n", 6);
    assert!(text.contains("allow_remote = true"), "{text}");
    let open = "[api]\naddress = \"0.0.0.0:80\"\nallow_remote = true\n";
    assert!(parse(&format!("{HEAD}{open}")).is_ok());
}

#[test]
fn a_later_format_is_refused_as_such() {
    let error = parse("version = 2\nanything = true\n").unwrap_err();
    assert!(matches!(error, ConfigError::Version { found: 2, .. }), "{error}");
}

#[test]
fn names_are_one_line_of_sane_length() {
    for name in ["", " a", "a\nb", &"x".repeat(201)] {
        assert!(OrganisationName::try_from(name.to_owned()).is_err(), "{name:?}");
    }
}
