//! Finds out which keys a configuration struct knows, by being the deserializer that it tells its fields to.

use serde::de::value::{Error, SeqDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};

/// Every key that `T` knows, in full (`store.cache_bytes`), sorted.
pub(super) fn known_keys<T: DeserializeOwned>() -> Vec<String> {
    let mut keys = Vec::new();
    T::deserialize(Listening { path: String::new(), keys: &mut keys }).expect("every field takes an empty value");
    keys.sort();
    keys
}

/// Gives every struct each of its fields, and every other value an empty one.
struct Listening<'a> {
    path: String,
    keys: &'a mut Vec<String>,
}

/// The fields of one struct, in turn.
struct Fields<'a> {
    path: String,
    keys: &'a mut Vec<String>,
    names: std::slice::Iter<'static, &'static str>,
    name: &'static str,
}

impl<'de> Deserializer<'de> for Listening<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { path: self.path, keys: self.keys, names: fields.iter(), name: "" })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.keys.push(self.path);
        visitor.visit_u64(1)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.keys.push(self.path);
        visitor.visit_bool(false)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.keys.push(self.path);
        visitor.visit_none()
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.keys.push(self.path);
        visitor.visit_str("")
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.keys.push(self.path);
        visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<()>()))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.keys.push(self.path);
        let first: StrDeserializer<'_, Error> = variants[0].into_deserializer();
        visitor.visit_enum(first)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.names.next() else { return Ok(None) };
        self.name = name;
        let name: StrDeserializer<'_, Error> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let path = if self.path.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.path, self.name) };
        seed.deserialize(Listening { path, keys: self.keys })
    }
}
