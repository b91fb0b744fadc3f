//! What one call of a component takes from the pool: core instances, linear memories and tables.
//!
//! A component is a tree of modules and components, each of which may be instantiated many times, so the tree is multiplied out.
//! What comes in from outside (an imported module or component) cannot be known and counts as if it had all that is allowed;
//! wasmtime counts once more, exactly, when the component is compiled.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef, Encoding,
    Instance, Payload, Result,
};

use crate::config::PoolConfig;
use crate::report::Fault;

/// What one call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Parts {
    pub(crate) core_instances: u32,
    pub(crate) memories: u32,
    pub(crate) tables: u32,
}

impl Parts {
    /// One fault for each kind of part of which there are more than a component may have.
    pub(super) fn faults(self, pool: &PoolConfig) -> impl Iterator<Item = Fault> {
        [
            ("core instances", self.core_instances, pool.core_instances_per_component),
            ("linear memories", self.memories, pool.memories_per_component),
            ("tables", self.tables, pool.tables_per_component),
        ]
        .into_iter()
        .filter(|(_, is, max)| is > max)
        .map(|(what, is, max)| {
            let message = format!("it has too many parts: a call makes {is} {what}, and {max} is the most");
            Fault::new("parts", message, "merge its modules, or compose fewer components into it")
        })
    }

    /// How many of `pool.calls` places a call takes: the part of the pool that it may use up, at least one.
    pub(crate) fn places(self, pool: &PoolConfig) -> u32 {
        let share = |is: u32, all: u32| (u64::from(is) * u64::from(pool.calls)).div_ceil(u64::from(all.max(1)));
        let places = share(self.core_instances, pool.core_instances)
            .max(share(self.memories, pool.memories))
            .max(share(self.tables, pool.tables));
        u32::try_from(places).unwrap_or(u32::MAX).max(1)
    }

    fn add(&mut self, other: Self) {
        self.core_instances = self.core_instances.saturating_add(other.core_instances);
        self.memories = self.memories.saturating_add(other.memories);
        self.tables = self.tables.saturating_add(other.tables);
    }
}

/// Counts while the sections go by.
pub(super) struct Tally {
    open: Vec<Scope>,
    /// What is counted for what cannot be known.
    unknown: Parts,
    total: Parts,
}

/// A module or component whose sections go by: what instantiating it takes, and what its own definitions would take.
#[derive(Default)]
struct Scope {
    is_module: bool,
    own: Parts,
    modules: Vec<Parts>,
    components: Vec<Parts>,
}

impl Tally {
    pub(super) fn new(pool: &PoolConfig) -> Self {
        let unknown = Parts {
            core_instances: pool.core_instances_per_component,
            memories: pool.memories_per_component,
            tables: pool.tables_per_component,
        };
        Self { open: Vec::new(), unknown, total: Parts::default() }
    }

    /// What instantiating the whole takes, once every section has gone by.
    pub(super) fn total(&self) -> Parts {
        self.total
    }

    /// Takes note of a section.
    pub(super) fn read(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::Version { encoding, .. } => {
                let is_module = *encoding == Encoding::Module;
                let own = Parts { core_instances: is_module.into(), ..Parts::default() };
                self.open.push(Scope { is_module, own, ..Scope::default() });
            }
            Payload::End(_) => self.close(),
            Payload::MemorySection(memories) => {
                self.own(|own| own.memories = own.memories.saturating_add(memories.count()))
            }
            Payload::TableSection(tables) => self.own(|own| own.tables = own.tables.saturating_add(tables.count())),
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    if let Instance::Instantiate { module_index, .. } = instance? {
                        let made = self.made(|scope| &scope.modules, module_index);
                        self.own(|own| own.add(made));
                    }
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances.clone() {
                    if let ComponentInstance::Instantiate { component_index, .. } = instance? {
                        let made = self.made(|scope| &scope.components, component_index);
                        self.own(|own| own.add(made));
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    self.alias(&alias?);
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    match import?.ty {
                        ComponentTypeRef::Module(_) => self.define_module(self.unknown),
                        ComponentTypeRef::Component(_) => self.define_component(self.unknown),
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    let export = export?;
                    self.define_again(export.kind, export.index);
                }
            }
            // Payloads are wasmparser's: no other one instantiates or defines what can be instantiated.
            _ => {}
        }
        Ok(())
    }

    /// An export defines what it exports once more, under the next index.
    fn define_again(&mut self, kind: ComponentExternalKind, index: u32) {
        match kind {
            ComponentExternalKind::Module => self.define_module(self.made(|scope| &scope.modules, index)),
            ComponentExternalKind::Component => self.define_component(self.made(|scope| &scope.components, index)),
            ComponentExternalKind::Func
            | ComponentExternalKind::Value
            | ComponentExternalKind::Type
            | ComponentExternalKind::Instance => {}
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) {
        let outer = |count: u32| self.open.iter().rev().nth(count as usize);
        let of = |parts: Option<&Parts>| parts.copied().unwrap_or(self.unknown);
        match *alias {
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. } => {
                self.define_module(self.unknown);
            }
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => {
                self.define_component(self.unknown);
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index } => {
                self.define_module(of(outer(count).and_then(|scope| scope.modules.get(index as usize))));
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                self.define_component(of(outer(count).and_then(|scope| scope.components.get(index as usize))));
            }
            ComponentAlias::InstanceExport { .. }
            | ComponentAlias::CoreInstanceExport { .. }
            | ComponentAlias::Outer { .. } => {}
        }
    }

    fn made(&self, kind: impl Fn(&Scope) -> &Vec<Parts>, index: u32) -> Parts {
        let defined = self.open.last().and_then(|scope| kind(scope).get(index as usize));
        defined.copied().unwrap_or(self.unknown)
    }

    fn own(&mut self, change: impl FnOnce(&mut Parts)) {
        if let Some(scope) = self.open.last_mut() {
            change(&mut scope.own);
        }
    }

    fn define_module(&mut self, parts: Parts) {
        if let Some(scope) = self.open.last_mut() {
            scope.modules.push(parts);
        }
    }

    fn define_component(&mut self, parts: Parts) {
        if let Some(scope) = self.open.last_mut() {
            scope.components.push(parts);
        }
    }

    fn close(&mut self) {
        let Some(scope) = self.open.pop() else { return };
        match (self.open.is_empty(), scope.is_module) {
            (true, _) => self.total = scope.own,
            (false, true) => self.define_module(scope.own),
            (false, false) => self.define_component(scope.own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use crate::Config;
    use crate::config::PoolConfig;

    fn parts(text: &str) -> Parts {
        super::super::read(&wat::parse_str(text).expect("right"), &Config::default()).parts
    }

    #[test]
    fn what_is_instantiated_many_times_counts_many_times() {
        let parts = parts(
            r#"(component
                (core module $m (memory 1) (memory 1) (table 1 funcref))
                (core instance (instantiate $m))
                (component $twice
                    (alias outer 1 $m (core module $inner))
                    (core instance (instantiate $inner))
                    (core instance (instantiate $inner))
                )
                (instance (instantiate $twice))
                (instance (instantiate $twice))
                (component $four (alias outer 1 $twice (component $t)) (instance (instantiate $t)) (instance (instantiate $t)))
                (instance (instantiate $four)))"#,
        );
        assert_eq!(parts, Parts { core_instances: 9, memories: 18, tables: 9 });
    }

    #[test]
    fn a_call_takes_as_many_places_as_its_part_of_the_pool() {
        let pool = PoolConfig::default();
        let places = |core_instances, memories, tables| Parts { core_instances, memories, tables }.places(&pool);
        assert_eq!(places(0, 0, 0), 1);
        assert_eq!(places(8, 2, 4), 1);
        assert_eq!(places(9, 1, 1), 2);
        assert_eq!(places(64, 1, 1), 8);
        assert_eq!(places(1, 8, 1), 4);
        assert_eq!(places(1, 1, 32), 8);
    }
}
