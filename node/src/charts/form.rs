//! The forms in which charts leave, and how large each is where nobody says.

use super::{Chart, ChartError, Letters, Multiples, Size, clean};
use serde_json::{Value, json};

/// Width and height of a picture, in units.
const PICTURE: (u32, u32) = (900, 480);
/// Width and height of a chart in text, in letters and lines.
const TEXT: (u32, u32) = (80, 24);

/// The form of a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Lines and letters that stay sharp.
    #[default]
    Svg,
    /// Pixels.
    Png,
    /// Letters, for a terminal.
    Text,
    /// Every number, and the chart in words.
    Json,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Svg, Self::Png, Self::Text, Self::Json];

    /// Its code, which is also what JSON and queries have.
    pub fn code(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    /// What it is, in words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Svg => "Lines and letters that stay sharp",
            Self::Png => "Pixels",
            Self::Text => "Letters, for a terminal",
            Self::Json => "Every number, and the chart in words",
        }
    }

    /// The form of this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }

    /// How the names of such files end, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            other => other.code(),
        }
    }

    /// The form that files with this ending usually have.
    pub fn of_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.ending().eq_ignore_ascii_case(ending))
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// How large a chart is to be, and with which letters it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Width, in units of a picture or letters of text.
    pub width: Option<u32>,
    /// Height, in units of a picture or lines of text.
    pub height: Option<u32>,
    /// Whether a PNG has twice the pixels each way.
    pub sharp: bool,
    /// Whether text is of ASCII letters alone.
    pub ascii: bool,
}

impl Layout {
    fn size(self) -> Result<Size, ChartError> {
        Size::new(self.width.unwrap_or(PICTURE.0), self.height.unwrap_or(PICTURE.1))
    }
}

impl Chart {
    /// The chart in a form.
    ///
    /// # Errors
    /// If a picture of this size is too small, too large or can't be encoded.
    /// Sizes of text are brought within bounds.
    pub fn written(&self, form: Form, layout: Layout) -> Result<Vec<u8>, ChartError> {
        Ok(match form {
            Form::Svg => self.svg(layout.size()?).into_bytes(),
            Form::Png if layout.sharp => self.png(layout.size()?.sharp())?,
            Form::Png => self.png(layout.size()?)?,
            Form::Text => {
                let side =
                    |asked: Option<u32>, usual| usize::try_from(asked.unwrap_or(usual)).unwrap_or(usize::MAX);
                let letters = if layout.ascii { Letters::Ascii } else { Letters::Unicode };
                let (width, height) = (side(layout.width, TEXT.0), side(layout.height, TEXT.1));
                self.text(width, height, letters).into_bytes()
            }
            Form::Json => self.told().to_string().into_bytes(),
        })
    }

    /// Every number, and the chart in words.
    fn told(&self) -> Value {
        json!({ "chart": self, "words": self.words() })
    }
}

impl Multiples {
    /// The charts in a form; as a picture so many units wide, and as high as
    /// needed. In text they are a line each: whose it is, and its signals.
    ///
    /// # Errors
    /// If a picture of this width is too small, too large or can't be encoded.
    pub fn written(&self, form: Form, width: Option<u32>) -> Result<Vec<u8>, ChartError> {
        let width = width.unwrap_or(PICTURE.0);
        Ok(match form {
            Form::Svg => self.svg(width)?.into_bytes(),
            Form::Png => self.png(width)?,
            Form::Text => self.lines().into_bytes(),
            Form::Json => self.told().to_string().into_bytes(),
        })
    }

    fn lines(&self) -> String {
        let network = self.network().map(|chart| format!("The network: {}", chart.words().summary));
        let lines = std::iter::once(self.title().to_owned()).chain(network).chain(self.signals());
        lines.map(|line| line + "\n").collect()
    }

    fn told(&self) -> Value {
        let panels = self.panels().iter().map(|panel| {
            json!({ "name": clean::label(&panel.name), "chart": panel.chart, "words": panel.chart.words() })
        });
        json!({
            "title": self.title(),
            "network": self.network().map(Chart::told),
            "panels": panels.collect::<Vec<_>>(),
            "signals": self.signals(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Layout};
    use crate::charts::{Chart, ChartError, Entry, Input, Kind, Multiples, Panel};
    use serde_json::Value;

    fn chart(title: &str) -> Chart {
        let entries = (1..=12).map(|month| Entry::ratio(format!("2026-{month:02}"), f64::from(month), 90.0));
        Chart::new(Kind::P, Input::new(title, entries.collect())).unwrap()
    }

    #[test]
    fn every_form_is_known_by_its_code_and_its_ending() {
        for form in Form::ALL {
            assert_eq!(Form::of_code(form.code()), Some(form));
            assert_eq!(Form::of_ending(&form.ending().to_uppercase()), Some(form));
        }
        assert_eq!((Form::of_code("gif"), Form::of_ending("text")), (None, None));
    }

    #[test]
    fn a_chart_has_a_size_in_each_form_where_nobody_names_one() {
        let written = |form, layout| chart("Visits").written(form, layout).unwrap();
        let text = |form, layout| String::from_utf8(written(form, layout)).unwrap();
        let usual = Layout::default();
        assert!(text(Form::Svg, usual).contains("viewBox=\"0 0 900 480\""));
        assert!(written(Form::Png, usual).starts_with(b"\x89PNG"));
        assert!(text(Form::Text, usual).lines().count() <= 24);
        assert!(
            text(Form::Text, Layout { ascii: true, width: Some(40), height: Some(12), ..usual }).is_ascii()
        );
        let json: Value = serde_json::from_str(&text(Form::Json, usual)).unwrap();
        assert_eq!(json["chart"]["points"].as_array().map(Vec::len), Some(12));
        assert!(json["words"]["description"].as_str().unwrap().contains("Visits"));
        let sharp =
            |sharp| written(Form::Png, Layout { width: Some(200), height: Some(160), sharp, ..usual });
        let width = |png: Vec<u8>| u32::from_be_bytes(png[16..20].try_into().unwrap());
        assert_eq!((width(sharp(false)), width(sharp(true))), (200, 400));
        let small = chart("Visits").written(Form::Svg, Layout { width: Some(10), ..usual });
        assert!(matches!(small, Err(ChartError::Size { .. })));
    }

    #[test]
    fn small_charts_give_every_number_and_their_words() {
        let panel = |name: &str| Panel { name: name.to_owned(), chart: chart(name) };
        let all =
            Multiples::new("Visits", Some(chart("network")), vec![panel("Lakes"), panel("Hills")]).unwrap();
        let text = |form| String::from_utf8(all.written(form, None).unwrap()).unwrap();
        let json: Value = serde_json::from_str(&text(Form::Json)).unwrap();
        assert_eq!((&json["title"], &json["panels"][1]["name"]), (&"Visits".into(), &"Hills".into()));
        for one in [&json["network"], &json["panels"][0], &json["panels"][1]] {
            assert_eq!(one["chart"]["points"].as_array().map(Vec::len), Some(12), "{one}");
            assert!(!one["words"]["description"].as_str().unwrap().is_empty());
        }
        assert_eq!(json["signals"].as_array().map(Vec::len), Some(2));
        let lines = text(Form::Text);
        let begins = ["Visits", "The network: ", "Lakes: ", "Hills: "];
        assert_eq!(lines.lines().count(), begins.len());
        assert!(lines.lines().zip(begins).all(|(line, begin)| line.starts_with(begin)), "{lines}");
        assert!(text(Form::Svg).starts_with("<svg"));
        assert!(all.written(Form::Png, Some(u32::MAX)).is_err());
    }
}
