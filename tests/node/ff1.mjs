// FF1 (NIST SP 800-38G) as the package @noble/ciphers has it: the second opinion on package codes.
//
// A line of JSON a job: radix, key and tweak in hex, numerals to encrypt; the answer is the numerals that come out. It
// lacks any rule of this project; what a package code is made of is not its business.

import { createInterface } from "node:readline";

import { FF1 } from "@noble/ciphers/ff1";

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

for await (const line of createInterface({ input: process.stdin })) {
  const { radix, key, tweak, numerals } = JSON.parse(line);
  const cipher = FF1(radix, bytes(key), bytes(tweak));
  const encrypted = cipher.encrypt(numerals);
  const back = cipher.decrypt(encrypted);
  if (back.length !== numerals.length || back.some((numeral, place) => numeral !== numerals[place])) {
    throw new Error(`decrypting does not undo encrypting: ${line}`);
  }
  console.log(JSON.stringify(encrypted));
}
