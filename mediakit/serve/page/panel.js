// A task: its form, its results, and their files.

import { h, icon } from "/elements.js";
import { Field } from "/field.js";
import { archive, csv, filesIn, json } from "/save.js";
import { results } from "/server.js";
import { drawn } from "/views.js";

const TYPED = ["text", "series", "table"]; // inputs that can be typed
const TYPING = 300; // milliseconds without a key before a text is sent
const AT_ONCE = 2; // inputs in flight
const FILES = {
  photo: "image/*,.heic,.heif,.avif",
  film: "video/*,.mkv,.gif,.mts,.ts",
  sound: "audio/*",
  table: ".csv,.tsv,text/csv",
  series: ".csv,.tsv,text/csv",
  text: ".txt,text/plain",
};

// What a file input of a task accepts.
function accepted(task) {
  return task.endings.length ? task.endings.join(",") : FILES[task.input] ?? "";
}

// Whether a task takes a file, by its name and type.
export function takes(task, file) {
  return accepted(task).split(",").some((kind) => kind && (
    kind.startsWith(".") ? file.name.toLowerCase().endsWith(kind) : kind.endsWith("/*") ? file.type.startsWith(kind.slice(0, -1)) : file.type === kind));
}

export class Panel {
  constructor(task) {
    this.task = task;
    this.given = []; // lists of results, by input
    this.fields = Object.entries(task.options).map(([name, schema]) => new Field(name, schema, () => this.changed()));
    this.results = h("div", { class: "results" });
    this.status = h("div", { class: "status", role: "status", "aria-live": "polite" });
    this.model = h("select", { id: `${task.name}-model`, onchange: () => this.changed() }, Object.keys(task.models).map((name) => h("option", { value: name }, name)));
    this.about = h("p", { class: "quiet" });
    this.curl = h("pre", { tabindex: 0, role: "group", "aria-label": "A command" });
    const several = Object.keys(task.models).length > 1;
    this.element = h("div", {},
      h("h1", {}, task.title), h("p", { class: "lead" }, task.summary),
      h("div", { class: "ask" },
        this.input(),
        several ? h("div", { class: "field" }, h("label", { for: this.model.id }, "Model"), this.model, this.about) : null,
        this.fields.length ? this.options() : null),
      this.status, this.results,
      h("details", { class: "curl" }, h("summary", {}, "The same from a program"), this.curl));
    this.explain();
    if (task.live && task.input === "seed") this.run();
  }

  // --- the form ---

  input() {
    const { input, name } = this.task;
    if (input === "seed") return this.seedInput();
    if (TYPED.includes(input)) return this.textInput();
    const files = h("input", { type: "file", id: `${name}-files`, class: "visually-hidden", multiple: true, accept: accepted(this.task),
      onchange: () => { this.take([...files.files]); files.value = ""; } });
    return h("div", { class: "drop" }, files,
      h("label", { for: files.id }, icon(input), h("strong", {}, `Drop ${input}s here`), h("span", {}, "or choose them"),
        input === "photo" ? h("span", { class: "quiet" }, "or paste one") : null,
        this.task.endings.length ? h("span", { class: "quiet" }, this.task.endings.join(" ")) : null));
  }

  textInput() {
    const { input, name, live, samples } = this.task;
    this.text = h("textarea", { id: `${name}-text`, rows: input === "text" ? 4 : 6, spellcheck: false, oninput: () => this.typed(),
      placeholder: input === "text" ? "Type or drop text" : "Paste numbers or a CSV table, or drop a file" });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.run();
    });
    const label = { text: "Text", series: "Series", table: "Table" }[input];
    const tries = samples.map((sample, i) =>
      h("button", { class: "chip", type: "button", onclick: () => { this.text.value = sample; this.run(); } },
        input === "text" ? sample : `Example ${samples.length > 1 ? i + 1 : ""}`));
    return h("div", { class: "field wide" }, h("label", { for: this.text.id }, label), this.text,
      h("div", { class: "row" }, tries, live ? null : this.runButton("Run")));
  }

  seedInput() {
    const { name, title } = this.task;
    this.seed = h("input", { type: "number", id: `${name}-seed`, min: 0, max: 4294967295, value: 7, oninput: () => this.changed() });
    const roll = h("button", { type: "button", class: "chip", onclick: () => { this.seed.value = Math.floor(Math.random() * 100000); this.run(); } },
      "Another one");
    return h("div", { class: "field" }, h("label", { for: this.seed.id }, "Seed"), h("div", { class: "row" }, this.seed, roll,
      this.runButton(title === "Music" ? "Compose" : "Make")));
  }

  runButton(text) {
    return h("button", { class: "primary", type: "button", onclick: () => this.run() }, text);
  }

  options() {
    const reset = h("button", { type: "button", class: "chip", onclick: () => { this.fields.forEach((field) => field.reset()); this.changed(); } }, "Reset");
    return h("details", { open: this.task.input === "seed" }, h("summary", {}, "Options"),
      h("div", { class: "options" }, this.fields.map((field) => field.element)), reset);
  }

  // Says what the model is, and how a program asks for the same.
  explain() {
    const { input, name, models } = this.task;
    this.about.textContent = models[this.model.value];
    const chosen = this.fields.filter((field) => typeof field.value === "string").map((field) => [field.name, field.value]);
    if (this.model.value !== Object.keys(models)[0]) chosen.unshift(["model", this.model.value]);
    const address = `${location.origin}/v1/${name}`;
    if (input === "text" || input === "seed") {
      const plain = (value) => (/^(true|false|-?[\d.]+)$/.test(value) ? value : JSON.stringify(value));
      const parts = [[input, input === "seed" ? this.seed.value || "7" : "…"], ...chosen].map(([key, value]) => `"${key}": ${plain(value)}`);
      this.curl.textContent = `curl --json '{${parts.join(", ")}}' ${address}`;
    } else {
      const file = { series: "table.csv", table: "table.csv" }[input] ?? "FILE";
      this.curl.textContent = ["curl", `-F ${input}=@${file}`, ...chosen.map(([key, value]) => `-F ${key}='${value}'`), address].join(" ");
    }
  }

  typed() {
    clearTimeout(this.timer);
    if (this.task.live) this.timer = setTimeout(() => this.run(), TYPING);
  }

  // An option, the seed or the model is another one.
  changed() {
    this.explain();
    if (this.task.live && !this.last) this.typed();
    else if (this.last) this.timer = (clearTimeout(this.timer), setTimeout(() => this.run(this.last), TYPING));
  }

  // Files that were dropped, chosen or pasted. Of several, those that the task does not take are left out.
  async take(files) {
    const { input, title } = this.task;
    if (input === "seed") {
      this.status.replaceChildren(h("p", { class: "problem", role: "alert" }, `${title} takes no files. Open another tab and drop them there.`));
      return;
    }
    const fitting = files.length > 1 ? files.filter((file) => takes(this.task, file)) : files;
    this.leftOut = files.length - fitting.length;
    if (TYPED.includes(input) && fitting.length === 1) {
      this.text.value = await fitting[0].text();
      this.run();
    } else {
      this.run(fitting.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true })));
    }
  }

  // --- the work ---

  // The inputs of the form: what a request's field holds, and how to show it.
  inputs() {
    const { input } = this.task;
    if (input === "seed") return [{ name: `seed ${this.seed.value}`, value: this.seed.value }];
    const text = this.text.value;
    if (!text.trim()) return [];
    return [input === "text" ? { name: "text", value: text } : { name: input, value: new Blob([oneColumn(text)]), file: `${input}.csv` }];
  }

  async run(files = null) {
    clearTimeout(this.timer);
    this.explain();
    this.cancel?.abort();
    this.last = files;
    const stop = (this.cancel = new AbortController());
    const inputs = files ? files.map((file) => ({ name: file.name, value: file, file: file.name })) : this.inputs();
    this.given = [];
    const quick = !files && inputs.length > 0 && this.results.childElementCount > 0; // what is shown stays until the answer is there
    if (!quick) this.clear();
    this.results.classList.toggle("several", inputs.length > 1);
    if (!inputs.length) {
      this.status.replaceChildren(files ? h("p", { class: "problem", role: "alert" }, "None of these files fits here.") : "");
      return;
    }
    this.element.classList.add("answered");
    const count = { done: 0, failed: 0, total: inputs.length };
    this.report(count, stop);
    const queue = inputs.entries();
    const work = async () => {
      for (const [i, input] of queue) {
        const card = h("article", { class: "card waiting", "aria-busy": "true" }, files ? h("h2", {}, input.name) : null);
        if (!quick) this.results.append(card);
        const failed = await this.answer(input, card, i, stop.signal);
        if (quick) this.clear(card);
        count.done += 1;
        count.failed += failed;
        this.report(count, stop);
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } catch (error) {
      if (stop.signal.aborted) return;
      console.error(error);
      stop.abort();
      this.results.querySelectorAll(".waiting").forEach((card) => card.remove());
      this.status.replaceChildren(h("p", { class: "problem", role: "alert" }, `No answer: ${error.message}. Is the server still running?`));
    }
  }

  // Fills the card of an input. Returns whether any of its results is an error.
  async answer(input, card, index, signal) {
    const form = new FormData();
    if (input.file) form.append(this.task.input, input.value, input.file);
    else form.append(this.task.input, input.value);
    form.append("model", this.model.value);
    form.append("views", "true");
    for (const field of this.fields) if (field.value !== null) form.append(field.name, field.value);
    let failed = false;
    for await (const { views = [], input: part, ...row } of results(this.task, form, signal)) {
      signal.throwIfAborted();
      (this.given[index] ??= []).push({ row: { input: part && part !== "0" ? part : input.name, ...row }, files: filesIn(views) });
      failed ||= "error" in row;
      card.append(...(row.error ? [h("p", { class: "problem", role: "alert" }, row.error)] : drawn(views, this.task, input)),
        ...(row.warnings ?? []).map((warning) => h("p", { class: "quiet" }, warning)));
    }
    card.classList.remove("waiting");
    card.removeAttribute("aria-busy");
    return failed;
  }

  // Takes away the results that are shown, and what the browser holds of them.
  clear(...instead) {
    for (const each of this.results.querySelectorAll("[src^='blob:'], [href^='blob:']")) URL.revokeObjectURL(each.src ?? each.href);
    this.results.replaceChildren(...instead);
  }

  report({ done, failed, total }, stop) {
    if (done === total) {
      const left = this.last && this.leftOut ? `, ${this.leftOut} other ${this.leftOut > 1 ? "files" : "file"} left out` : "";
      this.finished(total > 1 || left ? `${done - failed} done${failed ? `, ${failed} failed` : ""}${left}` : "");
      return;
    }
    if (this.working !== stop) { // what is there stays there, so that it can be clicked
      this.working = stop;
      this.progress = h("progress", { max: total, "aria-label": "Progress" });
      this.counted = h("span", {});
      this.status.replaceChildren(total > 1 ? this.progress : "", this.counted,
        h("button", { type: "button", class: "chip", onclick: () => this.stopped(stop) }, "Cancel"));
    }
    this.progress.value = done;
    this.counted.textContent = total > 1 ? `${done} of ${total}` : "Working …";
  }

  stopped(stop) {
    stop.abort();
    for (const card of this.results.querySelectorAll(".waiting")) card.remove();
    this.finished(this.progress.max > 1 ? `Cancelled: ${this.counted.textContent}` : "Cancelled");
  }

  // Says how it ended, and offers the results as files.
  finished(text) {
    this.working = null;
    const given = this.given.flat();
    this.status.replaceChildren(text ? h("span", {}, text) : "");
    if (!given.length) return;
    const rows = () => given.map((result) => result.row);
    this.status.append(this.save("JSON", () => new Blob([json(rows())], { type: "application/json" })),
      this.save("CSV", () => new Blob([csv(rows())], { type: "text/csv" })));
    if (given.length > 1 || given[0].files.length) this.status.append(this.save("ZIP", () => archive(given)));
  }

  save(kind, make) {
    return h("button", { type: "button", class: "chip", onclick: async () => {
      const address = URL.createObjectURL(await make());
      h("a", { href: address, download: `${this.task.name}.${kind.toLowerCase()}` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } }, `Save ${kind}`);
  }
}

// Numbers in a row as a column, so that they are one series.
function oneColumn(text) {
  const numbers = text.trim().split(/[\s,;]+/);
  return !text.trim().includes("\n") && numbers.every((each) => each !== "" && !Number.isNaN(Number(each))) ? numbers.join("\n") : text;
}
