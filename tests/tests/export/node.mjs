// Looks package codes up as the pages of a static copy do: on each line of the input a code as it is typed, on each line
// of the output what was found. Arguments: the script, and the folder of the copy.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { find, spelled } = await import(pathToFileURL(process.argv[2]));
const get = async (path) => new Response(await readFile(process.argv[3] + path));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await find(spelled(line), get)));
}
