//! What people say about the columns of their file.

use std::collections::BTreeMap;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Id or title of the measure.
    Measure,
    /// The period, in one column.
    Period,
    /// First day of the period.
    First,
    /// Last day of the period.
    Last,
    /// Code of the stratifier.
    Stratifier,
    /// Code of the stratum.
    Stratum,
    /// Numerator, count or sum.
    Numerator,
    /// Denominator.
    Denominator,
    /// What was excluded.
    Excluded,
    /// Whose rows they are.
    Organisation,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 10] = [
        Self::Measure,
        Self::Period,
        Self::First,
        Self::Last,
        Self::Stratifier,
        Self::Stratum,
        Self::Numerator,
        Self::Denominator,
        Self::Excluded,
        Self::Organisation,
    ];

    /// The name of a column with this role.
    pub fn word(self) -> &'static str {
        match self {
            Self::Measure => "measure",
            Self::Period => "period",
            Self::First => "first",
            Self::Last => "last",
            Self::Stratifier => "stratifier",
            Self::Stratum => "stratum",
            Self::Numerator => "numerator",
            Self::Denominator => "denominator",
            Self::Excluded => "excluded",
            Self::Organisation => "organisation",
        }
    }
}

/// Which columns of a file are what, and which rows are wanted, where its own
/// names don't say so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Columns by what they are. The stratum's column is that of its code; the
    /// stratifier's code stands in another, or is always the same.
    pub named: BTreeMap<Role, String>,
    /// Code of the stratifier of all strata.
    pub stratifier: Option<String>,
    /// Columns and what must stand in them: other rows are left out.
    pub only: Vec<(String, String)>,
}

/// What can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum ColumnsError {
    /// No `=`.
    #[error("\"{0}\" names no column; write ROLE=COLUMN, such as numerator=breaches")]
    Form(String),
    /// A role that does not exist.
    #[error("\"{found}\" is nothing that a column can be; there are: {roles}")]
    Role {
        /// What was said.
        found: String,
        /// What there is.
        roles: String,
    },
    /// No condition.
    #[error("\"{0}\" is no condition; write COLUMN=TEXT, such as org_code=RF4")]
    Only(String),
}

impl Columns {
    /// Takes `ROLE=COLUMN`, such as `numerator=breaches`. A stratum may say
    /// its stratifier's code, `stratum=department:type`; otherwise that is the
    /// column's name.
    ///
    /// # Errors
    /// If there is no such role.
    pub fn name(&mut self, text: &str) -> Result<(), ColumnsError> {
        let parts = text.split_once('=').map(|(role, column)| (role.trim(), column.trim()));
        let (word, column) = parts
            .filter(|(_, column)| !column.is_empty())
            .ok_or_else(|| ColumnsError::Form(super::shown(text)))?;
        let role = Role::ALL.into_iter().find(|role| role.word() == word);
        let role = role.ok_or_else(|| ColumnsError::Role {
            found: super::shown(word),
            roles: Role::ALL.map(Role::word).join(", "),
        })?;
        let column = match (role, column.split_once(':')) {
            (Role::Stratum, Some((stratifier, column))) => {
                self.stratifier = Some(stratifier.to_owned());
                column
            }
            (Role::Stratum, None) => {
                self.stratifier = Some(column.to_owned());
                column
            }
            _ => column,
        };
        self.named.insert(role, column.to_owned());
        Ok(())
    }

    /// Takes `COLUMN=TEXT`, such as `org_code=RF4`: only such rows are read.
    ///
    /// # Errors
    /// If it has no `=`.
    pub fn want(&mut self, text: &str) -> Result<(), ColumnsError> {
        let parts = text.split_once('=').filter(|(column, _)| !column.trim().is_empty());
        let (column, value) = parts.ok_or_else(|| ColumnsError::Only(super::shown(text)))?;
        self.only.push((column.trim().to_owned(), value.trim().to_owned()));
        Ok(())
    }
}
