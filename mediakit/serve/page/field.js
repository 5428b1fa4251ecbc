// An option as a labelled control, by its schema.

import { h, words } from "/elements.js";

export class Field {
  constructor(name, schema, changed) {
    this.name = name;
    this.schema = schema;
    const id = `option-${name}-${Math.random().toString(36).slice(2)}`;
    this.control = control(schema, { id, "aria-describedby": `${id}-text` });
    this.output = schema.step !== undefined && this.control.type === "range" ? h("output", { for: id }) : null;
    this.reset();
    this.control.addEventListener(["range", "number", "text"].includes(this.control.type) ? "input" : "change", () => {
      this.touched = true;
      this.tell();
      changed();
    });
    const label = schema.title ?? words(name[0].toUpperCase() + name.slice(1));
    this.element = h("div", { class: schema.type === "boolean" ? "field check" : "field" },
      h("label", { for: id }, label, this.output), this.control, h("small", { id: `${id}-text` }, schema.description));
  }

  // Back to the default.
  reset() {
    const { type } = this.control;
    const fallback = this.schema.default;
    if (type === "checkbox") this.control.checked = Boolean(fallback);
    else if (type === "range") this.control.value = fallback ?? (this.schema.minimum + this.schema.maximum) / 2;
    else this.control.value = this.schema.enum ? fallback ?? "" : "";
    this.touched = false;
    this.tell();
  }

  tell() {
    if (this.output) this.output.textContent = this.touched || this.schema.default !== undefined ? this.control.value : "auto";
  }

  // What a request says of it; null for the default.
  get value() {
    const { type, value, checked, files } = this.control;
    const fallback = this.schema.default;
    if (type === "file") return files[0] ?? null;
    if (!this.touched) return null;
    const given = type === "checkbox" ? String(checked) : value;
    return given === "" || given === String(fallback) ? null : given;
  }
}

function control(schema, common) {
  const { type, minimum: min, maximum: max, step } = schema;
  const fallback = schema.default;
  if (type === "boolean") return h("input", { ...common, type: "checkbox" });
  if (schema.enum) {
    const auto = fallback === undefined ? [h("option", { value: "" }, "auto")] : [];
    return h("select", common, ...auto, schema.enum.map((value) => h("option", { value }, value)));
  }
  if (schema.contentMediaType) return h("input", { ...common, type: "file" });
  if (step && max !== undefined) return h("input", { ...common, type: "range", min, max, step });
  if (type === "integer" || type === "number") {
    return h("input", { ...common, type: "number", min, max, step: type === "integer" ? 1 : step ?? "any", placeholder: fallback ?? "auto" });
  }
  return h("input", { ...common, type: "text", placeholder: type === "array" && fallback?.length ? fallback.join(", ") : type === "array" ? "any" : fallback ?? "any" });
}
