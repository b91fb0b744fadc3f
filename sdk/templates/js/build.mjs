// `npm run build`: action.js → plugin.wasm

import { componentize } from '@bytecodealliance/componentize-js';
import esbuild from 'esbuild';

import { build } from './hookbox/sdk/js/build.mjs';

const { manifest, output, bytes } = await build({ entry: 'action.js', componentize, esbuild });
console.log(`${manifest.name} ${manifest.version}: ${output}, ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
