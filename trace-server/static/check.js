// The button "verify" of a package's and a batch's page. What it needs to check is loaded when it is pressed.

const box = document.getElementById("check");
const lang = document.documentElement.lang === "en" ? "en" : "zh";
const t = (zh, en) => (lang === "en" ? en : zh);
const TITLES = {
  file: ["文件格式", "The file"],
  bytes: ["规范字节", "Canonical bytes"],
  ids: ["记录指纹", "Record ids"],
  lineage: ["谱系", "Lineage"],
  signatures: ["当事方签名", "Signatures of the parties"],
  inclusion: ["收录证明", "Inclusion in the log"],
  checkpoint: ["检查点签名", "The checkpoint's signature"],
  witnesses: ["见证人", "Witnesses"],
  openings: ["公开的密封内容", "What was opened"],
};
const MARKS = { proven: ["✓", "成立", "holds"], failed: ["✗", "不成立", "fails"], not_checked: ["–", "未核对", "not checked"] };
const FAULTS_SHOWN_MAX = 5;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** The steps, still open. */
function list() {
  const steps = element("ol", "", "steps");
  for (const [name, title] of Object.entries(TITLES)) {
    const item = element("li");
    item.dataset.step = name;
    item.append(element("b", t(...title)), element("span", t("等待", "waiting"), "says"));
    steps.append(item);
  }
  return steps;
}

function tick(steps, { name, verdict, says, faults }) {
  const item = steps.querySelector(`[data-step="${name}"]`);
  const [mark, zh, en] = MARKS[verdict];
  item.dataset.verdict = verdict;
  const sign = element("i", mark);
  sign.setAttribute("role", "img");
  sign.setAttribute("aria-label", t(zh, en));
  item.prepend(sign);
  item.querySelector(".says").textContent = verdict === "not_checked" ? `${t("未核对：", "Not checked: ")}${says[lang]}` : says[lang];
  for (const fault of faults.slice(0, FAULTS_SHOWN_MAX)) {
    const line = element("span", fault[lang], "fault");
    if (fault.record) line.append(element("code", fault.record.slice(0, 16)));
    item.append(line);
  }
  if (faults.length > FAULTS_SHOWN_MAX)
    item.append(element("span", t(`另有 ${faults.length - FAULTS_SHOWN_MAX} 处`, `and ${faults.length - FAULTS_SHOWN_MAX} more`), "fault"));
}

/** The file; one that is not under a signed checkpoint yet is asked for again. */
async function load(address) {
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(address, { cache: "no-store" });
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 503 || tries === 5) throw new Error(`HTTP ${answer.status}`);
    await new Promise((wake) => setTimeout(wake, 1000));
  }
}

function conclude(outcome, verdict, zh, en) {
  outcome.dataset.verdict = verdict;
  outcome.textContent = t(zh, en);
}

async function run(outcome) {
  if (!globalThis.crypto?.subtle) {
    conclude(
      outcome,
      "not_checked",
      "此页不是经 HTTPS 打开的，浏览器不提供核对所需的算法。请经 HTTPS 打开，或按下面的办法手工核对。",
      "This page was not opened over HTTPS, so the browser offers no hashes. Open it over HTTPS, or check by hand as below.",
    );
    return;
  }
  const steps = list();
  box.querySelector(".steps")?.remove();
  outcome.before(steps);
  const bytes = await load(box.dataset.evidence);
  const { verify } = await import(box.dataset.verify);
  const shown = Array.from(document.querySelectorAll(".records [data-record]"), (one) => one.dataset.record);
  const expected = { batch: box.dataset.batch, keys: box.dataset.keys.split(" "), shown };
  // A frame between the steps, so that each is seen to be ticked off.
  const frame = () => new Promise((wake) => requestAnimationFrame(() => setTimeout(wake)));
  const done = await verify(bytes, expected, (step) => {
    tick(steps, step);
    return frame();
  });
  const failed = done.filter((step) => step.verdict === "failed").map((step) => t(...TITLES[step.name]));
  const open = done.filter((step) => step.verdict === "not_checked").length;
  if (failed.length)
    conclude(outcome, "failed", `核对未通过：${failed.join("、")}。请保存证据文件并告知监管部门。`, `It does not hold: ${failed.join(", ")}. Keep the evidence file and tell the authorities.`);
  else
    conclude(
      outcome,
      "proven",
      `核对通过${open ? `（${open} 项未核对，原因见上）` : ""}：这些记录收录在日志里，未被改动。这不证明当初所记属实。`,
      `It holds${open ? ` (${open} steps not checked, for the reasons above)` : ""}: these records are in the log and were not altered. That what they say was true is not proven by this.`,
    );
}

const button = box?.querySelector("button");
if (button) {
  const outcome = box.querySelector(".outcome");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    conclude(outcome, "running", "正在您的设备上核对……", "Checking on your device …");
    try {
      await run(outcome);
    } catch (error) {
      conclude(outcome, "failed", `没能核对：${error.message}。请稍后再试。`, `It could not be checked: ${error.message}. Please try again later.`);
      outcome.dataset.verdict = "not_checked";
    }
    button.disabled = false;
  });
}
