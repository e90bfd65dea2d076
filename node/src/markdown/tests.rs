//! Ordinary texts, and those of people who mean harm.

use proptest::prelude::{ProptestConfig, Strategy, any, prop, proptest};

use super::{
    MAX_HTML, MAX_IMAGE_BYTES, MAX_IMAGES, MAX_NESTING, MAX_SOURCE, plain_text, sections, to_html, to_html_in,
};
use scan::{Scan, scan};

mod scan;

const PICTURE: &str = "data:image/png;base64,iVBORw0KGgo=";

fn attachment(name: &str) -> Option<String> {
    matches!(name, "inhaler.png" | "my photo.jpg").then(|| PICTURE.to_owned())
}

fn page(markdown: &str) -> (String, Scan) {
    let html = to_html(markdown, 2, &attachment);
    let scan = scan(&html, &[PICTURE]);
    (html, scan)
}

fn names(scan: &Scan) -> Vec<&str> {
    scan.tags.iter().map(|tag| tag.name.as_str()).collect()
}

#[test]
fn an_ordinary_text() {
    let (html, _) = page(
        "# Using an *inhaler*\n\nBreathe **out** first,  \nthen `in`.\n\n1. Shake\n2. Breathe\n\n- [x] done\n\n> Note\n\n\
         | Dose | When |\n|---|--:|\n| 1 | ~~noon~~ |\n\n---\n\n![How to hold it](attachment:inhaler.png)\n",
    );
    assert_eq!(
        html,
        "<h2 id=\"using-an-inhaler\">Using an <em>inhaler</em></h2>\n\
         <p>Breathe <strong>out</strong> first,<br>\nthen <code>in</code>.</p>\n\
         <ol>\n<li>Shake</li>\n<li>Breathe</li>\n</ol>\n<ul>\n<li>☑ done</li>\n</ul>\n\
         <blockquote>\n<p>Note</p>\n</blockquote>\n\
         <table><thead><tr><th scope=\"col\">Dose</th><th scope=\"col\">When</th></tr></thead>\n<tbody>\n\
         <tr><td>1</td><td><del>noon</del></td></tr>\n</tbody>\n</table>\n<hr>\n\
         <p><img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"How to hold it\"></p>\n"
    );
}

#[test]
fn headings_have_no_gaps_and_ids_are_unique() {
    let (_, scan) = page("### A\n\n###### B\n\n# A\n\n#### B!\n\n## C\n\n#\n\n# !?\n\n# A-2\n\n# A\n");
    let headings: Vec<(&str, &str)> =
        scan.tags.iter().map(|tag| (tag.name.as_str(), tag.attributes[0].1.as_str())).collect();
    assert_eq!(
        headings,
        [
            ("h2", "a"),
            ("h3", "b"),
            ("h2", "a-2"),
            ("h3", "b-2"),
            ("h3", "c"),
            ("h2", "section"),
            ("h2", "a-2-2"),
            ("h2", "a-3")
        ]
    );
}

#[test]
fn the_base_level_shifts_all_headings_and_never_makes_an_h1() {
    for (base, expected) in [(0, "h2"), (1, "h2"), (3, "h3"), (6, "h6"), (200, "h6")] {
        let html = to_html("# A\n\n## B\n\n### C", base, &attachment);
        assert!(html.starts_with(&format!("<{expected} ")), "{base}: {html}");
        scan(&html, &[]);
    }
}

#[test]
fn texts_of_one_page_keep_to_their_own_ids() {
    let html = to_html_in("# A\n\n[up](#a)", 2, "s1-\" onx=", &attachment);
    let scan = scan(&html, &[]);
    assert_eq!(scan.values("h2", "id"), ["s1-onxa"]);
    assert_eq!(scan.values("a", "href"), ["#s1-onxa"]);
}

#[test]
fn links_that_lead_somewhere() {
    let markdown = "[a](https://example.org/x?a=1&b=2#c) [b](HTTP://example.org) <mailto:a@example.org> \
                    <b@example.org> [c](tel:+1-800-555-0100) [d](#what-to-do) <https://example.org/é>";
    let (_, scan) = page(markdown);
    assert_eq!(
        scan.values("a", "href"),
        [
            "https://example.org/x?a=1&b=2#c",
            "HTTP://example.org",
            "mailto:a@example.org",
            "mailto:b@example.org",
            "tel:+1-800-555-0100",
            "#what-to-do",
            "https://example.org/é"
        ]
    );
}

#[test]
fn links_that_are_left_out() {
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A;&#x61;vascript&colon;alert(1)",
        "java&Tab;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "<java\tscript:alert(1)>",
        "<&#1;javascript:alert(1)>",
        "< javascript:alert(1)>",
        "\u{1}javascript:alert(1)",
        "javascript&#58;alert(1)",
        "java\\script:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://example.org/x",
        "attachment:inhaler.png",
        "//example.org/x",
        "/api/v1/tokens",
        "page.html",
        "?q=1",
        "https:example.org",
        "https:/example.org",
        "https://",
        "https://good.example@evil.example/",
        "https://good.example\\\\@evil.example/",
        "<https://example.org/a b>",
        "https://example.org/&#8238;gpj",
        "mailto:",
        "tel:alert(1)",
        "#",
        "#a\"onclick=x",
        "view-source:https://example.org",
        "http&#58;&#47;&#47;",
    ] {
        let (html, scan) = page(&format!("[words]({address})"));
        assert!(scan.values("a", "href").is_empty(), "{address}: {html}");
        assert!(scan.text.contains("words"), "{address}: {html}");
    }
    let (html, _) = page("[words](javascript:1)");
    assert_eq!(html, "<p>words (link left out)</p>\n");
    assert_eq!(page("<javascript:alert(1)>").1.values("a", "href"), [""; 0]);
}

#[test]
fn no_link_is_inside_another() {
    let address = "<https://example.org>";
    let (_, scan) = page(&format!("[{address}{address} ![x](https://example.org/x)](https://example.org/y)"));
    assert_eq!(scan.values("a", "href"), ["https://example.org/y"]);
}

#[test]
fn images_are_attachments_or_words() {
    let (html, scan) = page("![hold \"it\" <so>](attachment:inhaler.png) ![x](ATTACHMENT:my%20photo.jpg)");
    assert_eq!(scan.values("img", "alt"), ["hold \"it\" <so>", "x"], "{html}");
    for (markdown, expected) in [
        ("![x](attachment:other.png)", "<p>x (image not shown)</p>\n"),
        ("![](data:image/png;base64,AA)", "<p>Image (image not shown)</p>\n"),
        ("![x *y*](javascript:1)", "<p>x y (image not shown)</p>\n"),
        ("![x](\"onerror=alert(1))", "<p>x (image not shown)</p>\n"),
        (
            "![x](https://example.org/p.png)",
            "<p><a href=\"https://example.org/p.png\" rel=\"nofollow noopener noreferrer\">x</a> (image not shown)</p>\n",
        ),
    ] {
        assert_eq!(page(markdown).0, expected);
    }
    let (_, scan) = page(
        "[![a](https://example.org/a.png)](https://example.org/b) ![a ![b](x) c](attachment:inhaler.png)",
    );
    assert_eq!(scan.values("a", "href"), ["https://example.org/b"]);
    assert_eq!(scan.values("img", "alt"), ["a b c"]);
}

#[test]
fn what_attachments_resolve_to_is_looked_at_too() {
    for address in [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "//example.org/x.png",
        "https://a@b/x.png",
        "x\" onerror=\"alert(1)",
        "",
    ] {
        let html = to_html("![a](attachment:a)", 2, &|_| Some(address.to_owned()));
        assert_eq!(html, "<p>a (image not shown)</p>\n", "{address}");
    }
    for address in
        ["/blobs/1.png?a=1&b=2", "files/a.png", "https://example.org/a.png", "data:image/webp;base64,AA=="]
    {
        let html = to_html("![a](attachment:a)", 2, &|_| Some(address.to_owned()));
        assert_eq!(scan(&html, &[address]).values("img", "src"), [address]);
    }
}

#[test]
fn html_is_shown_as_text() {
    for source in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=\"x\">b</b> <!-- c -->",
        "<!-- hidden -->",
        "<svg/onload=alert(1)>",
        "<style>*{display:none}</style>",
        "<iframe src=//x>",
        "</p></div><h1>x</h1>",
        "<![CDATA[x]]>",
        "<?php x ?>",
        "<!DOCTYPE html>",
        "<a href='javascript:1'>x</a>",
        "<a\nhref=x>y</a>",
        "<details open ontoggle=x>",
    ] {
        let (html, scan) = page(source);
        assert!(scan.text.contains(source), "{source}: {html}");
        assert!(names(&scan).iter().all(|name| ["p", "pre", "code"].contains(name)), "{html}");
    }
}

#[test]
fn entities_and_odd_characters_stay_text() {
    let (html, scan) = page("&lt;script&gt;alert(1)&lt;/script&gt; \\<b> \0 \u{202e}evil\u{202c} \u{7}");
    assert_eq!(
        scan.text.trim(),
        "<script>alert(1)</script> <b> \u{fffd} \u{fffd}evil\u{fffd} \u{fffd}",
        "{html}"
    );
    let (_, scan) = page("```\"><script>alert(1)</script>\n<b>\n```\n`<i>`");
    assert_eq!(names(&scan), ["pre", "code", "p", "code"]);
    let (_, scan) = page(
        "[a]: javascript:alert(1) \"t\\\"onx=1\"\n[b]: https://example.org 'x\" onclick=\"y'\n\n[a] [b]",
    );
    assert_eq!(scan.values("a", "href"), ["https://example.org"]);
}

#[test]
fn unclosed_things_are_closed() {
    for source in
        ["**a *b `c [d](e", "> - 1. # x\n>   ```\n> <b", "| a | *b\n|--|--|\n| [c", "![a ![b", "<", "[", "]("]
    {
        page(source);
    }
}

#[test]
fn deep_nesting_is_shown_flat() {
    let depth = 10_000;
    let list: String = (0..500).map(|level| format!("{}- x{level}\n", "  ".repeat(level))).collect();
    for source in [
        format!("{}text", "> ".repeat(depth)),
        format!("{}text", ">".repeat(depth)),
        format!("{}text", "- ".repeat(depth)),
        format!("{}text", "1. ".repeat(depth)),
        format!("{}text", "> - ".repeat(depth / 2)),
        list,
    ] {
        let (html, scan) = page(&source);
        let containers = names(&scan).iter().filter(|name| ["blockquote", "ul", "ol"].contains(name)).count();
        assert!(containers <= MAX_NESTING && html.contains('x'), "{containers} in {html:.200}");
    }
    for source in [
        format!("{}text{}", "*a **b ".repeat(depth), "** c*".repeat(depth)),
        format!("{}text{}", "[".repeat(depth), "](x)".repeat(depth)),
        format!("{}text{}", "![".repeat(depth), "](attachment:inhaler.png)".repeat(depth)),
        "`".repeat(depth),
        "<".repeat(depth),
        "\\".repeat(depth),
        "&".repeat(depth),
        "~".repeat(depth),
        "_a".repeat(depth),
    ] {
        page(&source);
    }
}

#[test]
fn what_is_too_long_is_cut_and_says_so() {
    let (html, scan) = page(&"é<&\" ".repeat(MAX_SOURCE / 4));
    assert!(scan.text.contains("too long to be shown") && html.len() < MAX_HTML);
    let (html, _) = page(&"- >\n".repeat(MAX_SOURCE / 4));
    assert!(html.len() < 2 * MAX_HTML, "{}", html.len());
    let short = "just right";
    assert!(!page(short).0.contains("too long"));
}

#[test]
fn images_are_bounded() {
    let (_, scan) = page(&"![a](attachment:inhaler.png)\n\n".repeat(MAX_IMAGES + 5));
    assert_eq!(scan.values("img", "src").len(), MAX_IMAGES);
    let large = format!("data:image/png;base64,{}", "A".repeat(MAX_IMAGE_BYTES / 2));
    let html = to_html(&"![a](attachment:x)\n\n".repeat(3), 2, &|_| Some(large.clone()));
    assert_eq!(html.matches("<img").count(), 1);
    let html = to_html("# ![](attachment:inhaler.png)\n\ntext", 2, &attachment);
    assert_eq!(html, "<p>text</p>\n", "a heading without words is left out with its image");
}

#[test]
fn sections_cover_the_text_after_the_first_heading() {
    let markdown = "Intro\n\n# One\n\ntext\n\n### Two `x`\nmore\n\n> # In a quote\n\nThree\n=====\nend";
    let found = sections(markdown);
    let parts: Vec<(u8, &str, &str)> =
        found.iter().map(|one| (one.level, one.heading.as_str(), &markdown[one.start..one.end])).collect();
    assert_eq!(
        parts,
        [
            (1, "One", "# One\n\ntext\n\n"),
            (2, "Two x", "### Two `x`\nmore\n\n> # In a quote\n\n"),
            (1, "Three", "Three\n=====\nend")
        ]
    );
    assert!(sections("no heading").is_empty());
}

#[test]
fn plain_text_is_what_is_read_through() {
    let markdown = "---\ntitle: T\n---\n# Head\n\nOne [two](https://example.org)\nthree.\n\n- four\n- *five*\n\n| a | b |\n|--|--|\n\
                    | c | d |\n\n```\ncode\n```\n\n![alt](x) six <b>seven</b>\n\n<div>html</div>\n";
    assert_eq!(plain_text(markdown), "One two three.\n\nfour\n\nfive\n\na\n\nb\n\nc\n\nd\n\n six seven\n\n");
    assert_eq!(plain_text("---\nno end"), "no end\n\n");
    assert_eq!(plain_text(""), "");
}

/// Pieces that mean something in Markdown or HTML.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "# ",
        "## ",
        "> ",
        "- ",
        "1. ",
        "```",
        "`",
        "*",
        "**",
        "_",
        "~~",
        "[",
        "](",
        ")",
        "![",
        "](attachment:inhaler.png)",
        "](javascript:alert(1))",
        "](https://example.org)",
        "](#a)",
        "\n",
        "\n\n",
        "    ",
        "|",
        "|--|--|\n",
        "a",
        "b c",
        "é",
        "<script>",
        "</",
        "<!--",
        "-->",
        "<a href=",
        "onerror=",
        "\"",
        "'",
        "&#106;",
        "&quot;",
        "&",
        "\\",
        "---\n",
        "===\n",
        "<https://example.org>",
        "[x]: javascript:a\n",
        "[x]",
        "[ ] ",
        "\u{202e}",
        "\0",
        "\r\n",
        "\t",
        "  \n",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn check_all(markdown: &str) {
    let (_, scan) = page(markdown);
    plain_text(markdown);
    let ids: Vec<&str> =
        ["h2", "h3", "h4", "h5", "h6"].iter().flat_map(|level| scan.values(level, "id")).collect();
    let mut end = 0;
    for section in sections(markdown) {
        assert!(ids.contains(&section.anchor.as_str()), "{section:?} in {ids:?}");
        assert!(section.start >= end && markdown.get(section.start..section.end).is_some());
        end = section.end;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn hostile_texts_stay_within_the_allow_list(markdown in hostile()) {
        check_all(&markdown);
    }

    #[test]
    fn any_text_stays_within_the_allow_list(markdown in any::<String>()) {
        check_all(&markdown);
    }
}
