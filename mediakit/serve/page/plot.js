// Plots and timelines, which are read with the pointer and with the arrow keys.

import { COLORS, clock, h, percent, s, url, words } from "/elements.js";

// A film: a strip of its moments, what it shows from when to when, and curves. A click goes there in the film.
export function timeline({ seconds, moments, curves, times, stretches }, stage) {
  const seek = (time) => {
    if (!stage?.video) return;
    stage.video.currentTime = time;
    stage.element.scrollIntoView({ block: "nearest" });
  };
  const strip = moments.map(({ seconds: at, weight, jpeg }) => {
    const heavy = weight === null ? null : h("span", { class: "weight", "aria-hidden": "true" });
    if (heavy) heavy.style.width = percent(weight);
    return h("button", { type: "button", class: "moment", onclick: () => seek(at), "aria-label": `Go to ${clock(at, seconds)}` },
      h("img", { src: url(jpeg, "image/jpeg"), alt: "", loading: "lazy" }), heavy, h("span", {}, clock(at, seconds)));
  });
  const colors = new Map(curves.map(({ label }, k) => [label, `c${k % COLORS}`]));
  const events = stretches.map(({ label, start, end, score }) =>
    h("button", { type: "button", class: "chip", onclick: () => seek(start) }, h("span", { class: `dot ${colors.get(label) ?? "c7"}` }), h("strong", {}, words(label)),
      h("span", { class: "value" }, `${clock(start, seconds)} – ${clock(end, seconds)}, ${percent(score)}`)));
  const places = times.length ? times : moments.map((moment) => moment.seconds);
  const curve = plot({
    title: "", marks: [], bands: [], axis: places.map((place) => clock(place, seconds)), places, most: seconds, range: [0, 1],
    lines: curves.map(({ label, values }) => ({ label, values, start: 0 })), chosen: (i) => seek(places[i]),
    spans: stretches.map(({ label, start, end }) => ({ label, start, end, color: colors.get(label) ?? "c7" })), follow: stage?.video,
  });
  return h("div", { class: "timeline" }, h("div", { class: "strip" }, strip), events.length ? h("div", { class: "row events" }, events) : null, curve);
}

// Lines and bands over one axis, with a readout that follows the pointer and the arrow keys.
export function plot({ title, lines, bands, marks, axis, places, most, range, chosen, spans = [], follow }) {
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
    const across = (value) => left + ((width - left - right) * value) / (end || 1);
    x = (i) => across(place[i]);
    const y = (value) => top + ((height - top - bottom) * (high - value)) / (high - low);
    const trace = (series, from) => series.map((value, i) => (value === null ? "" : `${i && series[i - 1] !== null ? "L" : "M"}${x(from + i).toFixed(1)} ${y(value).toFixed(1)}`)).join("");
    const next = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
      grid.map((value) => [s("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "grid" }), s("text", { x: left - 6, y: y(value) + 4, class: "tick end" }, short(value))]).flat(),
      ticks(count, width).map((i) => s("text", { x: x(i), y: height - 6, class: "tick" }, axis[i] ?? String(i + 1))),
      spans.map((span) => s("rect", { class: `stretch ${span.color}`, x: across(span.start), width: Math.max(across(span.end) - across(span.start), 1), y: top, height: height - top - bottom })),
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
  follow?.addEventListener("timeupdate", () => {
    if (svg) read(place.reduce((best, value, i) => (Math.abs(value - follow.currentTime) < Math.abs(place[best] - follow.currentTime) ? i : best), 0));
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
