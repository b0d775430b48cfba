// Checks an evidence file (tianma-trace/evidence/1) in the reader's own browser: docs/FORMATS.md, "Evidence file".
//
// It owns the recomputation and nothing of the page; check.js shows what it finds. SHA-256 and Ed25519 are the
// browser's (WebCrypto); a browser without Ed25519 leaves the signatures unchecked and says so.

const SCHEMA = "tianma-trace/evidence/1";
const FIELDS = ["batch", "checkpoint", "entries", "keys", "opened", "package", "schema", "witnesses"];
/** Kinds whose inputs may be void: they only speak of them, or take stock of them. */
const FROZEN_TOO = ["adjust", "hold", "inspect", "recall", "return", "void_codes"];

const utf8 = new TextEncoder();
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const words = (zh, en) => ({ zh, en });

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Padded standard base64 in its one spelling, or base64url without padding; null for anything else. */
function base64(text, url) {
  try {
    const standard = url ? text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=") : text;
    const binary = atob(standard);
    return btoa(binary) === standard ? Uint8Array.from(binary, (c) => c.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

function unhex(text, length) {
  return new RegExp(`^[0-9a-f]{${2 * length}}$`).test(text)
    ? Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16))
    : null;
}

/** The RFC 8785 text of a value; whatever the formats do not allow throws. */
export function canonical(value) {
  if (typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") throw new TypeError(`${value}`);
  const member = (key) => `${JSON.stringify(key)}:${canonical(value[key])}`;
  return `{${Object.keys(value).sort().map(member).join(",")}}`;
}

/** Whether a moment or day comes no later than another; if either is a day, days are compared. */
const noLater = (a, b) => (a.length > 10 && b.length > 10 ? a <= b : a.slice(0, 10) <= b.slice(0, 10));

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** true or false; null where this browser has no Ed25519. */
async function ed25519(key, signature, message) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    return error.name === "DataError" ? false : null;
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** A step under way: collects faults, and ends with a verdict. */
function step(name) {
  const faults = [];
  const fault = (place, zh, en, record) => faults.push({ place, record, zh, en });
  const ends = (zh, en, open) => ({
    name,
    verdict: faults.length ? "failed" : open ? "not_checked" : "proven",
    says: faults.length ? words(`有 ${faults.length} 处不成立`, `${faults.length} fault(s)`) : words(zh, en),
    faults,
  });
  return { fault, ends };
}

function readFile(bytes, expected) {
  const { fault, ends } = step("file");
  let file = null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    file = JSON.parse(text);
    if (file.schema !== SCHEMA) fault("/schema", `格式不是 ${SCHEMA}`, `the schema is not ${SCHEMA}`);
    else if (canonical(file) !== text)
      fault("", "与 RFC 8785 写法不同，文件被改动或重写过", "it differs from its RFC 8785 form: altered or written anew");
    const other = Object.keys(file).find((key) => !FIELDS.includes(key));
    if (other) fault(`/${other}`, "不认识的字段", "unknown field");
    file.entries.forEach((entry, i) => {
      const fits = typeof entry.entry === "string" && Number.isSafeInteger(entry.index) && unhex(entry.record, 32);
      if (!fits || (i > 0 && file.entries[i - 1].index >= entry.index))
        fault(`/entries/${i}`, "条目的形式或顺序不对", "an entry of the wrong form or out of order");
    });
    if (expected.batch && file.batch !== expected.batch)
      fault("/batch", `文件说的是另一个批次 ${file.batch}`, `the file is about another batch, ${file.batch}`);
  } catch (error) {
    fault("", `文件读不出来：${error.message}`, `the file cannot be read: ${error.message}`);
  }
  const count = file?.entries?.length ?? 0;
  const done = ends(`格式正确、写法唯一，含 ${count} 条日志条目`, `of the right form and in its one spelling, with ${count} entries`);
  return { file, done };
}

function readEntries(file) {
  const { fault, ends } = step("bytes");
  const read = file.entries.map((raw, i) => {
    const one = { at: `/entries/${i}`, index: raw.index, claimed: raw.record, bytes: utf8.encode(raw.entry), entry: null };
    try {
      const entry = JSON.parse(raw.entry);
      if (canonical(entry) !== raw.entry) throw new TypeError("not canonical");
      if (entry.record.schema !== "tianma-trace/record/1") throw new TypeError("no record");
      one.recordBytes = utf8.encode(canonical(entry.record));
      one.record = { inputs: [], outputs: [], sealed: {}, ...entry.record };
      one.stated = entry.record.kind === "correct" ? entry.record.details.kind : entry.record.kind;
      one.entry = entry;
    } catch (error) {
      fault(`${one.at}/entry`, `不是规范的条目字节（${error.message}）`, `not the canonical bytes of an entry (${error.message})`, raw.record);
    }
    return one;
  });
  const count = read.length;
  return { read, done: ends(`${count} 条都是规范字节：重新书写后逐字节相同`, `all ${count} are canonical: written anew, they are the same byte for byte`) };
}

async function checkIds(read, shown) {
  const { fault, ends } = step("ids");
  for (const one of read.filter((one) => one.entry)) {
    one.id = hex(await sha256(one.recordBytes));
    if (one.id !== one.claimed)
      fault(`${one.at}/record`, `由字节算出的指纹是 ${one.id}`, `the bytes give the id ${one.id}`, one.claimed);
  }
  const held = new Set(read.map((one) => one.id));
  for (const id of shown.filter((id) => !held.has(id)))
    fault("/entries", "页面上的这条记录不在文件里", "this record, which the page shows, is not in the file", id);
  const count = read.length;
  return ends(`${count} 条记录的 SHA-256 都与指纹相符`, `the SHA-256 of each of ${count} records is its id`);
}

/** Makers by batch, oldest first, and what each record supersedes. */
function graph(read, fault) {
  const byId = new Map();
  const makers = new Map();
  const by = new Map();
  for (const one of read.filter((one) => one.id)) {
    const { record, at } = one;
    const old = record.supersedes && byId.get(record.supersedes);
    if (record.supersedes && !old) fault(`${at}/entry`, "被取代的记录不在文件里", "the record that it supersedes is not in the file", one.id);
    if (old && by.has(old.id)) fault(`${at}/entry`, "被取代的记录已有更新的版本", "what it supersedes has a newer version", one.id);
    const made = (other) => other.record.outputs.map((output) => output.batch).join();
    if (old && record.kind === "correct" && (one.stated !== old.stated || made(one) !== made(old)))
      fault(`${at}/entry`, "更正没有保留类型和产出批次", "a correction keeps neither kind nor batches", one.id);
    for (const { batch } of record.outputs) {
      const versions = makers.get(batch) ?? [];
      const known = versions.length === 0 || (old && versions.includes(old));
      if (!known) fault(`${at}/entry`, `批次 ${batch} 已由另一条记录产生`, `batch ${batch} was made by another record`, one.id);
      makers.set(batch, [...versions, one]);
    }
    if (old) by.set(old.id, one);
    byId.set(one.id, one);
  }
  return { byId, makers, by };
}

function checkLineage(file, read) {
  const { fault, ends } = step("lineage");
  const { byId, makers, by } = graph(read, fault);
  const reached = new Set([file.batch]);
  const way = new Set();
  for (const batch of reached) {
    for (const maker of makers.get(batch) ?? []) {
      way.add(maker);
      maker.record.inputs.forEach((input) => reached.add(input.batch));
    }
  }
  if (!makers.has(file.batch)) fault("/batch", `没有产生批次 ${file.batch} 的记录`, `no record made batch ${file.batch}`);
  let speaking = 0;
  let received = "";
  for (const one of read.filter((one) => one.id)) {
    if (one.entry.received_at < received) fault(`${one.at}/entry`, "收到的时间早于前面一条", "received before the entry before it", one.id);
    received = one.entry.received_at;
    const names = one.record.inputs.some((input) => reached.has(input.batch));
    if (names && !way.has(one)) speaking += 1;
    one.record.inputs.forEach((input, n) => {
      const wrong = edge(one, input, byId, makers, by, way.has(one) || reached.has(input.batch));
      if (wrong) fault(`${one.at}/entry`, `/inputs/${n}：${wrong.zh}`, `/inputs/${n}: ${wrong.en}`, one.id);
    });
  }
  const circle = cycle(makers, by, reached);
  if (circle) fault("/entries", `批次 ${circle} 出现在自己的来源里`, `batch ${circle} descends from itself`);
  const { package: of } = file;
  const issues = (one) => one.stated === "issue_codes" && one.record.details.issue === of.issue && one.record.inputs[0]?.batch === file.batch;
  if (of && !read.some((one) => one.id && issues(one)))
    fault("/package", "没有这个赋码批的记录", "no record made this code issue");
  return ends(
    `从批次 ${file.batch} 往回，${way.size} 条记录产生了 ${reached.size} 个批次，每个来源都有记录、在先、不成环；另有 ${speaking} 条记录说到这些批次`,
    `back from batch ${file.batch}, ${way.size} records made ${reached.size} batches; every input's record is there, came before, and nothing descends from itself; ${speaking} more records speak of these batches`,
  );
}

/** What is wrong with an input; nothing of batches that do not belong here and whose records are elsewhere. */
function edge(one, input, byId, makers, by, needed) {
  const maker = byId.get(input.record);
  if (!maker) return needed && words(`批次 ${input.batch} 的来源记录不在文件里`, `the record of batch ${input.batch} is not in the file`);
  if (maker.index >= one.index) return words("来源记录在后", "the input's record comes later");
  const makes = (other) => other.record.outputs.some((output) => output.batch === input.batch);
  if (!makes(maker)) return words(`该记录没有产生批次 ${input.batch}`, `that record did not make batch ${input.batch}`);
  const newest = makers.get(input.batch).filter((version) => version.index < one.index).pop();
  const kept = byId.get(one.record.supersedes)?.record.inputs.some((had) => had.batch === input.batch && had.record === input.record);
  if (newest !== maker && !(one.record.kind === "correct" && kept))
    return words(`批次 ${input.batch} 当时已有更新的版本`, `batch ${input.batch} had a newer version by then`);
  const ended = by.get(newest.id);
  if (ended?.record.kind === "void" && ended.index < one.index && !FROZEN_TOO.includes(one.stated))
    return words(`批次 ${input.batch} 已作废`, `batch ${input.batch} was void`);
  if (!noLater(newest.record.occurred_at, one.record.occurred_at))
    return words(`早于来源批次 ${input.batch} 的产生`, `it happened before batch ${input.batch} was made`);
  return null;
}

/** A batch that descends from itself over records in force, if there is one. */
function cycle(makers, by, reached) {
  const inputs = (batch) => {
    const newest = makers.get(batch)?.at(-1);
    return newest && !by.has(newest.id) ? newest.record.inputs.map((input) => input.batch) : [];
  };
  const done = new Set();
  for (const start of reached) {
    const open = new Set();
    const stack = [[start, false]];
    while (stack.length) {
      const [batch, left] = stack.pop();
      if (left) {
        open.delete(batch);
        done.add(batch);
      } else if (open.has(batch)) {
        return batch;
      } else if (!done.has(batch)) {
        open.add(batch);
        stack.push([batch, true], ...inputs(batch).map((input) => [input, false]));
      }
    }
  }
  return null;
}

/** The day on which an entry was taken, in the founding time zone. */
function dayTaken(entry, zone) {
  const minutes = Number(`${zone[0]}1`) * (60 * Number(zone.slice(1, 3)) + Number(zone.slice(4)));
  return new Date(Date.parse(entry.received_at) + minutes * 60_000).toISOString().slice(0, 10);
}

/** Takes note of what a record says of keys: founding, registration, end. */
function noteKeys(state, { id, record }) {
  const { actor, kind, details } = record;
  if (kind === "found" && !state.office) [state.office, state.zone] = [details.office, details.time_zone];
  if (kind === "register_key" && !state.keys.has(details.key))
    state.keys.set(details.key, { party: actor, until: details.until ?? "9", demands: details.signed_only, ended: null });
  const key = kind === "end_key" && state.keys.get(details.key);
  if (key && [key.party, state.office ?? actor].includes(actor)) key.ended ??= id;
}

/** Why no signature of an entry counts, or null. */
function unsigned(state, { entry, record }) {
  const day = record.occurred_at.slice(0, 10);
  const taken = dayTaken(entry, state.zone);
  const latest = day > taken ? day : taken;
  let why = null;
  for (const { key: name } of entry.signatures ?? []) {
    const key = state.keys.get(name);
    if (key?.party !== record.actor) why = ["签名的密钥此前没有登记给该主体", "no signature is by a key that the actor registered before"];
    else if (key.ended) why = ["签名的密钥此前已终止", "the key that signed was ended before"];
    else if (key.until < latest) why = ["签名的密钥已过期", "the key that signed was past its last day"];
    else return null;
  }
  const demands = (key) => key.party === record.actor && key.demands && !key.ended && key.until >= day;
  if (!why && [...state.keys.values()].some(demands)) why = ["该主体要求签名，这条没有签名", "the party demands signatures, and this record has none"];
  return why;
}

async function checkSignatures(read) {
  const { fault, ends } = step("signatures");
  const state = { keys: new Map(), office: null, zone: "+08:00" };
  let count = 0;
  let open = false;
  for (const one of read.filter((one) => one.id)) {
    count += one.entry.signatures ? 1 : 0;
    for (const { key, value } of one.entry.signatures ?? []) {
      const good = await ed25519(unhex(key, 32) ?? new Uint8Array(), base64(value, true) ?? new Uint8Array(), one.recordBytes);
      if (good === false) fault(`${one.at}/entry`, "签名与记录字节不符", "a signature does not fit the record's bytes", one.id);
      open ||= good === null;
    }
    // In the order of the log: a key signs after its registration and before its end.
    const why = unsigned(state, one);
    if (why) fault(`${one.at}/entry`, ...why, one.id);
    noteKeys(state, one);
  }
  if (open) return ends("这个浏览器不支持 Ed25519，没有核对签名", "this browser has no Ed25519: signatures were not checked", true);
  return count === 0
    ? ends("这些记录没有当事方自己的签名，是在网站上录入的", "none of these records is signed by its party; they were entered on the website", true)
    : ends(`${count} 条记录由登记过的密钥签名`, `${count} records are signed by keys that their parties registered`);
}

/** The text of the note read as a checkpoint, its signature lines, or what is wrong. */
function readNote(note) {
  const blank = note.lastIndexOf("\n\n");
  const [origin, sizeText, rootText, ...rest] = note.slice(0, blank).split("\n");
  const size = Number(sizeText);
  const root = base64(rootText ?? "");
  const lines = note.slice(blank + 2).split("\n");
  const fits = blank > 0 && origin && /^(0|[1-9]\d*)$/.test(sizeText) && Number.isSafeInteger(size) && root?.length === 32;
  if (!fits || rest.includes("") || lines.pop() !== "") return null;
  const signatures = lines.map((line) => {
    const [dash, name, encoded, more] = line.split(" ");
    const bytes = base64(encoded ?? "");
    return dash === "\u2014" && name && bytes?.length > 4 && more === undefined
      ? { name, id: hex(bytes.slice(0, 4)), payload: bytes.slice(4) }
      : null;
  });
  return signatures.includes(null) ? null : { text: note.slice(0, blank + 1), origin, size, root, signatures };
}

/** Name, type and public key of `name+<key id>+base64(type || key)`; null where the parts do not fit. */
async function readKey(text) {
  const [name, id, ...rest] = text.split("+");
  const bytes = base64(rest.join("+"));
  if (!name || bytes?.length !== 33) return null;
  const digest = await sha256(joined(utf8.encode(`${name}\n`), bytes));
  return hex(digest.slice(0, 4)) === id ? { text, name, id, type: bytes[0], key: bytes.slice(1) } : null;
}

/** Checks the lines that a key claims: "none", "bad", "good" or "unknown" (no Ed25519 here). */
async function signedBy(note, key) {
  const lines = note.signatures.filter((line) => line.name === key.name && line.id === key.id);
  let result = lines.length ? "good" : "none";
  for (const { payload } of lines) {
    const time = key.type === 4 ? new DataView(payload.buffer, payload.byteOffset).getBigUint64(0) : 0n;
    const head = key.type === 4 ? `cosignature/v1\ntime ${time}\n` : "";
    const good = await ed25519(key.key, payload.slice(key.type === 4 ? 8 : 0), utf8.encode(head + note.text));
    if (good !== true) result = good === null && result !== "bad" ? "unknown" : "bad";
  }
  return result;
}

async function checkInclusion(file, note) {
  const { fault, ends } = step("inclusion");
  if (!note) return ends("没有可读的检查点，无从核对", "there is no checkpoint to check against", true);
  for (const [i, { entry, index, proof = [], record }] of file.entries.entries()) {
    let hash = await sha256(joined([0], utf8.encode(entry)));
    let [node, last] = [index, note.size - 1];
    let fits = index <= last;
    // RFC 9162, section 2.1.3.2; indices are below 2^53, so halves are taken by division.
    for (const text of proof) {
      const sibling = base64(text);
      fits &&= last > 0 && sibling?.length === 32;
      if (!fits) break;
      const left = node % 2 === 1 || node === last;
      hash = await sha256(left ? joined([1], sibling, hash) : joined([1], hash, sibling));
      while (left && node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
      [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    }
    if (!fits || last !== 0 || !same(hash, note.root))
      fault(`/entries/${i}`, `不能证明它是日志的第 ${index} 条`, `not proven to be number ${index} of the log`, record);
  }
  const count = file.entries.length;
  return ends(`${count} 条都在共 ${note.size} 条的日志里，位置也对`, `all ${count} are in the log of ${note.size} entries, each at its place`);
}

async function checkCheckpoint(file, read, note, known) {
  const { fault, ends } = step("checkpoint");
  if (!note) {
    fault("/checkpoint", "不是签名的检查点", "no signed checkpoint");
    return ends();
  }
  const keys = [];
  for (const [i, text] of file.keys.entries()) {
    const key = await readKey(text);
    if (key?.type === 1) keys.push(key);
    else fault(`/keys/${i}`, "不是日志的验证密钥", "no verifier key of a log");
  }
  for (const one of read.filter((one) => one.id && one.record.log !== note.origin))
    fault(`${one.at}/entry`, "这条记录属于另一个日志", "the record is meant for another log", one.id);
  // The page's keys, where there are any, are the ones that count.
  const trusted = known.length ? keys.filter((key) => known.includes(key.text)) : keys;
  const results = [];
  for (const key of trusted) results.push(key.name === note.origin ? await signedBy(note, key) : "bad");
  const ids = trusted.filter((_, i) => results[i] === "good").map((key) => key.id).join(", ");
  if (results.includes("bad")) fault("/checkpoint", "签名与检查点不符", "a signature does not fit the checkpoint");
  else if (results.includes("unknown"))
    return ends("这个浏览器不支持 Ed25519，没有核对检查点的签名", "this browser has no Ed25519: the checkpoint's signature was not checked", true);
  else if (!results.includes("good"))
    fault("/checkpoint", "没有用本页所示密钥的签名", "no signature by the key that this page names");
  return ends(
    `${note.origin} 签署了共 ${note.size} 条的检查点，密钥（${ids}）与本页所示相同`,
    `${note.origin} signed the checkpoint over ${note.size} entries, with the key that this page names (${ids})`,
  );
}

async function checkWitnesses(file, note) {
  const { fault, ends } = step("witnesses");
  const wanted = file.witnesses ?? [];
  if (!note || wanted.length === 0) return ends("没有见证人联署", "no witness cosigned", true);
  const names = [];
  let open = false;
  for (const [i, text] of wanted.entries()) {
    const key = await readKey(text);
    const result = key?.type === 4 ? await signedBy(note, key) : "bad";
    if (result === "good") names.push(key.name);
    else if (result === "unknown") open = true;
    else fault(`/witnesses/${i}`, "这个见证人没有联署", "this witness has not cosigned");
  }
  if (open) return ends("这个浏览器不支持 Ed25519，没有核对联署", "this browser has no Ed25519: cosignatures were not checked", true);
  return ends(`见证人已联署：${names.join("、")}`, `cosigned by ${names.join(", ")}`);
}

async function checkOpenings(file, read) {
  const { fault, ends } = step("openings");
  const opened = file.opened ?? [];
  for (const [i, { opening, record: id }] of opened.entries()) {
    const record = read.find((one) => one.id === id)?.record;
    const preimage = { group: opening.group, salt: opening.salt, uid: record?.uid ?? "", value: opening.value };
    const digest = hex(await sha256(utf8.encode(`tianma-trace/sealed/1\n${canonical(preimage)}`)));
    if (record?.sealed[opening.group] !== digest)
      fault(`/opened/${i}`, "与记录中的承诺不符", "it is not what the record committed to", id);
  }
  return opened.length === 0
    ? ends("没有公开任何密封内容", "nothing of the sealed contents was opened", true)
    : ends(`公开的 ${opened.length} 组内容都是记录当时封存的`, `${opened.length} opened groups are what their records sealed`);
}

/**
 * Checks a file step by step. `expected` may hold the `batch`, the log's verifier `keys` and the record ids (`shown`)
 * that the reader has from elsewhere; `told` is called with each step as it ends.
 */
export async function verify(bytes, expected = {}, told = () => {}) {
  const steps = [];
  const tell = async (done) => {
    steps.push(done);
    await told(done);
  };
  const { file, done } = readFile(bytes, expected);
  await tell(done);
  if (done.verdict === "failed") return steps;
  const entries = readEntries(file);
  await tell(entries.done);
  const { read } = entries;
  const note = readNote(file.checkpoint);
  await tell(await checkIds(read, expected.shown ?? []));
  await tell(checkLineage(file, read));
  await tell(await checkSignatures(read));
  await tell(await checkInclusion(file, note));
  await tell(await checkCheckpoint(file, read, note, expected.keys ?? []));
  await tell(await checkWitnesses(file, note));
  await tell(await checkOpenings(file, read));
  return steps;
}
