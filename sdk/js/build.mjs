// Makes the component: bundles the action's module with the SDK, and gives it an engine by componentize-js.
//
// A project's own `build.mjs` calls it and hands it the tools, so that they are those of the project. A fault of the manifest
// shows before the engine is started, which takes seconds.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** @type {typeof import('./build.d.mts').build} */
export async function build({ entry, componentize, esbuild, output = 'plugin.wasm', wit = join(HERE, '../../wit') }) {
  const work = await mkdtemp(join(tmpdir(), 'hookbox-build-'));
  try {
    const bundle = bundler(esbuild, work);
    const manifest = await manifestOf(await bundle('manifest.mjs', `export * from ${JSON.stringify(resolve(entry))};`), entry);
    const callsOut = manifest.needs.some((/** @type {{ capability: string }} */ { capability }) => capability === 'http');
    // What it does not ask for it does not import.
    const { component } = await explained(entry, componentize({
      sourcePath: await bundle('plugin.js', glue(resolve(entry), callsOut)),
      witPath: resolve(wit),
      worldName: callsOut ? 'action' : 'effects',
      disableFeatures: callsOut ? ['fetch-event'] : ['http', 'fetch-event'],
    }));
    await writeFile(output, component);
    return { manifest, output: resolve(output), bytes: component.length };
  } finally {
    await rm(work, { recursive: true });
  }
}

/**
 * A function that writes one module of a text and all that it imports, with the bindings of `wit/` left as imports.
 * @param {any} esbuild
 * @param {string} work
 */
function bundler(esbuild, work) {
  return async (/** @type {string} */ name, /** @type {string} */ contents) => {
    const outfile = join(work, name);
    await esbuild.build({
      stdin: { contents, resolveDir: process.cwd(), sourcefile: `entry-of-${name}` },
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      target: 'es2022',
      external: ['hookbox:*', 'wasi:*'],
      logLevel: 'warning',
    });
    return outfile;
  };
}

/**
 * What the action says of itself, asked here as the host will ask.
 * @param {string} bundled
 * @param {string} entry
 */
async function manifestOf(bundled, entry) {
  const { describe, run } = await import(pathToFileURL(bundled).href);
  if (typeof describe !== 'function' || typeof run !== 'function') {
    throw new Error(`${entry} exports no action; it has a line like: export const { describe, run } = action({…})`);
  }
  return describe();
}

/**
 * The module that the component begins with: it says which host there is, and exports the action.
 * @param {string} entry
 * @param {boolean} callsOut
 */
function glue(entry, callsOut) {
  const from = (/** @type {string} */ file) => JSON.stringify(join(HERE, 'src', file));
  const [file, http] = callsOut ? ['component-http.js', 'withHttp'] : ['component.js', 'withoutHttp'];
  return [
    `import { install } from ${from('host.js')};`,
    `import { effects } from ${from('component.js')};`,
    `import { ${http} } from ${from(file)};`,
    `import { describe, run } from ${JSON.stringify(entry)};`,
    `install({ ...effects, ...${http} });`,
    'export { describe, run };',
  ].join('\n');
}

/**
 * Says what the engine means: modules are loaded once, when the component is built, and there is no host then.
 * @template T
 * @param {string} entry
 * @param {Promise<T>} componentized
 */
async function explained(entry, componentized) {
  try {
    return await componentized;
  } catch (error) {
    const [, called] = /unknown imported function: '([^']+)'/.exec(String(error)) ?? [];
    if (called === undefined) {
      throw error;
    }
    const why = `${entry}, or what it imports, uses ${called} while it is loaded, which happens once, at build time`;
    throw new Error(`${why}; do it within run (random numbers are such a thing)`, { cause: error });
  }
}
