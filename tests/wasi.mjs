// Runs a program for wasm32-wasip1 in Node.js, with the files of this machine: node tests/wasi.mjs FILE.wasm

import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const wasi = new WASI({ version: 'preview1', preopens: { '/': '/' } });
const program = await WebAssembly.compile(await readFile(process.argv[2]));
wasi.start(await WebAssembly.instantiate(program, wasi.getImportObject()));
