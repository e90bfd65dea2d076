//! What each operation made, and where.

/// The kind of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fence) enum Shape {
    Map,
    List,
    Text,
}

/// An object of the document.
#[derive(Clone, Copy, Debug)]
pub(in crate::fence) struct Object {
    pub(in crate::fence) shape: Shape,
    pub(in crate::fence) depth: u8,
}

impl Object {
    pub(in crate::fence) const ROOT: Self = Self { shape: Shape::Map, depth: 0 };
}

/// An operation: its author's number and its counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fence) struct OperationId {
    pub(in crate::fence) actor: u32,
    pub(in crate::fence) counter: u64,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fence) enum Place {
    /// Under a key of a map.
    Key { object: u32, key: u32 },
    /// At an element of a list or text; the element is named after the operation that made it.
    Element { object: u32, element: OperationId },
}

/// One operation as far as later ones may refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fence) enum Record {
    /// It deleted something; nothing can refer to it.
    Deletion,
    /// It inserted an element named after itself.
    Insertion { object: u32, made: Option<u32> },
    /// It put a value somewhere.
    Value { place: Place, made: Option<u32> },
}

impl Record {
    /// The object the operation made.
    pub(in crate::fence) fn made(self) -> Option<u32> {
        match self {
            Self::Deletion => None,
            Self::Insertion { made, .. } | Self::Value { made, .. } => made,
        }
    }

    /// The place the value of this operation, `id`, stands at.
    pub(in crate::fence) fn place(self, id: OperationId) -> Option<Place> {
        match self {
            Self::Deletion => None,
            Self::Insertion { object, .. } => Some(Place::Element { object, element: id }),
            Self::Value { place, .. } => Some(place),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    length: u64,
    record: Record,
}

/// The operations of one actor, in rising order, equal neighbours joined.
#[derive(Clone, Debug, Default)]
pub(in crate::fence) struct OperationLog {
    runs: Vec<Run>,
}

impl OperationLog {
    /// Adds operations with counters from `first`, higher than all before.
    pub(in crate::fence) fn extend(&mut self, first: u64, records: &[Record]) {
        for (counter, record) in (first..).zip(records) {
            self.push(counter, *record);
        }
    }

    fn push(&mut self, counter: u64, record: Record) {
        if let Some(last) = self.runs.last_mut()
            && last.record == record
            && last.first + last.length == counter
        {
            last.length += 1;
            return;
        }
        self.runs.push(Run { first: counter, length: 1, record });
    }

    /// The operation with this counter.
    pub(in crate::fence) fn get(&self, counter: u64) -> Option<Record> {
        let behind = self.runs.partition_point(|run| run.first <= counter);
        let run = self.runs.get(behind.checked_sub(1)?)?;
        (counter < run.first + run.length).then_some(run.record)
    }
}
