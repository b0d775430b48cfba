// Package codes in a static copy: which batch a code belongs to, and what was known of it when the copy was made.
// Format of the tables: docs/FORMATS.md, "Static copy".
//
// It owns the look-up and what is said of a code. SHA-256 is its own: browsers offer theirs only over HTTPS, and a copy
// may be served without.

const PREFIX = "tianma-trace/static-code/1\n";
const TAG_BYTES = 6;
const ENTRY_BYTES = 9;
const BATCHES_PER_FILE = 256;
const CODE = /^[0-9A-HJKMNP-TV-Z]{20}$/;

const K = [];
const START = [];
for (let n = 2; K.length < 64; n += 1) {
  if (Array.from({ length: n - 2 }, (_, i) => i + 2).some((d) => n % d === 0)) continue;
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
  if (START.length < 8) START.push(fraction(Math.sqrt(n)));
  K.push(fraction(Math.cbrt(n)));
}

/** SHA-256 (FIPS 180-4) of an ASCII text. */
export function sha256(text) {
  const bytes = new Uint8Array((((text.length + 8) >> 6) + 1) << 6);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  bytes[text.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, text.length * 8);
  const hash = START.slice();
  const turn = (word, by) => (word >>> by) | (word << (32 - by));
  for (let at = 0; at < bytes.length; at += 64) {
    const w = Array.from({ length: 16 }, (_, i) => view.getInt32(at + 4 * i));
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i += 1) {
      if (i > 15) {
        const [x, y] = [w[i - 15], w[i - 2]];
        const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
        const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] = (hash[i] + word) | 0));
  }
  const out = new DataView(new ArrayBuffer(32));
  hash.forEach((word, i) => out.setInt32(4 * i, word));
  return new Uint8Array(out.buffer);
}

/** The one spelling of a code as people type it; null where it can be none. */
export function spelled(typed) {
  const code = typed.normalize("NFKC").toUpperCase().replace(/[\s-]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
  return CODE.test(code) ? code : null;
}

/** Batch and state of a code; null where the copy does not hold it. `get` fetches a file of the copy. */
export async function find(code, get) {
  const { bits } = await (await get("/codes/index.json")).json();
  const digest = sha256(PREFIX + code);
  const shard = bits === 0 ? 0 : new DataView(digest.buffer).getUint32(0) >>> (32 - bits);
  const name = shard.toString(16).padStart(Math.max(1, Math.ceil(bits / 4)), "0");
  const bytes = new Uint8Array(await (await get(`/codes/${name}.bin`)).arrayBuffer());
  const tag = digest.subarray(4, 4 + TAG_BYTES);
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    if (!tag.every((byte, i) => byte === bytes[at + i])) continue;
    const value = [6, 7, 8].reduce((sum, i) => sum * 256 + (bytes[at + i] ^ digest[4 + i]), 0);
    const [place, state] = [Math.floor(value / 8), value % 8];
    const lines = await (await get(`/codes/batches/${Math.floor(place / BATCHES_PER_FILE)}.txt`)).text();
    return { batch: lines.split("\n")[place % BATCHES_PER_FILE], state };
  }
  return null;
}

const STATES = [
  ["warn", "not_activated", "已赋码 · 未激活", "Issued, not activated", "销售者没有登记它投入流通。如果您已经买到这件商品，请向销售者询问。", "The seller had not put it into circulation. If you bought this package, ask the seller."],
  ["note", "circulating", "码是本系统签发的", "This system issued the code", "它属于这一批，已投入流通。码可以被复制，因此这不说明您手里这一件是真的。", "It belongs to this batch and was in circulation. Codes can be copied, so this does not show that the package in your hand is genuine."],
  ["stop", "void", "此码已作废", "This code is void", "它不应出现在售卖的商品上。请不要购买，并向销售者询问。", "It should not be on goods for sale. Do not buy it; ask the seller."],
  ["warn", "returned", "此件已退货", "This package was returned", "它已登记为退货。如果又在售卖，请向销售者询问。", "It was recorded as returned. If it is on sale again, ask the seller."],
  ["warn", "held", "冻结待查", "Held for checking", "它被冻结，等待核查。请先不要使用，并向销售者询问。", "It was frozen until it was checked. Do not use it before you asked the seller."],
  ["stop", "recalled", "召回", "Recalled", "它在召回之列。请不要使用，并联系销售者。", "It is under recall. Do not use it; contact the seller."],
];
const UNKNOWN = ["stop", "unknown", "查无此码", "Not in the system", "副本里没有这个码。请与包装上印的 20 位字符核对；照着输入仍查不到的，请不要当作有溯源的产品。", "The copy does not hold this code. Compare the 20 characters printed on the package; if they are the same, do not take it for a traced product."];
const DISAGREES = ["stop", "disagrees", "地址与溯源码不符", "Address and code disagree", "码是本系统签发的，但地址里的商品或批次与它不符。请不要据此认定这件商品。它属于批次：", "This system issued the code, but its address names another product or batch. Do not rely on it. It belongs to batch:"];
const WRONG = ["stop", "wrong", "这不是一个溯源码", "This is not a package code", "溯源码有 20 位，只有数字和大写字母，没有 I、L、O、U。请与包装核对，或重新扫码。", "A package code has 20 characters, digits and letters without I, L, O and U. Compare the package, or scan again."];
const NO_BATCH = ["warn", "no_batch", "查无此批次", "No such batch", "副本里没有这个批次。请与包装上印的批次号核对；每个字符都要一样。", "The copy has no such batch. Compare the batch that is printed on the package, character by character."];
const UNREADABLE = ["warn", "unreadable", "暂时无法查询", "Not available at the moment", "副本的文件现在取不到，请稍后再试。这不说明商品有问题。", "The files of the copy cannot be fetched at the moment; please try again later. That says nothing of the product."];

/** Says it in the page's language; on a page of both languages, in both. */
function say(box, [tone, state, zh, en, zhLine, enLine], code, batch, both) {
  const english = document.documentElement.lang === "en";
  const element = (name, text, lang) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (lang) made.lang = lang;
    return made;
  };
  box.className = `verdict ${tone}`;
  box.dataset.state = state;
  const title = element("h1", english ? en : zh);
  const beside = element("span", english ? zh : en, english ? "zh-CN" : "en");
  beside.className = "beside";
  title.append(" ", beside);
  const lines = both ? [element("p", zhLine), element("p", enLine, "en")] : [element("p", english ? enLine : zhLine)];
  if (batch) {
    const link = element("a", batch);
    link.href = `/b/${batch}/`;
    lines.at(-1).append(" ", link);
  }
  const printed = element("p", CODE.test(code) ? code.replace(/(.{4})(?=.)/g, "$1 ") : code);
  printed.className = "code";
  box.replaceChildren(title, ...lines, printed);
  box.hidden = false;
}

/** The code that the page was opened with, and the product and batch that its address names. */
function asked() {
  const path = decodeURIComponent(location.pathname);
  const query = new URLSearchParams(location.search);
  const short = /^\/t\/([^/]+)\/?$/i.exec(path);
  if (short) return { typed: short[1] };
  const long = /^\/01\/([^/]+)\/10\/([^/]+)\/21\/([^/]+)\/?$/.exec(path);
  if (long) return { gtin: long[1], lot: long[2], typed: long[3] };
  const typed = query.get("code");
  return typed === null ? null : { typed, gtin: query.get("gtin"), lot: query.get("lot") };
}

async function get(path) {
  const answer = await fetch(path, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer;
}

/** A code and what its address names, as a query. */
function query({ typed, gtin, lot }) {
  const fields = new URLSearchParams({ code: typed });
  if (gtin) fields.set("gtin", gtin);
  if (lot) fields.set("lot", lot);
  return `?${fields}`;
}

/** The page of a batch in the reader's language. */
const page = (batch) => `/b/${batch}/${navigator.language?.startsWith("zh") === false ? "en.html" : ""}`;

async function answer(box, of, here) {
  const code = spelled(of.typed);
  if (!code) return say(box, WRONG, of.typed, null, !here);
  let found;
  try {
    found = await find(code, get);
  } catch {
    return say(box, UNREADABLE, code, null, !here);
  }
  if (!found?.batch || !STATES[found.state]) return say(box, UNKNOWN, code, null, !here);
  if (!here) return location.replace(page(found.batch) + query({ ...of, typed: code }));
  const agrees = found.batch === here.batch && (!of.lot || of.lot === here.batch) && (!of.gtin || of.gtin === here.gtin);
  if (!agrees) return say(box, DISAGREES, code, found.batch, false);
  // What the page says of the batch alone is said of the package now; a recall of the batch stays.
  document.querySelector(".verdict[data-state=standing]")?.setAttribute("hidden", "");
  return say(box, STATES[found.state], code, null, false);
}

function start() {
  const [own, found, form] = ["package", "found", "ask"].map((id) => document.getElementById(id));
  const of = asked();
  // The other language is told the code, too.
  const other = document.querySelector(".masthead .other");
  if (own && other && of) other.href += query(of);
  if (of && (own || found)) answer(own ?? found, of, own?.dataset);
  const batch = /^\/b\/([^/]+)\/?$/.exec(location.pathname);
  if (batch && found && !of) say(found, NO_BATCH, decodeURIComponent(batch[1]), null, true);
  if (!form) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = form.querySelector("input").value.trim();
    if (/^R\d{6}-?[0-9A-Z]{7}$/i.test(typed)) location.assign(`/b/${typed.toUpperCase().replace(/^(.{7})-?/, "$1-")}/`);
    else answer(found, { typed }, null);
  });
}

if (globalThis.document) start();
