//! How deep the types of a component are nested in one another, found before wasmparser reads them: its reader recurses with
//! them, so that a few bytes for each of a million levels would end the whole host.

use wasmparser::{
    BinaryReader, ComponentAlias, ComponentExternName, ComponentImport, ComponentType, ComponentTypeRef, CoreType,
    Result,
};

/// The most declarations of one component or instance type that are looked at; wasmparser's own limit.
const DECLARATIONS_MAX: u32 = 1_000_000;

/// The deepest nesting of the types in `section`, which begins at byte `begins`; at most one level more than `levels_max`, as
/// deeper ones are not followed.
pub(super) fn deepest(section: &[u8], begins: usize, levels_max: u32) -> Result<u32> {
    let mut reader = BinaryReader::new(section, begins);
    let mut deepest = 0;
    for _ in 0..reader.read_var_u32()? {
        deepest = deepest.max(type_depth(&mut reader, levels_max)?);
        if deepest > levels_max {
            break;
        }
    }
    Ok(deepest)
}

fn type_depth(reader: &mut BinaryReader<'_>, levels_left: u32) -> Result<u32> {
    let kind = reader.clone().read_u8()?;
    if !matches!(kind, 0x41 | 0x42) {
        return reader.read::<ComponentType<'_>>().map(|_| 0);
    }
    if levels_left == 0 {
        return Ok(1);
    }
    reader.read_u8()?;
    let mut deepest = 0;
    for _ in 0..reader.read_var_u32()?.min(DECLARATIONS_MAX) {
        deepest = deepest.max(declaration_depth(reader, levels_left - 1)?);
        if deepest > levels_left - 1 {
            // What follows was not read up to its beginning.
            break;
        }
    }
    Ok(deepest + 1)
}

/// One declaration in the type of a component or an instance, as the binary format of components has it.
fn declaration_depth(reader: &mut BinaryReader<'_>, levels_left: u32) -> Result<u32> {
    match reader.clone().read_u8()? {
        0x00 => {
            reader.read_u8()?;
            reader.read::<CoreType<'_>>()?;
        }
        0x01 => {
            reader.read_u8()?;
            return type_depth(reader, levels_left);
        }
        0x02 => {
            reader.read_u8()?;
            reader.read::<ComponentAlias<'_>>()?;
        }
        0x03 => {
            reader.read_u8()?;
            reader.read::<ComponentImport<'_>>()?;
        }
        _ => {
            reader.read_u8()?;
            reader.read::<ComponentExternName<'_>>()?;
            reader.read::<ComponentTypeRef>()?;
        }
    }
    Ok(0)
}
