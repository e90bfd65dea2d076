//! The rules for single operations.

use std::collections::HashMap;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ObjType, ScalarValue};

use super::header::Actors;
use crate::fence::index::{Entry, Object, OperationId, Place, ROOT, Record, Shape, index_number};
use crate::fence::{FenceRefusal, Index, OBJECT_DEPTH};

/// Checks the operations of one change in turn, each against the past and those before it.
pub(super) struct Checker<'a> {
    index: &'a Index,
    entry: &'a Entry,
    actors: &'a Actors,
    records: Vec<Record>,
    objects: Vec<Object>,
    keys: HashMap<Box<str>, u32>,
    new_keys: Vec<Box<str>>,
}

/// The address of an operation.
enum Target {
    Insert,
    At(Place),
}

impl<'a> Checker<'a> {
    pub(super) fn new(index: &'a Index, entry: &'a Entry, actors: &'a Actors) -> Self {
        Self {
            index,
            entry,
            actors,
            records: Vec::new(),
            objects: Vec::new(),
            keys: HashMap::new(),
            new_keys: Vec::new(),
        }
    }

    /// What the index must learn: operations, objects and keys.
    pub(super) fn finish(self) -> (Vec<Record>, Vec<Object>, Vec<Box<str>>) {
        (self.records, self.objects, self.new_keys)
    }

    pub(super) fn check(&mut self, op: &Op) -> Result<(), FenceRefusal> {
        let object = self.object(&op.obj)?;
        let shape = self.object_at(object).shape;
        let target = self.target(op, object, shape)?;
        self.check_predecessors(op, &target)?;
        if shape == Shape::Text {
            self.check_text(op, &target)?;
        }
        let record = self.record(op, object, target)?;
        self.records.push(record);
        Ok(())
    }

    /// The counter of the operation under check.
    fn counter(&self) -> u64 {
        self.entry.first + self.records.len() as u64
    }

    fn object_at(&self, object: u32) -> Object {
        let known = self.index.objects();
        let object = object as usize;
        known.get(object).copied().unwrap_or_else(|| self.objects[object - known.len()])
    }

    /// The operation `id`, if it lies in the causal past or earlier in this change.
    fn find(&self, id: OperationId) -> Option<Record> {
        if id.actor == self.entry.actor && id.counter >= self.entry.first {
            let position = usize::try_from(id.counter - self.entry.first).ok()?;
            return self.records.get(position).copied();
        }
        let author = self.index.author(id.actor)?;
        let own = u32::from(id.actor == self.entry.actor);
        let seen = (self.entry.clock.of(id.actor) - own).checked_sub(1)?;
        let last = author.steps.get(seen as usize)?.last;
        (id.counter <= last).then(|| author.operations.get(id.counter))?
    }

    fn object(&self, object: &ObjectId) -> Result<u32, FenceRefusal> {
        let ObjectId::Id(id) = object else {
            return Ok(ROOT);
        };
        let record = self.actors.locate(id).and_then(|id| self.find(id));
        record.and_then(Record::made).ok_or(FenceRefusal::UnknownObject { operation: self.counter() })
    }

    fn target(&mut self, op: &Op, object: u32, shape: Shape) -> Result<Target, FenceRefusal> {
        let operation = self.counter();
        match (&op.key, shape) {
            (Key::Map(key), Shape::Map) if !op.insert => {
                let key = self.key(key);
                Ok(Target::At(Place::Key { object, key }))
            }
            (Key::Seq(ElementId::Head), Shape::List | Shape::Text) if op.insert => Ok(Target::Insert),
            (Key::Seq(ElementId::Id(id)), Shape::List | Shape::Text) => {
                let element = self.element(id, object)?;
                Ok(if op.insert { Target::Insert } else { Target::At(Place::Element { object, element }) })
            }
            _ => Err(FenceRefusal::WrongPlace { operation }),
        }
    }

    fn key(&mut self, key: &str) -> u32 {
        if let Some(number) = self.index.key(key).or_else(|| self.keys.get(key).copied()) {
            return number;
        }
        let number = self.index.next_key() + index_number(self.new_keys.len());
        self.keys.insert(key.into(), number);
        self.new_keys.push(key.into());
        number
    }

    fn element(&self, id: &OpId, object: u32) -> Result<OperationId, FenceRefusal> {
        let unknown = FenceRefusal::UnknownElement { operation: self.counter() };
        let Some(id) = self.actors.locate(id) else {
            return Err(unknown);
        };
        match self.find(id) {
            Some(Record::Insertion { object: home, .. }) if home == object => Ok(id),
            _ => Err(unknown),
        }
    }

    fn check_predecessors(&self, op: &Op, target: &Target) -> Result<(), FenceRefusal> {
        let operation = self.counter();
        let mut previous = None;
        for pred in op.pred.iter() {
            let place = (pred.counter(), pred.actor().to_bytes());
            if previous.is_some_and(|previous| previous >= place) {
                return Err(FenceRefusal::PredecessorOrder { operation });
            }
            previous = Some(place);
        }
        let Target::At(place) = target else {
            let free = op.pred.is_empty();
            return free.then_some(()).ok_or(FenceRefusal::InsertReplaces { operation });
        };
        let at_element = matches!(place, Place::Element { .. });
        if op.pred.is_empty() && (at_element || op.action == OpType::Delete) {
            return Err(FenceRefusal::NoPredecessor { operation });
        }
        let mut places = op.pred.iter().map(|pred| self.place_of(pred));
        if places.all(|found| found == Some(*place)) {
            Ok(())
        } else {
            Err(FenceRefusal::UnknownPredecessor { operation })
        }
    }

    fn place_of(&self, pred: &OpId) -> Option<Place> {
        let id = self.actors.locate(pred)?;
        self.find(id)?.place(id)
    }

    /// Text has one character per element, never replaced, so that every character has one author.
    fn check_text(&self, op: &Op, target: &Target) -> Result<(), FenceRefusal> {
        let allowed = match (target, &op.action) {
            (Target::Insert, OpType::Put(ScalarValue::Str(text))) => text.chars().count() == 1,
            (Target::At(_), OpType::Delete) => true,
            _ => false,
        };
        let operation = self.counter();
        allowed.then_some(()).ok_or(FenceRefusal::TextOperation { operation })
    }

    fn record(&mut self, op: &Op, object: u32, target: Target) -> Result<Record, FenceRefusal> {
        let operation = self.counter();
        let made = match &op.action {
            OpType::Delete if op.insert => {
                return Err(FenceRefusal::NoPredecessor { operation });
            }
            OpType::Delete => return Ok(Record::Deletion),
            OpType::Make(ObjType::Map) => Some(self.make(Shape::Map, object)?),
            OpType::Make(ObjType::List) => Some(self.make(Shape::List, object)?),
            OpType::Make(ObjType::Text) => Some(self.make(Shape::Text, object)?),
            OpType::Put(value) if is_plain(value) => None,
            _ => return Err(FenceRefusal::UnsupportedOperation { operation }),
        };
        Ok(match target {
            Target::Insert => Record::Insertion { object, made },
            Target::At(place) => Record::Value { place, made },
        })
    }

    fn make(&mut self, shape: Shape, parent: u32) -> Result<u32, FenceRefusal> {
        let depth = self.object_at(parent).depth + 1;
        if depth > OBJECT_DEPTH {
            let operation = self.counter();
            return Err(FenceRefusal::TooDeep { operation });
        }
        let number = index_number(self.index.objects().len() + self.objects.len());
        self.objects.push(Object { shape, depth });
        Ok(number)
    }
}

/// Counters merge by rules of their own, and unknown values have none; documents use neither.
fn is_plain(value: &ScalarValue) -> bool {
    !matches!(value, ScalarValue::Counter(_) | ScalarValue::Unknown { .. })
}
