// Runs a WebAssembly module in Node.js: node tests/wasm.mjs FILE.wasm [FUNCTION]
//
// Without a function it runs the program of the module: `_start` of wasm32-wasip1, with the files of this machine, and
// `main` of wasm32-unknown-unknown, and exits as the program does. With one, it prints the string that the function
// returns, once per call of two.

import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [file, name] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', preopens: { '/': '/' } });
const module = await WebAssembly.compile(await readFile(file));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
const { exports } = instance;

if (name === undefined && exports._start !== undefined) {
    process.exitCode = wasi.start(instance);
} else if (name === undefined) {
    process.exitCode = exports.main(0, 0);
} else {
    wasi.initialize(instance);
    for (let call = 0; call < 2; call += 1) {
        const start = exports[name]();
        const bytes = new Uint8Array(exports.memory.buffer, start);
        console.log(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))));
    }
}
