//! What a condition reads, converted when it is asked for and charged for its size.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use serde_json::{Number, Value};

use super::check::Names;
use crate::datum::Datum;
use crate::path::Key;
use crate::scope::{Lookup, Scope};

/// Finds `payload.a.b` and its like. The interpreter asks for the longest name first, so that only its end is converted.
pub(super) struct Reader<'s> {
    scope: &'s Scope<'s>,
    names: &'s Names,
    /// What is left of the work, in bytes; 0 when it is used up.
    left: AtomicUsize,
}

impl<'s> Reader<'s> {
    pub(super) fn new(scope: &'s Scope<'s>, names: &'s Names, work_bytes_max: usize) -> Self {
        Self { scope, names, left: AtomicUsize::new(work_bytes_max.saturating_add(1)) }
    }

    /// Whether it read more than it may: what the condition gave then means nothing.
    pub(super) fn exhausted(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn charge(&self, bytes: usize) -> Option<()> {
        let cost = bytes.saturating_add(1).saturating_mul(self.names.parts.max(1));
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

    fn looked_up<'b>(
        &'b self,
        lookup: &'b dyn Lookup,
        named: impl Iterator<Item = &'b String>,
        rest: Option<&str>,
    ) -> Option<Box<dyn Val + 'b>> {
        let Some(rest) = rest else {
            let found = named.filter_map(|name| Some((name, lookup.look_up(name)?)));
            return self.map(found.map(|(name, datum)| (CelString::from(name.as_str()), self.datum(datum))));
        };
        let mut names = rest.split('.');
        let first = lookup.look_up(names.next()?)?;
        self.datum(names.try_fold(first, |datum, name| datum.child(&Key::Name(name.to_owned())))?)
    }
}

impl VariableResolver for Reader<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
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
            ("contact", rest) => self.looked_up(self.scope.contact, self.names.contact.iter(), rest),
            ("steps", rest) => self.looked_up(self.scope.steps, self.names.steps.iter(), rest),
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
