// Runs the verification of the pages over files: on each line of the input one file in hex and what its reader
// expects, on each line of the output the steps.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { webcrypto } from "node:crypto";

// Older versions have it, but not under the name that browsers give it.
globalThis.crypto ??= webcrypto;
const { verify } = await import(pathToFileURL(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const { hex, expected } = JSON.parse(line);
  console.log(JSON.stringify(await verify(new Uint8Array(Buffer.from(hex, "hex")), expected)));
}
