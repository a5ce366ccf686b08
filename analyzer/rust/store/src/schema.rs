//! Catalogue fields as Tantivy columns, and the columns a given partition really has.

use hashbrown::HashMap;
use serde::Deserialize;
use tantivy::schema::{
    DateOptions, DateTimePrecision, Field, FieldType, IndexRecordOption, IpAddrOptions,
    NumericOptions, Schema, TextFieldIndexing, TextOptions,
};

use crate::error::{Result, StoreFault};

/// The whole document as it came.
pub const SOURCE: &str = "_source";
/// `path NUL value` tokens of everything without a column of its own.
pub const OPEN: &str = "_open";
/// Names of fields whose value did not fit their column (as Elasticsearch's `_ignored`).
pub const IGNORED: &str = "_ignored";
/// Batch position and line: the last tie-breaker of the sort.
pub const SEQUENCE: &str = "_seq";
pub const TIME: &str = "@timestamp";
pub const ID: &str = "event.id";
pub const PLATFORM: &str = "platform.id";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Keyword,
    /// Kept whole, like a keyword.
    Text,
    Ip,
    Date,
    Long,
    Double,
    Boolean,
    /// Open-ended: no column, found through `_open`.
    Flattened,
}

/// One entry of the schema handed in by Python.
#[derive(Clone, Debug, Deserialize)]
pub struct FieldSpec {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Kind,
}

pub fn parse_specs(json: &str) -> Result<Vec<FieldSpec>> {
    let specs: Vec<FieldSpec> = serde_json::from_str(json)
        .map_err(|fault| StoreFault::request(format!("schema: {fault}")))?;
    for (name, kind) in [
        (TIME, Kind::Date),
        (ID, Kind::Keyword),
        (PLATFORM, Kind::Keyword),
    ] {
        if !specs
            .iter()
            .any(|spec| spec.name == name && spec.kind == kind)
        {
            return Err(StoreFault::request(format!(
                "schema: {name} must be a {kind:?}"
            )));
        }
    }
    Ok(specs)
}

fn keyword() -> TextOptions {
    TextOptions::default()
        .set_indexing_options(raw())
        .set_fast("raw")
}

/// No frequencies, no positions, no norms: only which documents hold the value.
fn raw() -> TextFieldIndexing {
    TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic)
}

/// The Tantivy schema of a new partition.
pub fn build(specs: &[FieldSpec]) -> Schema {
    let mut schema = Schema::builder();
    schema.add_text_field(SOURCE, TextOptions::default().set_stored());
    schema.add_text_field(OPEN, TextOptions::default().set_indexing_options(raw()));
    schema.add_text_field(IGNORED, keyword());
    schema.add_u64_field(SEQUENCE, NumericOptions::default().set_fast());
    for spec in specs {
        let name = spec.name.as_str();
        match spec.kind {
            Kind::Keyword | Kind::Text => schema.add_text_field(name, keyword()),
            Kind::Ip => {
                schema.add_ip_addr_field(name, IpAddrOptions::default().set_indexed().set_fast())
            }
            Kind::Date => schema.add_date_field(name, date()),
            Kind::Long => schema.add_i64_field(name, NumericOptions::default().set_fast()),
            Kind::Double => schema.add_f64_field(name, NumericOptions::default().set_fast()),
            Kind::Boolean => {
                schema.add_bool_field(name, NumericOptions::default().set_indexed().set_fast())
            }
            Kind::Flattened => continue,
        };
    }
    schema.build()
}

fn date() -> DateOptions {
    DateOptions::default()
        .set_fast()
        .set_precision(DateTimePrecision::Microseconds)
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub field: Field,
    pub kind: Kind,
}

/// The typed columns of one partition: an older one may lack fields the catalogue has gained since.
pub struct Columns {
    named: HashMap<String, Column>,
    pub source: Field,
    pub open: Field,
    pub ignored: Field,
    pub sequence: Field,
    pub time: Field,
}

impl Columns {
    pub fn of(schema: &Schema) -> Result<Self> {
        let internal = |name: &str| -> Result<Field> { Ok(schema.get_field(name)?) };
        let named = schema
            .fields()
            .filter_map(|(field, entry)| {
                let kind = kind_of(entry.field_type())?;
                let shown = !entry.name().starts_with('_') || entry.name() == IGNORED;
                shown.then(|| (entry.name().to_owned(), Column { field, kind }))
            })
            .collect();
        Ok(Self {
            named,
            source: internal(SOURCE)?,
            open: internal(OPEN)?,
            ignored: internal(IGNORED)?,
            sequence: internal(SEQUENCE)?,
            time: internal(TIME)?,
        })
    }

    pub fn get(&self, name: &str) -> Option<Column> {
        self.named.get(name).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Column)> {
        self.named
            .iter()
            .map(|(name, column)| (name.as_str(), *column))
    }
}

fn kind_of(field_type: &FieldType) -> Option<Kind> {
    match field_type {
        FieldType::Str(_) => Some(Kind::Keyword),
        FieldType::IpAddr(_) => Some(Kind::Ip),
        FieldType::Date(_) => Some(Kind::Date),
        FieldType::I64(_) => Some(Kind::Long),
        FieldType::F64(_) => Some(Kind::Double),
        FieldType::Bool(_) => Some(Kind::Boolean),
        _ => None,
    }
}
