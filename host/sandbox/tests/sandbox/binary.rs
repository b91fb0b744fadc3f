//! Components made byte by byte, for what no honest tool writes.

/// An unsigned number in LEB128.
pub(crate) fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// A section with its length.
pub(crate) fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &number(content.len())[..], content].concat()
}

/// A component of these sections.
pub(crate) fn component(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x0d\0\x01\0", &sections.concat()[..]].concat()
}

/// The section of a component that holds a core module.
pub(crate) fn core_module(module: &[u8]) -> Vec<u8> {
    section(1, module)
}

/// The section of a component that holds a component.
pub(crate) fn nested(component: &[u8]) -> Vec<u8> {
    section(4, component)
}

/// A core module of `count` functions without arguments, each with this body (its end left out).
pub(crate) fn functions(count: usize, body: &[u8]) -> Vec<u8> {
    // No locals, the body, its end.
    let function = [&[0x00], body, &[0x0b]].concat();
    let entry = [&number(function.len())[..], &function].concat();
    let kinds = [number(count), vec![0; count]].concat();
    let bodies = [number(count), entry.repeat(count)].concat();
    let sections = [section(1, &[1, 0x60, 0, 0]), section(3, &kinds), section(10, &bodies)];
    [b"\0asm\x01\0\0\0", &sections.concat()[..]].concat()
}

/// A component type in which `depth` component types are nested.
pub(crate) fn nested_types(depth: usize) -> Vec<u8> {
    // A component type with one declaration, which is a type; the innermost has none.
    let open: &[u8] = &[0x41, 0x01, 0x01];
    section(7, &[&[1], &open.repeat(depth)[..], &[0x41, 0x00]].concat())
}

/// `depth` types, each a list of the one before.
pub(crate) fn nested_lists(depth: usize) -> Vec<u8> {
    let mut content = number(depth + 1);
    content.push(0x7d);
    for before in 0..depth {
        content.push(0x70);
        // A reference to a type is a signed number.
        content.extend(if before < 64 {
            number(before)
        } else {
            vec![(before & 0x7f) as u8 | 0x80, (before >> 7) as u8]
        });
    }
    section(7, &content)
}

/// `depth` types of instances, each of which exports one of the type before.
pub(crate) fn nested_instances(depth: usize) -> Vec<u8> {
    let mut content = number(depth + 1);
    content.extend([0x42, 0]);
    for before in 0..depth {
        // An alias of the type outside, and an export `x` of an instance of it.
        content.extend([&[0x42, 2, 0x02, 0x03, 0x02, 1], &number(before)[..], b"\x04\0\x01x\x05\0"].concat());
    }
    section(7, &content)
}
