// Elements, words and colours that the modules of the page share.

const SVG = "http://www.w3.org/2000/svg";
export const COLORS = 8; // of classes c0 … c7 in the style sheet
const ICONS = {
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4",
  text: "M5 6h14M5 11h14M5 16h9",
  document: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  series: "M4 18l5-7 4 4 7-9",
  table: "M4 18l5-7 4 4 7-9",
  seed: "M12 4l2.2 5 5.3.4-4 3.6 1.2 5.3-4.7-2.8-4.7 2.8 1.2-5.3-4-3.6 5.3-.4z",
  sound: "M4 10v4M8 7v10M12 4v16M16 8v8M20 10v4",
};

export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
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

export function icon(kind) {
  return s("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, s("path", { d: ICONS[kind] ?? ICONS.text }));
}

export const percent = (value) => `${Math.round(value * 100)}%`;
export const share = (value) => (value > 0 && value < 0.01 ? "< 1%" : percent(value));
export const words = (name) => name.replaceAll("_", " ");
export const clock = (seconds, length = 60) =>
  length < 20 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const colored = new Map(); // labels by the order in which they are first seen, so that neighbours differ
export function color(label) {
  if (!colored.has(label)) colored.set(label, colored.size % COLORS);
  return `c${colored.get(label)}`;
}

export function bytes(base64) {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

export function url(base64, type) {
  return URL.createObjectURL(new Blob([bytes(base64)], { type }));
}
