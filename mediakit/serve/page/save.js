// Results as files: JSON, CSV, and ZIP with the files that were made.

import { bytes } from "/elements.js";

// The files among what there is to see of a result, each with its name and a blob.
export function filesIn(views) {
  return views.flatMap((view) => {
    if (view.kind === "download") return [{ name: view.name, blob: new Blob([bytes(view.content)]) }];
    if (view.kind === "picture") return [{ name: "image.png", blob: new Blob([bytes(view.png)]) }];
    if (view.kind === "sound") return [{ name: "sound.wav", blob: new Blob([bytes(view.wav)]) }];
    return [];
  });
}

export function json(rows) {
  return JSON.stringify(rows, null, 1);
}

// A row for each result, nested values as JSON.
export function csv(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((row) => row.map(cell).join(",")).join("\r\n");
}

// The results, and the files that were made of each input, as a ZIP file.
export async function archive(results) {
  const rows = results.map((result) => result.row);
  const files = [{ name: "results.json", blob: new Blob([json(rows)]) }, { name: "results.csv", blob: new Blob([csv(rows)]) }];
  const taken = new Set(files.map((file) => file.name));
  for (const result of results) {
    const stem = result.row.input.replace(/\.[^.]+$/, "").replaceAll("/", "-");
    for (const { name, blob } of result.files) {
      const full = name.startsWith(stem) ? name : `${stem}.${name}`;
      let unique = full;
      for (let i = 2; taken.has(unique); i++) unique = full.replace(/(\.[^.]+)?$/, `-${i}$1`);
      taken.add(unique);
      files.push({ name: unique, blob });
    }
  }
  return zip(files);
}

// Files, stored as they are: most of them are compressed already. APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
async function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, blob } of files) {
    const content = new Uint8Array(await blob.arrayBuffer());
    const encoded = new TextEncoder().encode(name);
    const about = [[20, 2], [0x0800, 2], [0, 2], [dosTime(new Date()), 4], [crc32(content), 4], [content.length, 4], [content.length, 4], [encoded.length, 2], [0, 2]];
    const head = record([[0x04034b50, 4], ...about]);
    directory.push(record([[0x02014b50, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), encoded);
    parts.push(head, encoded, content);
    offset += head.length + encoded.length + content.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record([[0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

// Numbers of so many bytes, the lowest byte first.
function record(fields) {
  return Uint8Array.from(fields.flatMap(([value, width]) => Array.from({ length: width }, (_, i) => (value >>> (8 * i)) & 0xff)));
}

function dosTime(date) {
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return ((day << 16) | (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)) >>> 0;
}

const CRC = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc32(content) {
  let sum = 0xffffffff;
  for (const byte of content) sum = CRC[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
