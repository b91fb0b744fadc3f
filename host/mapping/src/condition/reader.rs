//! What a condition reads, converted when it is asked for and charged for its size.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use serde_json::{Number, Value};

use super::check::Names;
use crate::datum::Datum;
use crate::path::Key;
use crate::scope::{Remembered, Scope};

/// Finds `payload.a.b` and its like. The interpreter asks for the longest name first, so that only its end is converted.
pub(super) struct Reader<'s> {
    scope: &'s Scope<'s>,
    names: &'s Names,
    contact: Remembered<'s>,
    steps: Remembered<'s>,
    /// What is left of the work, in bytes; 0 when it is used up.
    left: AtomicUsize,
}

impl<'s> Reader<'s> {
    pub(super) fn new(scope: &'s Scope<'s>, names: &'s Names, work_bytes_max: usize) -> Self {
        Self {
            scope,
            names,
            contact: Remembered::new(scope.contact, &names.reads.contact),
            steps: Remembered::new(scope.steps, &names.reads.steps),
            left: AtomicUsize::new(work_bytes_max.saturating_add(1)),
        }
    }

    /// Whether it read more than it may: what the condition gave then means nothing.
    pub(super) fn exhausted(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Charges for what is handed to the condition, each part of which may look at it.
    fn charge(&self, bytes: usize) -> Option<()> {
        self.spend(bytes.saturating_add(1).saturating_mul(self.names.parts.max(1)))
    }

    /// Takes from the work; `None` once it is used up.
    fn spend(&self, cost: usize) -> Option<()> {
        let left = self.left.load(Ordering::Relaxed).saturating_sub(cost);
        self.left.store(left, Ordering::Relaxed);
        (left > 0).then_some(())
    }

    fn value<'a>(&self, value: &'a Value) -> Option<Box<dyn Val + 'a>> {
        match Datum::of(value) {
            Some(datum) => self.datum(datum),
            None => self.charge(0).map(|()| Box::new(CelNull) as Box<dyn Val>),
        }
    }

    fn datum<'a>(&self, datum: Datum<'a>) -> Option<Box<dyn Val + 'a>> {
        use std::borrow::Cow::{Borrowed, Owned};
        match datum {
            Datum::Text(text) => {
                self.charge(text.len())?;
                Some(Box::new(CelString::from(text)))
            }
            Datum::Boolean(truth) => self.charge(0).map(|()| Box::new(CelBool::from(truth)) as Box<dyn Val>),
            Datum::Number(number) => self.charge(0).map(|()| number_of(&number)),
            Datum::Array(Borrowed(items)) => self.list(items.iter().map(|item| self.value(item))),
            Datum::Array(Owned(items)) => self.list(items.into_iter().map(|item| self.owned(item))),
            Datum::Object(Borrowed(members)) => {
                self.map(members.iter().map(|(name, value)| (CelString::from(name.as_str()), self.value(value))))
            }
            Datum::Object(Owned(members)) => {
                self.map(members.into_iter().map(|(name, value)| (CelString::from(name), self.owned(value))))
            }
        }
    }

    fn owned<'a>(&self, value: Value) -> Option<Box<dyn Val + 'a>> {
        match Datum::from_value(value) {
            Some(datum) => self.datum(datum),
            None => self.charge(0).map(|()| Box::new(CelNull) as Box<dyn Val>),
        }
    }

    fn list<'a>(&self, items: impl Iterator<Item = Option<Box<dyn Val + 'a>>>) -> Option<Box<dyn Val + 'a>> {
        self.charge(0)?;
        Some(Box::new(CelList::from(items.collect::<Option<Vec<_>>>()?)))
    }

    fn map<'a>(
        &self,
        members: impl Iterator<Item = (CelString<'a>, Option<Box<dyn Val + 'a>>)>,
    ) -> Option<Box<dyn Val + 'a>> {
        self.charge(0)?;
        let mut map = HashMap::new();
        for (name, value) in members {
            self.charge(name.inner().len())?;
            map.insert(CelMapKey::String(name), value?);
        }
        Some(Box::new(CelMap::from(map)))
    }

    /// The payload as far as the condition names it.
    fn payload(&self) -> Option<Box<dyn Val + '_>> {
        match self.scope.payload {
            Value::Object(members) if !self.names.whole_payload => {
                let named = self.names.payload.iter().filter_map(|name| members.get_key_value(name));
                self.map(named.map(|(name, value)| (CelString::from(name.as_str()), self.value(value))))
            }
            whole => self.value(whole),
        }
    }

    /// The value of `names.a.b`, or an object of all that the condition names when there is no `rest`. What a look-up makes
    /// is charged once: it is kept.
    fn looked_up<'b>(
        &'b self,
        lookup: &'b Remembered<'s>,
        named: &'b BTreeSet<String>,
        rest: Option<&str>,
    ) -> Option<Box<dyn Val + 'b>> {
        let find = |name: &str| {
            let (datum, made_bytes) = lookup.look_up_at_cost(name);
            self.spend(made_bytes)?;
            datum
        };
        let Some(rest) = rest else {
            let found = named.iter().filter_map(|name| Some((name, find(name)?)));
            return self.map(found.map(|(name, datum)| (CelString::from(name.as_str()), self.datum(datum))));
        };
        let mut names = rest.split('.');
        let first = find(names.next()?)?;
        self.datum(names.try_fold(first, |datum, name| datum.child(&Key::Name(name.to_owned())))?)
    }
}

impl VariableResolver for Reader<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        if self.exhausted() {
            return None;
        }
        let (root, rest) = match variable.split_once('.') {
            Some((root, rest)) => (root, Some(rest)),
            None => (variable, None),
        };
        let value = match (root, rest) {
            ("payload", None) => self.payload(),
            ("payload", Some(rest)) => {
                let found = rest.split('.').try_fold(self.scope.payload, |value, name| value.get(name));
                self.value(found?)
            }
            ("contact", rest) => self.looked_up(&self.contact, &self.names.reads.contact, rest),
            ("steps", rest) => self.looked_up(&self.steps, &self.names.reads.steps, rest),
            _ => None,
        };
        value.map(CowVal::Owned)
    }
}

/// Whole numbers stay whole.
fn number_of<'a>(number: &Number) -> Box<dyn Val + 'a> {
    match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) => Box::new(CelInt::from(whole)),
        (None, Some(whole)) => Box::new(CelUInt::from(whole)),
        (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
    }
}
