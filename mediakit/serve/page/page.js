// The page of `mediakit serve`. It knows no task: tabs, forms and results are made from what /v1/tasks and results say.

import { h, icon } from "/elements.js";
import { Panel, takes } from "/panel.js";
import { ask } from "/server.js";

async function start() {
  const near = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  document.getElementById("place").textContent = `Nothing leaves this ${near ? "machine" : "server"}.`;
  const response = await ask("/v1/tasks");
  const { tasks } = await response.json();
  const tabs = tasks.map((task) =>
    h("button", { role: "tab", id: `tab-${task.name}`, "aria-controls": "panel", onclick: () => (location.hash = task.name) },
      icon(task.input), task.title));
  const list = document.getElementById("tabs");
  list.replaceChildren(...tabs);
  list.addEventListener("keydown", (event) => stepped(event, tabs));
  const narrow = matchMedia("(max-width: 760px)");
  const turn = () => list.setAttribute("aria-orientation", narrow.matches ? "horizontal" : "vertical");
  narrow.addEventListener("change", turn);
  turn();

  const panels = new Map();
  let open = null;
  const show = (task) => {
    for (const tab of tabs) {
      const chosen = tab.id === `tab-${task.name}`;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) tab.scrollIntoView({ block: "nearest", inline: "center" });
    }
    if (!panels.has(task.name)) panels.set(task.name, new Panel(task));
    open = panels.get(task.name);
    document.getElementById("panel").replaceChildren(open.element);
    document.getElementById("panel").setAttribute("aria-labelledby", `tab-${task.name}`);
    document.title = `${task.title} · mediakit`;
  };
  const named = () => tasks.find((task) => task.name === decodeURIComponent(location.hash.slice(1)));
  addEventListener("hashchange", () => {
    const task = named();
    if (task && task !== open.task) show(task);
  });
  show(named() ?? tasks[0]);

  // Files that the open tab does not take open the first one that does.
  takeFiles((files) => {
    const fits = (task) => files.some((file) => takes(task, file));
    const task = fits(open.task) ? open.task : tasks.find(fits);
    if (task && task !== open.task) {
      show(task);
      location.hash = task.name;
    }
    open.take(files);
  });
}

// The arrow keys, Home and End go from tab to tab.
function stepped(event, tabs) {
  const at = tabs.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const to = { Home: 0, End: tabs.length - 1 }[event.key] ?? (step ? (at + step + tabs.length) % tabs.length : null);
  if (at < 0 || to === null) return;
  event.preventDefault();
  tabs[to].focus();
  tabs[to].click();
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
    const files = entries.length ? (await Promise.all(entries.map(filesIn))).flat() : [...event.dataTransfer.files];
    if (files.length) take(files);
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

start().catch((error) => document.getElementById("panel").replaceChildren(h("p", { class: "problem", role: "alert" }, `The server does not answer: ${error.message}`)));
