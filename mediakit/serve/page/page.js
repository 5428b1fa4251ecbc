// The page of `mediakit serve`. It knows no task: tabs, forms and results are made from what /v1/tasks and results say.

const SVG = "http://www.w3.org/2000/svg";
const TYPED = ["text", "series", "table"]; // inputs that can be typed
const TYPING = 300; // milliseconds without a key before a text is sent
const AT_ONCE = 2; // inputs in flight
const COLORS = 8; // of classes c0 … c7 in the style sheet
const ICONS = {
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4",
  text: "M5 6h14M5 11h14M5 16h9",
  series: "M4 18l5-7 4 4 7-9",
  table: "M4 18l5-7 4 4 7-9",
  seed: "M12 4l2.2 5 5.3.4-4 3.6 1.2 5.3-4.7-2.8-4.7 2.8 1.2-5.3-4-3.6 5.3-.4z",
  sound: "M4 10v4M8 7v10M12 4v16M16 8v8M20 10v4",
};
const FILES = { photo: "image/*,.heic", film: "video/*,.mkv,.gif", sound: "audio/*", table: ".csv,text/csv", series: ".csv,text/csv", text: "text/*" };

// --- elements ---

function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function icon(kind) {
  return s("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, s("path", { d: ICONS[kind] ?? ICONS.text }));
}

const percent = (value) => `${Math.round(value * 100)} %`;
const share = (value) => (value > 0 && value < 0.01 ? "< 1 %" : percent(value));
const words = (name) => name.replaceAll("_", " ");
const clock = (seconds, length = 60) =>
  length < 20 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const colored = new Map(); // labels by the order in which they are first seen, so that neighbours differ
function color(label) {
  if (!colored.has(label)) colored.set(label, colored.size % COLORS);
  return `c${colored.get(label)}`;
}

function blob(base64, type) {
  return URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], { type }));
}

// --- the server ---

function headers() {
  const token = sessionStorage.getItem("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function ask(path, options = {}) {
  for (;;) {
    const response = await fetch(path, { ...options, headers: headers() });
    if (response.status === 401) await askForToken();
    else if (response.status === 503) await new Promise((resolve) => setTimeout(resolve, 1000 * (response.headers.get("Retry-After") ?? 1)));
    else return response;
    options.signal?.throwIfAborted();
  }
}

let asking = null; // one dialog, however many requests were refused
function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("token");
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("token", document.getElementById("token-value").value);
      asking = null;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

// Yields a result for each line of the answer; a table may have several.
async function* results(task, form, signal) {
  const response = await ask(`/v1/${task.name}`, { method: "POST", body: form, signal });
  const text = await response.text();
  for (const line of text.split("\n")) {
    if (line) yield JSON.parse(line);
  }
}

// --- tabs ---

let limits = {};

async function start() {
  const near = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  document.getElementById("place").textContent = `Nothing leaves this ${near ? "machine" : "server"}.`;
  const response = await ask("/v1/tasks");
  const told = await response.json();
  limits = told.limits;
  const tabs = told.tasks.map((task) =>
    h("button", { role: "tab", id: `tab-${task.name}`, "aria-controls": "panel", onclick: () => (location.hash = task.name) },
      icon(task.input), task.title));
  const list = document.getElementById("tabs");
  list.replaceChildren(...tabs);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const at = tabs.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
  const panels = new Map();
  let open = null;
  const show = () => {
    const task = told.tasks.find((each) => each.name === location.hash.slice(1)) ?? told.tasks[0];
    for (const tab of tabs) {
      const chosen = tab.id === `tab-${task.name}`;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    if (!panels.has(task.name)) panels.set(task.name, new Panel(task));
    document.getElementById("panel").replaceChildren(panels.get(task.name).element);
    document.getElementById("panel").setAttribute("aria-labelledby", `tab-${task.name}`);
    document.title = `${task.title} · mediakit`;
    open = panels.get(task.name);
  };
  addEventListener("hashchange", show);
  show();
  takeFiles((files) => open.take(files));
}

// Files that are dropped anywhere, or pasted.
function takeFiles(take) {
  let depth = 0;
  const mark = (step) => {
    depth = Math.max(0, depth + step);
    document.body.classList.toggle("dragging", depth > 0);
  };
  addEventListener("dragenter", () => mark(1));
  addEventListener("dragleave", () => mark(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    mark(0);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    take(entries.length ? (await Promise.all(entries.map(filesIn))).flat() : [...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) take([...event.clipboardData.files]);
  });
}

// The files of a folder and of its folders.
async function filesIn(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader gives some entries at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.filter((each) => !each.name.startsWith(".")).map(filesIn))).flat();
}

// --- a task ---

class Panel {
  constructor(task) {
    this.task = task;
    this.given = []; // results for download
    this.options = Object.entries(task.options).map(([name, schema]) => new Field(name, schema, () => this.changed()));
    this.results = h("div", { class: "results" });
    this.status = h("div", { class: "status", role: "status", "aria-live": "polite" });
    const models = Object.entries(task.models);
    this.model = h("select", { id: `${task.name}-model`, onchange: () => { this.explain(); this.changed(); } },
      models.map(([name]) => h("option", { value: name }, name)));
    this.about = h("p", { class: "quiet", id: `${task.name}-about` });
    this.curl = h("pre", { tabindex: 0 });
    this.element = h("div", {},
      h("h1", {}, task.title), h("p", { class: "lead" }, task.summary),
      h("div", { class: "ask" },
        this.input(),
        models.length > 1 ? h("div", { class: "field" }, h("label", { for: this.model.id }, "Model"), this.model, this.about) : null,
        this.options.length ? h("details", { open: task.input === "seed" }, h("summary", {}, "Options"), h("div", { class: "options" }, this.options.map((field) => field.element))) : null),
      this.status, this.results,
      h("details", { class: "curl" }, h("summary", {}, "The same from a program"), this.curl));
    this.explain();
    if (task.live && this.task.input === "seed") this.run();
  }

  explain() {
    this.about.textContent = this.task.models[this.model.value];
    const given = { seed: '--json \'{"seed": 7', text: '--json \'{"text": "…"', series: "-F series=@table.csv", table: "-F table=@table.csv" }[this.task.input]
      ?? `-F ${this.task.input}=@FILE`;
    const json = given.startsWith("--json");
    const model = Object.keys(this.task.models).length < 2 ? "" : json ? `, "model": "${this.model.value}"` : ` -F model=${this.model.value}`;
    this.curl.textContent = `curl ${given}${model}${json ? "}'" : ""} ${location.origin}/v1/${this.task.name}`;
  }

  input() {
    const { input, name } = this.task;
    if (input === "seed") return this.seedInput();
    if (TYPED.includes(input)) return this.textInput();
    this.files = h("input", { type: "file", id: `${name}-files`, class: "visually-hidden", multiple: true, accept: FILES[input],
      onchange: () => { this.take([...this.files.files]); this.files.value = ""; } });
    return h("div", { class: "drop" }, this.files,
      h("label", { for: this.files.id }, icon(input), h("strong", {}, `Drop ${input}s here`), h("span", {}, "or choose them"),
        input === "photo" ? h("span", { class: "quiet" }, "or paste one") : null));
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

  typed() {
    clearTimeout(this.timer);
    if (this.task.live) this.timer = setTimeout(() => this.run(), TYPING);
  }

  // An option or the model is another one.
  changed() {
    if (this.task.live) this.typed();
    else if (this.last) this.timer = (clearTimeout(this.timer), setTimeout(() => this.run(this.last), TYPING));
  }

  take(files) {
    const { input } = this.task;
    if (input === "seed" || !files.length) return;
    if (TYPED.includes(input)) {
      files[0].text().then((text) => { this.text.value = text; this.run(); });
      return;
    }
    this.last = files;
    this.run(files);
  }

  // The inputs of the form: what a request's field holds, and how to show it.
  inputs() {
    if (this.task.input === "seed") return [{ name: `seed ${this.seed.value}`, value: this.seed.value }];
    const text = this.text.value;
    if (!text.trim()) return [];
    if (this.task.input !== "text") return [{ name: this.task.input, value: new Blob([oneColumn(text)]), file: `${this.task.input}.csv` }];
    return [{ name: "text", value: text }];
  }

  async run(files = null) {
    clearTimeout(this.timer);
    this.cancel?.abort();
    const stop = (this.cancel = new AbortController());
    const inputs = files ? files.map((file) => ({ name: file.name, value: file, file: file.name })) : this.inputs();
    this.given = [];
    const single = inputs.length < 2;
    const quick = !files && this.results.childElementCount; // keep what is shown until the answer is there
    if (!quick || !inputs.length) this.results.replaceChildren();
    this.results.classList.toggle("several", !single);
    const cards = inputs.map((input) => h("article", { class: "card waiting", "aria-busy": "true" }, single && !files ? null : h("h2", {}, input.name)));
    if (!quick) this.results.append(...cards.slice(0, single ? 1 : cards.length));
    let done = 0;
    const report = () => this.report(done, inputs.length, stop);
    if (!inputs.length) return this.status.replaceChildren();
    this.element.classList.add("answered");
    report();
    const queue = inputs.keys();
    const work = async () => {
      for (const i of queue) {
        await this.answer(inputs[i], cards[i], i, stop.signal, quick && i === 0);
        if (stop.signal.aborted) return;
        done += 1;
        report();
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } catch (error) {
      if (stop.signal.aborted) return;
      console.error(error);
      this.results.querySelectorAll(".waiting").forEach((card) => card.remove());
      this.status.replaceChildren(h("p", { class: "problem", role: "alert" }, `No answer: ${error.message}. Is the server still running?`));
    }
  }

  async answer(input, card, index, signal, quick) {
    const form = new FormData();
    if (input.file) form.append(this.task.input, input.value, input.file);
    else form.append(this.task.input, input.value);
    form.append("model", this.model.value);
    form.append("views", "true");
    for (const field of this.options) field.add(form);
    const shown = [];
    for await (const result of results(this.task, form, signal)) {
      const { views = [], warnings = [], input: part, ...fields } = result;
      (this.given[index] ??= []).push({ input: part && part !== "0" ? part : input.name, ...fields, ...(warnings.length ? { warnings } : {}) });
      shown.push(...(result.error ? [h("p", { class: "problem", role: "alert" }, result.error)] : drawn(views, this.task, input)),
        ...warnings.map((warning) => h("p", { class: "quiet" }, warning)));
    }
    signal.throwIfAborted();
    card.append(...shown);
    card.classList.remove("waiting");
    card.removeAttribute("aria-busy");
    if (quick) this.results.replaceChildren(card);
  }

  report(done, total, stop) {
    if (done === total) {
      this.working = null;
      this.status.replaceChildren(total > 1 ? `${total} done ` : "",
        this.save("JSON", "application/json", (rows) => JSON.stringify(rows, null, 1)), this.save("CSV", "text/csv", table));
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
    this.status.replaceChildren(`Cancelled: ${this.counted.textContent}`);
  }

  save(kind, type, make) {
    return h("button", { type: "button", class: "chip", onclick: () => {
      const url = URL.createObjectURL(new Blob([make(this.given.flat())], { type }));
      h("a", { href: url, download: `${this.task.name}.${kind.toLowerCase()}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    } }, `Save ${kind}`);
  }
}

// Numbers in a row as a column, so that they are one series.
function oneColumn(text) {
  const numbers = text.trim().split(/[\s,;]+/);
  return !text.trim().includes("\n") && numbers.every((each) => each !== "" && !Number.isNaN(Number(each))) ? numbers.join("\n") : text;
}

// Results as CSV: a row each, nested values as JSON.
function table(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((row) => row.map(cell).join(",")).join("\r\n");
}

// An option as a labelled control, by its schema.
class Field {
  constructor(name, schema, changed) {
    this.name = name;
    this.schema = schema;
    const id = `option-${name}-${Math.random().toString(36).slice(2)}`;
    const common = { id, "aria-describedby": `${id}-text` };
    const { type, minimum: min, maximum: max, step } = schema;
    if (type === "boolean") this.control = h("input", { ...common, type: "checkbox", checked: schema.default, onchange: changed });
    else if (schema.enum) this.control = h("select", { ...common, onchange: changed }, schema.enum.map((value) => h("option", { selected: value === schema.default }, value)));
    else if (schema.contentMediaType) this.control = h("input", { ...common, type: "file", onchange: changed });
    else if (step && max !== undefined) this.control = h("input", { ...common, type: "range", min, max, step, value: schema.default ?? (min + max) / 2, oninput: changed });
    else if (type === "integer" || type === "number") this.control = h("input", { ...common, type: "number", min, max, step: type === "integer" ? 1 : step ?? "any", placeholder: schema.default ?? "auto", oninput: changed });
    else this.control = h("input", { ...common, type: "text", placeholder: schema.default ?? "any", oninput: changed });
    this.touched = schema.default !== undefined; // a slider without a default says nothing until it is moved
    const value = this.control.type === "range" ? h("output", { for: id }, this.touched ? this.control.value : "auto") : null;
    this.control.addEventListener("input", () => {
      this.touched = true;
      if (value) value.textContent = this.control.value;
    });
    this.element = h("div", { class: type === "boolean" ? "field check" : "field" },
      h("label", { for: id }, words(name[0].toUpperCase() + name.slice(1)), value), this.control, h("small", { id: `${id}-text` }, schema.description));
  }

  add(form) {
    const { type, value, checked, files } = this.control;
    if (type === "checkbox") form.append(this.name, checked);
    else if (type === "file") { if (files.length) form.append(this.name, files[0]); }
    else if (type === "range" && !this.touched) return;
    else if (value !== "" && String(this.schema.default) !== value) form.append(this.name, value);
  }
}

// --- views ---

function drawn(views, task, input) {
  const stage = task.input === "photo" ? photoStage(input.value) : task.input === "film" ? filmStage(input.value) : null;
  const parts = views.map((view) => (VIEWS[view.kind] ?? VIEWS.unknown)(view, stage, input));
  const below = parts.filter(Boolean);
  return stage && !views.some((view) => view.compare) ? [h("div", { class: "beside" }, stage.element, h("div", { class: "told" }, below))] : below;
}

function photoStage(file) {
  const image = h("img", { src: URL.createObjectURL(file), alt: file.name });
  return { image, element: h("div", { class: "stage" }, image) };
}

function filmStage(file) {
  const video = h("video", { src: URL.createObjectURL(file), controls: true, muted: true, playsinline: true, preload: "metadata", "aria-label": file.name });
  return { video, element: h("div", { class: "stage" }, video) };
}

const VIEWS = {
  sentence: ({ text, note }) => h("div", {}, text ? h("p", { class: "sentence" }, text) : null, note ? h("p", { class: "quiet" }, note) : null),

  // Words that show on the photo where the model looked for them.
  attention({ words: said, maps }, stage) {
    const canvas = h("canvas", { class: "veil", width: maps[0][0].length, height: maps[0].length, "aria-hidden": "true" });
    stage.element.append(canvas);
    const look = (i) => {
      const context = canvas.getContext("2d");
      const pixels = context.createImageData(canvas.width, canvas.height);
      const weights = maps[i].flat();
      const [least, most] = [Math.min(...weights), Math.max(...weights)];
      weights.forEach((weight, k) => (pixels.data[4 * k + 3] = 175 * (1 - (weight - least) / (most - least || 1))));
      context.putImageData(pixels, 0, 0);
      canvas.classList.add("on");
    };
    const away = () => canvas.classList.remove("on");
    return h("div", { class: "words", onpointerleave: away }, h("span", { class: "quiet" }, "Where it looked "),
      said.map((word, i) => h("button", { type: "button", class: "word", onpointerenter: () => look(i), onfocus: () => look(i), onclick: () => look(i), onblur: away }, word)));
  },

  bars({ bars, title }) {
    return h("div", { class: "bars" }, title ? h("h3", {}, title) : null, h("dl", {}, bars.map(({ label, value }) => {
      const bar = h("span", { class: "bar" });
      bar.style.width = percent(value).replace(" ", "");
      return h("div", {}, h("dt", {}, words(label)), h("dd", {}, h("span", { class: "track", "aria-hidden": "true" }, bar), h("span", { class: "value" }, share(value))));
    })));
  },

  // Boxes or areas over the photo, and a list that points them out.
  shapes({ width, height, shapes, filled }, stage) {
    if (!shapes.length) return null;
    const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, class: filled ? "overlay filled" : "overlay", "aria-hidden": "true", preserveAspectRatio: "none" });
    const list = shapes.map((shape) => {
      const path = shape.outlines.map((points) => `M${points.join(" ")}Z`).join("");
      const mark = s("path", { d: path, class: shape.color ? "" : color(shape.label), "vector-effect": "non-scaling-stroke" });
      if (shape.color) mark.style.setProperty("--mark", shape.color);
      svg.append(mark);
      const point = (on) => { mark.classList.toggle("on", on); svg.classList.toggle("pointing", on); };
      const dot = h("span", { class: `dot ${shape.color ? "" : color(shape.label)}` });
      if (shape.color) dot.style.setProperty("--mark", shape.color);
      const button = h("button", { type: "button", class: "chip", onpointerenter: () => point(true), onpointerleave: () => point(false), onfocus: () => point(true), onblur: () => point(false) },
        dot, words(shape.label), shape.score === null ? null : h("span", { class: "value" }, share(shape.score)));
      mark.addEventListener("pointerenter", () => { point(true); button.classList.add("on"); });
      mark.addEventListener("pointerleave", () => { point(false); button.classList.remove("on"); });
      return button;
    });
    stage.element.append(svg);
    return h("div", { class: "row" }, list);
  },

  spans({ text, spans }) {
    const parts = [];
    const characters = [...text]; // offsets count characters, not UTF-16 units
    let end = 0;
    for (const span of spans) {
      parts.push(characters.slice(end, span.start).join(""), h("mark", { class: color(span.label), title: span.score === null ? span.label : `${span.label}, ${percent(span.score)}` },
        characters.slice(span.start, span.end).join(""), h("small", {}, span.label, span.score === null ? "" : ` ${percent(span.score)}`)));
      end = span.end;
    }
    parts.push(characters.slice(end).join(""));
    return h("div", {}, h("p", { class: "spans" }, parts), spans.length ? null : h("p", { class: "quiet" }, "nothing found"));
  },

  // Words of two languages; one that is pointed at lights up those that it comes from.
  alignment({ source, target, weights }) {
    const word = (text, weightsOf, others) => {
      const span = h("span", { class: "word", tabindex: 0 }, text);
      const light = (on) => others().forEach((other, i) => {
        other.style.setProperty("--light", on ? weightsOf(i) / 255 : 0);
        other.classList.toggle("lit", on && weightsOf(i) > 60);
      });
      for (const name of ["pointerenter", "focus"]) span.addEventListener(name, () => light(true));
      for (const name of ["pointerleave", "blur"]) span.addEventListener(name, () => light(false));
      return span;
    };
    const above = source.map((text, j) => word(text, (i) => weights[i][j], () => below));
    const below = target.map((text, i) => word(text, (j) => weights[i][j], () => above));
    const spaced = (row) => row.flatMap((each) => [each, " "]);
    return h("div", { class: "alignment" }, h("p", {}, spaced(above)), h("p", {}, spaced(below)));
  },

  facts: ({ facts }) => h("dl", { class: "facts" }, Object.entries(facts).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),

  download: ({ name, media_type: type, content }) => h("a", { class: "chip", href: blob(content, type), download: name }, `Save ${name}`),

  picture({ png, text, compare }, stage) {
    const image = h("img", { src: blob(png, "image/png"), alt: text });
    if (!compare || !stage) return h("figure", { class: "picture" }, image, h("figcaption", { class: "quiet" }, text));
    const top = h("div", { class: "compared" }, image);
    const slider = h("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "How much of the result is shown" });
    slider.addEventListener("input", () => top.style.setProperty("--shown", `${slider.value}%`));
    stage.element.append(top);
    return h("div", {}, stage.element, slider, h("p", { class: "quiet" }, text));
  },

  plot: (view) => plot(view),
  timeline: (view, stage) => timeline(view, stage),
  sound: (view) => sound(view),
  unknown: (view) => h("pre", {}, JSON.stringify(view, null, 1)),
};

function sound({ wav, seconds, notes, tracks }) {
  const audio = h("audio", { controls: true, src: blob(wav, "audio/wav"), "aria-label": "Play" });
  if (!notes.length) return h("div", { class: "sound" }, audio);
  const pitches = notes.map((note) => note.pitch);
  const low = Math.min(...pitches) - 1;
  const rows = Math.max(...pitches) - low + 1;
  const width = 1000;
  const length = Math.max(seconds, ...notes.map((note) => note.end));
  const x = (time) => (width * time) / length;
  const head = s("line", { y1: 0, y2: rows, class: "head", "vector-effect": "non-scaling-stroke" });
  const marks = notes.map(({ start: from, end, pitch, track }) =>
    s("rect", { x: x(from), width: Math.max(x(end - from) - 1.5, 1), y: rows - 1 - (pitch - low), height: 0.9, rx: 0.2, class: `c${track % COLORS}` }));
  const roll = s("svg", { viewBox: `0 0 ${width} ${rows}`, preserveAspectRatio: "none", class: "roll", role: "img", "aria-label": `${notes.length} notes` }, marks, head);
  roll.addEventListener("click", (event) => {
    audio.currentTime = (length * event.offsetX) / roll.clientWidth;
    audio.play();
  });
  const move = () => {
    head.setAttribute("x1", x(audio.currentTime));
    head.setAttribute("x2", x(audio.currentTime));
    notes.forEach((note, i) => marks[i].classList.toggle("on", !audio.paused && note.start <= audio.currentTime && audio.currentTime < note.end));
    if (!audio.paused && audio.isConnected) requestAnimationFrame(move);
  };
  for (const name of ["play", "pause", "seeked", "ended"]) audio.addEventListener(name, move);
  const legend = tracks.map((name, i) => h("span", { class: "key" }, h("span", { class: `dot c${i % COLORS}` }), name));
  return h("div", { class: "sound" }, audio, h("div", { class: "scroll" }, roll), h("div", { class: "row" }, legend));
}

function timeline({ seconds, moments, curves }, stage) {
  const seek = (time) => {
    if (!stage?.video) return;
    stage.video.currentTime = time;
    stage.element.scrollIntoView({ block: "nearest" });
  };
  const strip = moments.map(({ seconds: at, weight, jpeg }) => {
    const heavy = h("span", { class: "weight", "aria-hidden": "true" });
    heavy.style.width = percent(weight).replace(" ", "");
    return h("button", { type: "button", class: "moment", onclick: () => seek(at), title: `Go to ${clock(at, seconds)}` },
      h("img", { src: blob(jpeg, "image/jpeg"), alt: "", loading: "lazy" }), heavy, h("span", {}, clock(at, seconds)));
  });
  const places = moments.map((moment) => moment.seconds);
  const view = {
    title: "", marks: [], bands: [], axis: places.map((place) => clock(place, seconds)), places, most: seconds, range: [0, 1],
    lines: curves.map(({ label, values }) => ({ label, values, start: 0 })), chosen: (i) => seek(places[i]),
  };
  return h("div", { class: "timeline" }, h("div", { class: "strip" }, strip), plot(view));
}

// Lines and bands over one axis, with a readout that follows the pointer and the arrow keys.
function plot({ title, lines, bands, marks, axis, places, most, range, chosen }) {
  const count = Math.max(axis.length, ...lines.map((line) => line.start + line.values.length));
  const place = places ?? Array.from({ length: count }, (_, i) => i);
  const end = most ?? count - 1;
  const values = [...lines.flatMap((line) => line.values.filter((value) => value !== null)), ...bands.flatMap((band) => [...band.low, ...band.high])];
  let [low, high] = range ?? [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low - 1, high + 1];
  const grid = steps(low, high);
  [low, high] = [Math.min(low, grid[0]), Math.max(high, grid.at(-1))];
  const readout = h("div", { class: "readout", role: "status", "aria-live": "polite" });
  const frame = h("div", { class: "plot", tabindex: 0, role: "group", "aria-label": `${title || "Plot"}: arrow keys read its values` }, readout);
  const legend = h("div", { class: "row" }, lines.map(({ label }, k) => h("span", { class: "key" }, h("span", { class: `dot c${k % COLORS}` }), words(label))),
    bands.map(({ label }) => h("span", { class: "key" }, h("span", { class: "dot band" }), label)));
  let at = null;
  let svg = null;
  let x = null;
  const draw = () => {
    const width = Math.max(frame.clientWidth, 200);
    const height = Math.min(320, Math.max(180, width * 0.45));
    const [left, right, top, bottom] = [52, 12, 10, 26];
    x = (i) => left + ((width - left - right) * place[i]) / (end || 1);
    const y = (value) => top + ((height - top - bottom) * (high - value)) / (high - low);
    const trace = (series, from) => series.map((value, i) => (value === null ? "" : `${i && series[i - 1] !== null ? "L" : "M"}${x(from + i).toFixed(1)} ${y(value).toFixed(1)}`)).join("");
    const next = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
      grid.map((value) => [s("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "grid" }), s("text", { x: left - 6, y: y(value) + 4, class: "tick end" }, short(value))]).flat(),
      ticks(count, width).map((i) => s("text", { x: x(i), y: height - 6, class: "tick" }, axis[i] ?? String(i + 1))),
      bands.map((band) => s("path", { class: "band", d: `${trace(band.high, band.start)}${band.low.map((value, i) => `L${x(band.start + i).toFixed(1)} ${y(value).toFixed(1)}`).reverse().join("")}Z` })),
      lines.map((line, k) => s("path", { class: `line c${k % COLORS}`, d: trace(line.values, line.start) })),
      marks.map((mark) => s("g", {}, s("line", { x1: x(mark.place), x2: x(mark.place), y1: top, y2: height - bottom, class: "pointed" }), s("circle", { cx: x(mark.place), cy: top + 4, r: 4, class: "pointed" }, s("title", {}, mark.label)))),
      s("line", { class: "head", y1: top, y2: height - bottom }));
    svg?.remove();
    svg = next;
    frame.prepend(svg);
    if (at !== null) read(at);
  };
  const read = (i) => {
    at = Math.max(0, Math.min(count - 1, i));
    const head = svg.querySelector(".head");
    head.setAttribute("x1", x(at));
    head.setAttribute("x2", x(at));
    head.classList.add("on");
    const here = lines.filter((line) => (line.values[at - line.start] ?? null) !== null).map((line) => `${words(line.label)} ${short(line.values[at - line.start])}`);
    const around = bands.filter((band) => at >= band.start && at - band.start < band.low.length).map((band) => `${band.label} ${short(band.low[at - band.start])} to ${short(band.high[at - band.start])}`);
    const noted = marks.filter((mark) => mark.place === at).map((mark) => mark.label);
    readout.textContent = [axis[at] ?? at + 1, ...here, ...around, ...noted].join(" · ");
  };
  const nearest = (event) => {
    const where = event.clientX - frame.getBoundingClientRect().left;
    let best = 0;
    for (let i = 1; i < count; i++) if (Math.abs(x(i) - where) < Math.abs(x(best) - where)) best = i;
    return best;
  };
  frame.addEventListener("pointermove", (event) => read(nearest(event)));
  frame.addEventListener("click", (event) => chosen?.(nearest(event)));
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === "Enter" && at !== null) chosen?.(at);
    if (!step) return;
    event.preventDefault();
    read((at ?? count - 1) + step);
  });
  new ResizeObserver(draw).observe(frame);
  return h("figure", {}, title ? h("figcaption", {}, title) : null, frame, legend);
}

// Round values over a range.
function steps(low, high) {
  const raw = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * unit >= raw) * unit;
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step - 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

// Places of an axis that have room for a label.
function ticks(count, width) {
  const every = Math.max(1, Math.ceil(count / Math.max(2, Math.floor(width / 110))));
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every).filter((i) => count - 1 - i >= every / 3 || i === count - 1);
}

function short(value) {
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

start().catch((error) => document.getElementById("panel").replaceChildren(h("p", { class: "problem", role: "alert" }, `The server does not answer: ${error.message}`)));
