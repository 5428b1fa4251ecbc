// What there is to see of a result: a function for each kind of view.

import { COLORS, color, h, percent, s, share, url, words } from "/elements.js";
import { plot, timeline } from "/plot.js";

export function drawn(views, task, input) {
  const stage = task.input === "photo" ? photoStage(input.value) : task.input === "film" ? filmStage(input.value) : null;
  const parts = views.map((view) => (VIEWS[view.kind] ?? VIEWS.unknown)(view, stage, input));
  const below = parts.filter(Boolean);
  return stage && !views.some((view) => view.compare) ? [h("div", { class: "beside" }, stage.element, h("div", { class: "told" }, below))] : below;
}

function photoStage(file) {
  const image = h("img", { src: URL.createObjectURL(file), alt: file.name, loading: "lazy", decoding: "async" });
  return stageOf(image, { image }, "The browser cannot show this image.");
}

function filmStage(file) {
  const video = h("video", { src: URL.createObjectURL(file), controls: true, muted: true, playsinline: true, preload: "metadata", "aria-label": file.name });
  return stageOf(video, { video }, "The browser cannot play this film.");
}

// What lies under the marks of a result; a note where the browser cannot show it.
function stageOf(medium, parts, problem) {
  const element = h("div", { class: "stage" }, medium);
  medium.addEventListener("error", () => element.replaceChildren(h("p", { class: "quiet unseen" }, problem)));
  return { ...parts, element };
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
      // The root keeps places visible that have a share of the attention, but not the largest.
      weights.forEach((weight, k) => (pixels.data[4 * k + 3] = 190 * (1 - Math.sqrt((weight - least) / (most - least || 1)))));
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
      bar.style.width = percent(value);
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

  table: ({ head, rows }) => h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": head.join(", ") }, h("table", {},
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))))),

  download: ({ name, media_type: type, content }) => h("a", { class: "chip", href: url(content, type), download: name }, `Save ${name}`),

  picture({ png, text, compare, wide }, stage) {
    const image = h("img", { src: url(png, "image/png"), alt: text });
    if (!compare || !stage) return h("figure", { class: wide ? "picture wide" : "picture" }, image, h("figcaption", { class: "quiet" }, text));
    const top = h("div", { class: "compared" }, image);
    const slider = h("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "How much of the result is shown" });
    slider.addEventListener("input", () => top.style.setProperty("--shown", `${slider.value}%`));
    stage.element.append(top);
    return h("div", {}, stage.element, slider, h("p", { class: "quiet" }, text));
  },

  plot,
  timeline,
  sound,
  unknown: (view) => h("pre", {}, JSON.stringify(view, null, 1)),
};

function sound({ wav, seconds, notes, tracks }) {
  const audio = h("audio", { controls: true, src: url(wav, "audio/wav"), "aria-label": "Play" });
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
  return h("div", { class: "sound" }, audio, h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Notes" }, roll), h("div", { class: "row" }, legend));
}
